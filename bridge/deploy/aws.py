"""aws: makes calls on AWS; the only file that knows boto3.

Credentials, region and endpoints are found as boto3 finds them: from ``~/.aws``, AWS_PROFILE,
AWS_ENDPOINT_URL and so on.
"""

import json
from typing import TYPE_CHECKING, Any

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.names import Place
from bridge.deploy.refused import Refused
from bridge.deploy.step import Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

try:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
    )
except ImportError:
    raise CannotDeploy(
        "boto3 is not installed, with which AWS is asked; please install what the extra "
        '"deploy" needs: pip install --require-hashes -r requirements-deploy.txt'
    ) from None

_DOCUMENTS = ("AssumeRolePolicyDocument", "PolicyDocument")  # are sent as text


class Aws:
    """Clients of one account and region, made when they are first used."""

    def __init__(self, region: str | None = None, profile: str | None = None) -> None:
        self._clients: dict[str, Any] = {}
        try:
            self._session = boto3.Session(region_name=region, profile_name=profile)
        except BotoCoreError as error:
            raise CannotDeploy(str(error)) from None

    def place(self) -> Place:
        """The account of the credentials, and the region."""
        region = self._session.region_name
        if not region:
            raise CannotDeploy(
                "no region is set; please give one, such as --region eu-west-1, or set "
                "AWS_DEFAULT_REGION"
            )
        told = self.call(Call("sts", "get_caller_identity", {}))
        return Place(told["Account"], region, told["Arn"].split(":")[1])

    def call(self, call: Call) -> dict[str, Any]:
        """The answer, with the bytes of a body; raises Refused."""
        try:
            method = getattr(self._client(call.service), call.operation)
            answer = method(**_sent(call.parameters)) or {}
            if hasattr(answer.get("Body"), "read"):
                answer["Body"] = answer["Body"].read()
        except ClientError as error:
            raise Refused(call, error.response) from None
        except (BotoCoreError, boto3.exceptions.Boto3Error) as error:
            raise CannotDeploy(f"{call.name}: {error}{_hint(error)}") from None
        if answer.get("Errors"):  # of single objects, where many are deleted
            raise Refused(call, {"Error": answer["Errors"][0]})
        return dict(answer)

    def find(self, call: Call) -> dict[str, Any] | None:
        """The answer; None if what is asked for is not there. Raises Refused."""
        try:
            return self.call(call)
        except Refused as error:
            if error.is_missing:
                return None
            raise

    def pages(self, call: Call) -> "Iterator[dict[str, Any]]":
        """The answers to a call whose answer comes in pages."""
        try:
            paginator = self._client(call.service).get_paginator(call.operation)
            yield from paginator.paginate(**_sent(call.parameters))
        except ClientError as error:
            raise Refused(call, error.response) from None
        except BotoCoreError as error:
            raise CannotDeploy(f"{call.name}: {error}{_hint(error)}") from None

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            # A container may take 60 s, which are boto3's own limit too.
            settings = Config(read_timeout=75, retries={"mode": "standard"})
            self._clients[service] = self._session.client(service, config=settings)
        return self._clients[service]


def _sent(parameters: "Mapping[str, Any]") -> dict[str, Any]:
    return {
        name: json.dumps(value) if name in _DOCUMENTS else value
        for name, value in parameters.items()
    }


def _hint(error: Exception) -> str:
    if type(error).__name__ == "NoCredentialsError":
        return (
            ". AWS does not know who you are: please run `aws configure` or `aws sso login`, or "
            "give --profile. `--plan` needs no credentials"
        )
    return ""
