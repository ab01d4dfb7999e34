"""removal: what of a deployment lies in a bucket, and may go.

What was uploaded carries the deployment's tag. What SageMaker wrote there, captured requests
and answers, is data of the deployment's owner, and goes only if that is said.
"""

from dataclasses import dataclass

from bridge.deploy.aws import Aws
from bridge.deploy.names import DEPLOYMENT, MADE_BY, Place, prefix, tags_in
from bridge.deploy.refused import Refused
from bridge.deploy.step import Call, Step, Verb

MOST_KEYS = 1000  # that one call removes
_DATA = ("answers", "capture")


@dataclass(frozen=True, slots=True)
class Lying:
    """Keys in a bucket: what goes, and how many stay."""

    keys: list[str]
    staying: int


def bucket_removal(
    aws: Aws, bucket: str, name: str, place: Place, data: bool
) -> tuple[list[Step], list[str]]:
    """Steps that empty the deployment's part of the bucket, and notes of what stays."""
    owned = {"Bucket": bucket, "ExpectedBucketOwner": place.account}
    try:
        aws.call(Call("s3", "head_bucket", owned))
    except Refused as error:
        if error.is_missing or error.code == "403":  # not there, or someone else's
            return [], []
        raise
    lying = _lying(aws, bucket, name, data)
    steps = [_delete(bucket, keys) for keys in _pieces(lying.keys)]
    notes = []
    if lying.staying:
        notes.append(
            f"{lying.staying} objects stay in s3://{bucket}/{prefix(name)}: captured requests and "
            "answers, which --data removes, and what others put there"
        )
    if _goes_too(aws, owned, set(lying.keys)):
        why = "The bucket, which is empty then"
        steps.append(Step(why, Call("s3", "delete_bucket", owned), Verb.REMOVE))
    return steps, notes


def _lying(aws: Aws, bucket: str, name: str, data: bool) -> Lying:
    asked = {"Bucket": bucket, "Prefix": prefix(name)}
    pages = aws.pages(Call("s3", "list_objects_v2", asked))
    keys = [told["Key"] for page in pages for told in page.get("Contents", [])]
    goes = [key for key in keys if _goes(aws, bucket, key, name, data)]
    return Lying(goes, len(keys) - len(goes))


def _goes(aws: Aws, bucket: str, key: str, name: str, data: bool) -> bool:
    if key.removeprefix(prefix(name)).split("/")[0] in _DATA:
        return data
    return _is_tagged(aws, bucket, key, name)


def _is_tagged(aws: Aws, bucket: str, key: str, name: str) -> bool:
    tags = aws.call(Call("s3", "get_object_tagging", {"Bucket": bucket, "Key": key}))
    return tags_in(tags).get(DEPLOYMENT) == name


def _goes_too(aws: Aws, owned: dict[str, str], going: set[str]) -> bool:
    """Whether `rbridge deploy` made the bucket, and nothing else is in it."""
    try:
        tags = tags_in(aws.call(Call("s3", "get_bucket_tagging", owned)))
    except Refused as error:
        if not error.is_missing:
            raise
        return False
    pages = aws.pages(Call("s3", "list_objects_v2", owned))
    keys = (told["Key"] for page in pages for told in page.get("Contents", []))
    return MADE_BY in tags and all(key in going for key in keys)


def _delete(bucket: str, keys: list[str]) -> Step:
    asked = {"Bucket": bucket, "Delete": {"Objects": [{"Key": key} for key in keys]}}
    return Step("What was uploaded", Call("s3", "delete_objects", asked), Verb.REMOVE)


def _pieces(keys: list[str]) -> list[list[str]]:
    return [keys[start : start + MOST_KEYS] for start in range(0, len(keys), MOST_KEYS)]
