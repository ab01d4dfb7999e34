"""batch: the steps of a transform job: every line of a file through the model."""

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.drawn import Drawn
from bridge.deploy.hosting import model_name
from bridge.deploy.names import as_list, prefix, with_digest
from bridge.deploy.step import Call, Step, Verb
from bridge.deploy.storing import upload
from bridge.deploy.wanted import Batch

CONTENT_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".parquet": "application/x-parquet",
}
_BY_LINE = ("text/csv", "application/jsonlines")


def batch_steps(drawn: Drawn, batch: Batch) -> list[Step]:
    """The file into S3 if it is not there, then the job, until it is done."""
    uploads, source = _source(drawn, batch)
    job = _job(drawn, batch, source)
    anywhere = _job(drawn.anywhere, batch, _source(drawn.anywhere, batch)[1])
    name = with_digest(drawn.wanted.name, {**anywhere, "Run": batch.run})
    arn = drawn.place.arn("sagemaker", f"transform-job/{name}")
    look = Call("sagemaker", "describe_transform_job", {"TransformJobName": name})
    made = {"TransformJobName": name, **job, "Tags": as_list(drawn.tags)}
    return [
        *uploads,
        Step(
            "The job; its instances are billed until it is done",
            Call("sagemaker", "create_transform_job", made),
            look=look,
            tags=Call("sagemaker", "list_tags", {"ResourceArn": arn}),
        ),
        Step(
            f"Until it is done; answers come to {job['TransformOutput']['S3OutputPath']}",
            look,
            Verb.WAIT,
        ),
    ]


def _source(drawn: Drawn, batch: Batch) -> tuple[list[Step], str]:
    """The steps that upload the input, and its address."""
    if batch.source.startswith("s3://"):
        return [], batch.source
    file = Path(batch.source)
    if not file.is_file():
        raise CannotDeploy(f"--input: there is no file {file}")
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()[:16]
    key = f"{prefix(drawn.wanted.name)}input/{digest}/{file.name}"
    step = upload(drawn, str(file), key, "What the job reads")
    return [step], f"s3://{drawn.bucket}/{key}"


def _job(drawn: Drawn, batch: Batch, source: str) -> dict[str, Any]:
    content_type = batch.content_type or _content_type(source)
    by_line = content_type in _BY_LINE
    target = batch.target or f"s3://{drawn.bucket}/{prefix(drawn.wanted.name)}answers"
    key = drawn.wanted.kms_key
    resources = {
        "InstanceType": drawn.wanted.instance_type,
        "InstanceCount": drawn.wanted.instances,
    }
    return {
        "ModelName": model_name(drawn),
        "BatchStrategy": "MultiRecord" if by_line else "SingleRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            "ContentType": content_type,
            "SplitType": "Line" if by_line else "None",
        },
        "TransformOutput": {
            "S3OutputPath": target,
            "Accept": content_type,
            "AssembleWith": "Line" if by_line else "None",
            **({"KmsKeyId": key} if key else {}),
        },
        "TransformResources": resources | ({"VolumeKmsKeyId": key} if key else {}),
    }


def _content_type(source: str) -> str:
    suffix = PurePosixPath(source).suffix.lower()
    if suffix not in CONTENT_TYPES:
        raise CannotDeploy(
            f"--input {source} does not end in {', '.join(CONTENT_TYPES)}; please say what it "
            "holds with --content-type"
        )
    return CONTENT_TYPES[suffix]
