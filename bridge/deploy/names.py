"""names: what everything is called, and the tags by which it is known again.

A model and an endpoint configuration cannot be changed on SageMaker. Their names end in a
digest of what they are, so that the same deployment is found again, and another is another.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEPLOYMENT = "rbridge:deployment"
BUCKET = "rbridge:bucket"
MADE_BY = "rbridge:made-by"
VARIANT = "AllTraffic"


@dataclass(frozen=True, slots=True)
class Place:
    """Account and region; where they are not known, placeholders."""

    account: str = "${account}"
    region: str = "${region}"
    partition: str = "aws"

    @property
    def bucket(self) -> str:
        """Of all deployments that name no other."""
        return f"rbridge-{self.account}-{self.region}"

    @property
    def registry(self) -> str:
        """Of container images."""
        suffix = ".cn" if self.partition == "aws-cn" else ""
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com{suffix}"

    def arn(self, service: str, resource: str) -> str:
        """Of something in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def role_arn(self, name: str) -> str:
        """Roles have no region."""
        return f"arn:{self.partition}:iam::{self.account}:role/{role_name(name, self)}"


def role_name(name: str, place: Place) -> str:
    """Of the role that is made; with the region, as all regions share the names of roles."""
    return f"rbridge-{name}-{place.region}"


def repository(name: str) -> str:
    """Of the image that is pushed."""
    return f"rbridge/{name}"


def prefix(name: str) -> str:
    """Of all that lies in S3."""
    return f"rbridge/{name}/"


def alarm_name(name: str) -> str:
    """Of the alarm that rolls an update back."""
    return f"rbridge-{name}-5xx"


def scaled(name: str) -> dict[str, str]:
    """What Application Auto Scaling calls the instances of an endpoint."""
    return {
        "ResourceId": f"endpoint/{name}/variant/{VARIANT}",
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def with_digest(name: str, content: Mapping[str, Any]) -> str:
    """``name``, and ten digits that say what is in it."""
    text = json.dumps(content, sort_keys=True)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """As most services want tags."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_in(answer: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a service tells, whatever it calls their list."""
    listed = answer.get("Tags") or answer.get("TagSet") or answer.get("tags") or []
    return {tag["Key"]: tag["Value"] for tag in listed}
