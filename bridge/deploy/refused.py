"""Refused: AWS's answer to a call was an error; what it means, in words."""

from collections.abc import Mapping
from typing import Any

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.step import Call

MOST_CHARACTERS = 700
OF_SAGEMAKER = "--provenance=false --output type=docker"  # for docker: no OCI manifests
QUOTAS = "https://console.aws.amazon.com/servicequotas/"
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_INVALID = ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId")
_QUOTA = ("ResourceLimitExceeded", "LimitExceeded", "LimitExceededException", "TooManyBuckets")
_MISSING = (
    "404",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchKey",
    "NoSuchTagSet",
    "ImageNotFoundException",
    "ObjectNotFoundException",
    "RepositoryNotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
)
_OTHER_NAMES = {  # permissions that are not called as the operation
    "delete_objects": "delete_object",
    "head_bucket": "list_bucket",
    "head_object": "get_object",
    "list_objects_v2": "list_bucket",
    "upload_file": "put_object",
}
_MISSING_TEXTS = (
    "could not find",
    "does not exist",
    "no scalable target found",
    "no scaling policy found",
)


class Refused(CannotDeploy):
    """Its text says which call was refused and what would help."""

    def __init__(self, call: Call, response: Mapping[str, Any]) -> None:
        self.call = call
        self.response = response
        self.code = str(response["Error"].get("Code", ""))
        self.message = str(response["Error"].get("Message", ""))
        super().__init__(f"{call.name} was refused: {self._explained()}"[:MOST_CHARACTERS])

    @property
    def is_missing(self) -> bool:
        """Whether there is no such thing."""
        text = self.message.lower()
        return self.code in _MISSING or any(part in text for part in _MISSING_TEXTS)

    @property
    def is_role_unknown(self) -> bool:
        """Whether SageMaker does not know the role yet: a new one takes some seconds."""
        text = self.message.lower()
        return "assume" in text and "role" in text

    def _explained(self) -> str:
        if self.code in _DENIED:
            return (
                f"you have no permission for {permission(self.call)}. {self.message} "
                "Who administers the account can give it; docs/deploy.md lists what is needed"
            )
        if self.code in _QUOTA:
            return f"a quota is used up. {self.message} It can be raised at {QUOTAS}"
        if self.code in _EXPIRED:
            return "the credentials have expired; please sign in again (`aws sso login`)"
        if self.code in _INVALID:
            return "AWS does not know these credentials; please check `aws configure list`"
        if "manifest media type" in self.message:
            return f"{self.message} Please build the image with: docker buildx build {OF_SAGEMAKER}"
        return f"{self.message} ({self.code})"


def permission(call: Call) -> str:
    """As a policy names it: ``iam:CreateRole``."""
    operation = _OTHER_NAMES.get(call.operation, call.operation)
    words = "".join(word.title() for word in operation.split("_"))
    return f"{call.service.removesuffix('-runtime')}:{words}"
