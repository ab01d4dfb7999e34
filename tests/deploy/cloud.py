"""The AWS that tests deploy to: moto's server in this process, and what it lacks."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend, sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
REGION = "eu-west-1"


class Cloud:
    """Its address; clients of it; and the state that SageMaker would come into by itself."""

    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str, url: str | None = None) -> Any:
        return boto3.client(
            service,
            endpoint_url=url or self.url,
            region_name=REGION,
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )

    def environ(self) -> dict[str, str]:
        """By which boto3 finds it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def sagemaker(self) -> SageMakerModelBackend:
        backend: SageMakerModelBackend = sagemaker_backends[ACCOUNT][REGION]
        return backend

    def endpoint(self, name: str = "marathon") -> FakeEndpoint:
        return self.sagemaker.endpoints[name]

    def holds(self) -> set[str]:
        """Everything there is, by kind and name."""
        scaling = applicationautoscaling_backends[ACCOUNT][REGION]
        targets = [target for kind in scaling.targets.values() for target in kind]
        kinds: dict[str, Iterable[str]] = {
            "endpoint": self.sagemaker.endpoints,
            "endpoint-config": self.sagemaker.endpoint_configs,
            "model": self.sagemaker._models,
            "transform-job": self.sagemaker.transform_jobs,
            "role": [role.name for role in iam_backends[ACCOUNT]["aws"].roles.values()],
            "repository": ecr_backends[ACCOUNT][REGION].repositories,
            "alarm": cloudwatch_backends[ACCOUNT][REGION].alarms,
            "target": targets,
            "policy": scaling.policies,
            "log": logs_backends[ACCOUNT][REGION].groups,
            "object": self._objects(),
            "bucket": s3_backends[ACCOUNT]["aws"].buckets,
        }
        return {f"{kind} {name}" for kind, names in kinds.items() for name in names}

    def _objects(self) -> list[str]:
        buckets = s3_backends[ACCOUNT]["aws"].buckets.values()
        return [f"{bucket.name}/{key}" for bucket in buckets for key in bucket.keys]

    def put(self, bucket: str, key: str, tagging: str = "") -> None:
        """An object that someone else put there."""
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x", Tagging=tagging)

    def log(self, group: str, *lines: str) -> None:
        """What the container wrote."""
        logs = self.client("logs")
        logs.create_log_group(logGroupName=group)
        stream = {"logGroupName": group, "logStreamName": "AllTraffic/i-0"}
        logs.create_log_stream(**stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now + at, "message": line} for at, line in enumerate(lines)]
        logs.put_log_events(**stream, logEvents=events)


def _update_endpoint(self: SageMakerResponse) -> ActionResult:
    """Moto has none: the endpoint is in service with its new configuration at once."""
    name, config = self._get_param("EndpointName"), self._get_param("EndpointConfigName")
    backend = self.sagemaker_backend
    if name not in backend.endpoints:
        raise ValidationError(f'Could not find endpoint "{name}".')
    backend.describe_endpoint_config(config)
    backend.endpoints[name].endpoint_config_name = config
    return ActionResult({"EndpointArn": backend.endpoints[name].arn})


@contextmanager
def running() -> Iterator[Cloud]:
    SageMakerResponse.update_endpoint = _update_endpoint  # type: ignore[attr-defined]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield Cloud(f"http://{host}:{port}")
    finally:
        server.stop()
