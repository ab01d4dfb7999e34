"""engine: what the checks ask of whatever builds images and runs containers. No I/O."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MODEL_MOUNT = "/opt/ml/model"
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


@dataclass(frozen=True, slots=True)
class Start:
    """How a container is started: ``docker run [...] IMAGE arguments``.

    ``alone`` makes the server PID 1 of its own PID namespace, with a root file system that
    is read-only but for an empty /tmp; some engines always do the former.
    """

    arguments: tuple[str, ...] = ()
    model: Path | None = None
    alone: bool = False


class Container(Protocol):
    """One running server."""

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
    """Builds one image and runs containers of it."""

    name: str

    def build(self, context: Path) -> None:
        """Builds the image from the Dockerfile in ``context``; raises EngineError."""

    def config(self) -> Config:
        """The configuration of the image."""

    def output(self, *command: str) -> str:
        """What a command prints in a container of its own, instead of the entry point."""

    def start(self, start: Start, port: int) -> AbstractContextManager[Container]:
        """A container whose server listens on ``port``; removed on exit."""

    def close(self) -> None:
        """Removes the image and whatever else was made."""
