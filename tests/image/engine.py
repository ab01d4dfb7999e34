"""engine: what the checks ask of whatever builds images and runs containers. No I/O."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

MODEL, MODELS = "/opt/ml/model", "/opt/ml/models"
PLAIN = "plain"  # the image without further R packages
STOP_SECONDS = 30  # what SageMaker gives between SIGTERM and SIGKILL


class EngineError(Exception):
    """A build, a start or a command failed; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the image tells an engine."""

    entrypoint: list[str]
    cmd: list[str]
    env: list[str]
    labels: Mapping[str, str]
    ports: list[str]
    user: str
    health: list[str]


@dataclass(frozen=True, slots=True)
class Start:
    """How a container is started: ``docker run [...] IMAGE arguments``.

    ``mounts``: folders of this machine by where they are in the container, read-only.
    ``alone`` makes the server PID 1 of its own PID namespace, with a root file system that
    is read-only but for an empty /tmp; some engines always do the former. ``offline``:
    with a loopback interface alone. ``unprivileged``: user 1000 and no /dev/shm. Both go
    with ``alone``. ``port_name``: the variable that tells the server its port.
    """

    arguments: tuple[str, ...] = ()
    mounts: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False
    offline: bool = False
    unprivileged: bool = False
    port_name: str = "RBRIDGE_PORT"
    image: str = PLAIN


class Container(Protocol):
    """One running server; ``started`` is when, by the monotonic clock."""

    started: float

    def execute(self, *command: str) -> str:
        """What a further command prints in the container; raises EngineError."""

    def ended(self) -> bool:
        """True if the server has exited."""

    def log(self) -> str:
        """What the server has printed so far."""

    def terminate(self) -> int:
        """Sends SIGTERM to the server; its exit status. Raises EngineError after 30 s."""

    def processes(self) -> list[str]:
        """The processes of the container that are alive."""


class Engine(Protocol):
    """Builds images and runs containers of them."""

    name: str

    def build(self, context: Path, image: str, arguments: Mapping[str, str]) -> None:
        """Builds ``image`` from the Dockerfile in ``context``; raises EngineError."""

    def tag(self, image: str) -> str:
        """The name under which the engine knows ``image``; it is removed in the end."""

    def commands(self) -> Mapping[str, str]:
        """The environment in which `rbridge image` builds with this engine."""

    def config(self) -> Config:
        """The configuration of the plain image."""

    def output(self, *command: str, image: str = PLAIN) -> str:
        """What a command prints in a container of its own, instead of the entry point."""

    def made(self, folder: Path, image: str, *command: str) -> None:
        """Runs a command in a container, in ``folder`` of this machine, which it may change."""

    def start(self, start: Start, port: int) -> AbstractContextManager[Container]:
        """A container whose server listens on ``port``; removed on exit."""

    def close(self) -> None:
        """Removes the images and whatever else was made."""
