"""storing: the steps that put archives into S3."""

from typing import Any

from bridge.deploy.drawn import PACKED, Archive, Drawn
from bridge.deploy.names import DEPLOYMENT, MADE_BY
from bridge.deploy.step import Call, Step, Verb

_NO_CONSTRAINT = "us-east-1"  # a bucket there must be made without naming the region


def bucket_steps(drawn: Drawn) -> list[Step]:
    """Makes the bucket, unless one was given."""
    named = {"Bucket": drawn.bucket, "ExpectedBucketOwner": drawn.place.account}
    look = Call("s3", "head_bucket", named)
    if drawn.wanted.bucket:
        return [Step("The bucket must be there, and yours", look, Verb.CHECK)]
    made: dict[str, Any] = {"Bucket": drawn.bucket}
    if drawn.place.region != _NO_CONSTRAINT:
        made["CreateBucketConfiguration"] = {"LocationConstraint": drawn.place.region}
    tagging = {"TagSet": [{"Key": MADE_BY, "Value": "rbridge"}]}
    return [
        Step(
            "A private bucket for the models of all deployments",
            Call("s3", "create_bucket", made),
            look=look,
        ),
        Step(
            "By this tag `rbridge undeploy` knows that it may remove the bucket, once it is empty",
            Call("s3", "put_bucket_tagging", {**named, "Tagging": tagging}),
            look=Call("s3", "get_bucket_tagging", named),
        ),
    ]


def archive_steps(drawn: Drawn) -> list[Step]:
    """Packs and uploads each archive."""
    return [step for archive in drawn.archives for step in _archive_steps(drawn, archive)]


def _archive_steps(drawn: Drawn, archive: Archive) -> list[Step]:
    file = f"{PACKED}/{archive.file_name}"
    key = drawn.models_key + archive.file_name
    packed = Call("local", "pack", {"Source": str(archive.source), "Filename": file})
    return [
        Step(
            "The model as SageMaker wants it: no links, the same bytes every time", packed, Verb.SET
        ),
        upload(drawn, file, key, "SageMaker fetches the model from here"),
    ]


def upload(drawn: Drawn, file: str, key: str, why: str) -> Step:
    """Uploads a file, if it is not there; its key says what is in it."""
    extra = {"Tagging": f"{DEPLOYMENT.replace(':', '%3A')}={drawn.wanted.name}"}
    if drawn.wanted.kms_key:
        extra |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": drawn.wanted.kms_key}
    parameters = {"Key": key, "Bucket": drawn.bucket, "Filename": file, "ExtraArgs": extra}
    look = Call("s3", "head_object", {"Bucket": drawn.bucket, "Key": key})
    return Step(why, Call("s3", "upload_file", parameters), look=look)
