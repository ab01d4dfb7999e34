"""later: asks an asynchronous endpoint, whose questions and answers are objects in S3."""

from collections.abc import Mapping
from typing import Any

from bridge.deploy.aws import Aws
from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.names import DEPLOYMENT
from bridge.deploy.step import Call
from bridge.deploy.waiting import Waiting

PAUSE = 2.0  # seconds
MOST_QUESTIONS = 150
JSON = "application/json"


def ask_later(
    aws: Aws, asked: Mapping[str, Any], number: int, body: str, waiting: Waiting
) -> tuple[bool, str]:
    """Whether it was answered, and the answer or what is told of the failure."""
    bucket, key = _split(f"{asked['S3Uri']}{number}.json")
    tag = f"{DEPLOYMENT.replace(':', '%3A')}={asked['EndpointName']}"
    put = {"Bucket": bucket, "Key": key, "Body": body.encode(), "Tagging": tag}
    if "SSEKMSKeyId" in asked:
        put |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": asked["SSEKMSKeyId"]}
    aws.call(Call("s3", "put_object", put))
    told = aws.call(
        Call(
            "sagemaker-runtime",
            "invoke_endpoint_async",
            {
                "EndpointName": asked["EndpointName"],
                "InputLocation": f"s3://{bucket}/{key}",
                "ContentType": JSON,
                "Accept": JSON,
            },
        )
    )
    return _answer(aws, told["OutputLocation"], told.get("FailureLocation"), waiting)


def _answer(aws: Aws, output: str, failure: str | None, waiting: Waiting) -> tuple[bool, str]:
    for _ in range(MOST_QUESTIONS):
        for place in (output, failure):
            content = _read(aws, place) if place else None
            if content is not None:
                return place is output, content
        waiting.pause(PAUSE)
    raise CannotDeploy(f"there is no answer at {output} after {MOST_QUESTIONS * PAUSE:.0f} s")


def _read(aws: Aws, place: str) -> str | None:
    bucket, key = _split(place)
    found = aws.find(Call("s3", "get_object", {"Bucket": bucket, "Key": key}))
    return None if found is None else str(found["Body"], "utf-8")


def _split(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key
