"""Wanted: what is to be deployed, and how; every option of `rbridge deploy` once.

What SageMaker would refuse is refused here, before anything is made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bridge.deploy.cannot import CannotDeploy

LONGEST_NAME = 40  # with what is put behind it, 63
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/\S+")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")
_GRAVITON = re.compile(r"ml\.[a-z]\d+g")
_TAG = re.compile(r"[\w .:/=+@-]+")
MEMORY_MB = (1024, 2048, 3072, 4096, 5120, 6144)


class Mode(StrEnum):
    """In which form SageMaker runs the model."""

    REALTIME = "realtime"
    SERVERLESS = "serverless"
    ASYNC = "async"
    BATCH = "batch"
    MULTI_MODEL = "multi-model"


TITLES = {
    Mode.REALTIME: "a real-time endpoint",
    Mode.SERVERLESS: "a serverless endpoint",
    Mode.ASYNC: "an asynchronous endpoint",
    Mode.BATCH: "a batch transform job",
    Mode.MULTI_MODEL: "a multi-model endpoint",
}


@dataclass(frozen=True, slots=True)
class Scaling:
    """Instances between ``least`` and ``most``, as ``metric`` stays near ``target``.

    ``metric`` None: invocations per instance and minute; for an asynchronous endpoint,
    requests that wait per instance. Else ``NAMESPACE:NAME:STATISTIC``.
    """

    least: int
    most: int
    target: float
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A transform job: ``source`` is an S3 address or a file; ``target`` an S3 address."""

    source: str
    target: str | None = None
    content_type: str | None = None
    run: str = "1"


@dataclass(frozen=True, slots=True)
class Wanted:
    """All options."""

    path: Path
    name: str
    mode: Mode = Mode.REALTIME
    image: str = "r-model-bridge"
    role: str | None = None
    bucket: str | None = None
    instance_type: str = "ml.m5.large"
    instances: int = 1
    memory_mb: int = 2048
    max_concurrency: int = 5
    provisioned_concurrency: int = 0
    startup_timeout: int = 600
    bake: int = 300
    capture: int = 0
    kms_key: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    network_isolation: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    scaling: Scaling | None = None
    batch: Batch | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        self._check_together()
        if self.kms_key and not _KEY_ARN.fullmatch(self.kms_key):
            raise CannotDeploy(
                f'--kms-key is "{self.kms_key}"; it must be the ARN of a key, such as '
                "arn:aws:kms:eu-west-1:123456789012:key/..."
            )
        if self.role and not _ROLE_ARN.fullmatch(self.role):
            raise CannotDeploy(
                f'--role is "{self.role}"; it must be the ARN of a role, such as '
                "arn:aws:iam::123456789012:role/my-role"
            )

    @property
    def machine(self) -> str:
        """On what the container runs, in words."""
        return "a serverless endpoint" if self.mode is Mode.SERVERLESS else self.instance_type

    @property
    def architecture(self) -> str:
        """That of the machines; of Amazon's own processors, such as ml.m6g.large, it is arm64."""
        return "arm64" if _GRAVITON.match(self.machine) else "amd64"

    def _check_together(self) -> None:
        """Refuses options that SageMaker does not take together."""
        if bool(self.subnets) != bool(self.security_groups):
            raise CannotDeploy("--subnet and --security-group must be given together")
        if (self.mode is Mode.BATCH) != (self.batch is not None):
            raise CannotDeploy("--input goes with --mode batch, and only with it")
        if self.mode is Mode.SERVERLESS:
            self._refuse("serverless", self._not_serverless())
        self._check_provisioned()
        if self.mode is Mode.BATCH:
            self._refuse("batch", {"--max-instances": self.scaling, "--capture": self.capture})
        for key, value in self.tags.items():
            _check_tag(key, value)

    def _check_provisioned(self) -> None:
        if self.provisioned_concurrency and self.mode is not Mode.SERVERLESS:
            raise CannotDeploy("--provisioned-concurrency goes with --mode serverless alone")
        if self.provisioned_concurrency > self.max_concurrency:
            raise CannotDeploy(
                f"--provisioned-concurrency is {self.provisioned_concurrency}, more than "
                f"--max-concurrency, {self.max_concurrency}"
            )

    def _not_serverless(self) -> dict[str, object]:
        return {
            "--subnet": self.subnets,
            "--capture": self.capture,
            "--network-isolation": self.network_isolation,
            "--max-instances": self.scaling,
            "--kms-key": self.kms_key,
        }

    def _refuse(self, mode: str, options: dict[str, object]) -> None:
        given = [name for name, value in options.items() if value]
        if given:
            raise CannotDeploy(f"--mode {mode} does not go with {', '.join(given)}")


def _check_tag(key: str, value: str) -> None:
    if key.startswith(("rbridge:", "aws:")):
        raise CannotDeploy(f'a tag cannot be called "{key}": "rbridge:" and "aws:" are taken')
    if not _TAG.fullmatch(key + value) or len(key) > 128 or len(value) > 256:
        raise CannotDeploy(
            f'"{key}={value}" cannot be a tag: letters, digits, blanks and _.:/=+-@, at most 128 '
            "in the name and 256 in the value"
        )


def check_name(name: str) -> None:
    """Raises CannotDeploy if endpoints, roles and repositories cannot all be called so."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise CannotDeploy(
            f'"{name}" cannot be the name of a deployment: small letters, digits and single '
            f"hyphens, at most {LONGEST_NAME} characters; please give one with --name"
        )
