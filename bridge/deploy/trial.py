"""trial: sends the requests of golden.jsonl through an endpoint."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.deploy.aws import Aws
from bridge.deploy.cannot import GoldenDiffers
from bridge.deploy.golden import Golden, cut, read_golden
from bridge.deploy.later import ask_later
from bridge.deploy.refused import Refused
from bridge.deploy.step import Call
from bridge.deploy.waiting import Waiting

JSON = "application/json"
_SHOWN = 3  # differences


def try_golden(aws: Aws, asked: Mapping[str, Any], waiting: Waiting) -> int:
    """How many requests were answered as they should be; raises GoldenDiffers if one was not."""
    lines = read_golden(Path(asked["Filename"]))
    differences = [told for told in (_difference(aws, asked, g, waiting) for g in lines) if told]
    if differences:
        told = "\n".join(differences[:_SHOWN])
        raise GoldenDiffers(
            f"{len(differences)} of {len(lines)} golden requests are not answered as "
            f"golden.jsonl says:\n{told}"
        )
    return len(lines)


def _difference(aws: Aws, asked: Mapping[str, Any], golden: Golden, waiting: Waiting) -> str | None:
    body = json.dumps(golden.request)
    if "S3Uri" in asked:
        return _difference_later(ask_later(aws, asked, golden.number, body, waiting), golden)
    status, content = _ask(aws, asked, body)
    if status != golden.status:
        return f"line {golden.number}: status {status} and not {golden.status}: {cut(content)}"
    return golden.difference(content)


def _difference_later(told: tuple[bool, str], golden: Golden) -> str | None:
    """What failed has no status, and a text of the platform's own."""
    answered, content = told
    if answered != (golden.status == 200):
        what = "was answered" if answered else "failed"
        return f"line {golden.number}: {what}, and status {golden.status} was due: {cut(content)}"
    return golden.difference(content) if answered else None


def _ask(aws: Aws, asked: Mapping[str, Any], body: str) -> tuple[int, str]:
    """Status and body, of the container."""
    parameters = {name: asked[name] for name in ("EndpointName", "TargetModel") if name in asked}
    try:
        answer = aws.call(
            Call(
                "sagemaker-runtime",
                "invoke_endpoint",
                {**parameters, "ContentType": JSON, "Accept": JSON, "Body": body},
            )
        )
    except Refused as error:
        if error.code != "ModelError":
            raise
        return error.response["OriginalStatusCode"], error.response["OriginalMessage"]
    return 200, answer["Body"].decode()
