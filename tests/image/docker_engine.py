"""docker_engine: the image and its containers with a Docker engine."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]
import requests

from .engine import MODEL_MOUNT, STOP_SECONDS, Config, Container, EngineError, Start

TAG = "rbridge-image-test:latest"


def connect() -> "DockerEngine | None":
    """The engine that the environment names, or the local one; None if none answers."""
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except (docker.errors.DockerException, requests.RequestException):
        return None
    return DockerEngine(client)


class DockerEngine:
    """See ``engine.Engine``."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.name = f"docker {client.version()['Version']}"

    def build(self, context: Path) -> None:
        try:
            self._client.images.build(path=str(context), tag=TAG, rm=True, forcerm=True)
        except docker.errors.BuildError as error:
            lines = [line.get("stream", "") for line in error.build_log]
            raise EngineError(f"{error}\n{''.join(lines)[-4000:]}") from None
        except docker.errors.APIError as error:
            raise EngineError(str(error)) from None

    def config(self) -> Config:
        config = self._client.images.get(TAG).attrs["Config"]
        return Config(
            entrypoint=config["Entrypoint"],
            cmd=config["Cmd"],
            env=config["Env"],
            labels=config["Labels"] or {},
            ports=list(config.get("ExposedPorts") or {}),
            user=config.get("User", ""),
        )

    def output(self, *command: str) -> str:
        program, *arguments = command
        with self._created(arguments, entrypoint=[program]) as container:
            container.start()
            status = container.wait()["StatusCode"]
            output: str = container.logs().decode().strip()
        if status != 0:
            raise EngineError(f"{' '.join(command)}: exit status {status}: {output}")
        return output

    @contextmanager
    def start(self, start: Start, port: int) -> Iterator[Container]:
        mounts = {str(start.model): {"bind": MODEL_MOUNT, "mode": "ro"}} if start.model else {}
        with self._created(
            list(start.arguments),
            environment={"RBRIDGE_PORT": str(port)},
            ports={f"{port}/tcp": ("127.0.0.1", port)},
            volumes=mounts,
            read_only=start.alone,
            tmpfs={"/tmp": ""} if start.alone else {},
        ) as container:
            container.start()
            yield DockerContainer(container)

    @contextmanager
    def _created(self, arguments: list[str], **options: Any) -> Iterator[Any]:
        container = self._client.containers.create(TAG, arguments, **options)
        try:
            yield container
        except docker.errors.APIError as error:
            raise EngineError(str(error)) from None
        finally:
            container.remove(force=True)

    def close(self) -> None:
        with suppress(docker.errors.ImageNotFound):
            self._client.images.remove(TAG, force=True)
        self._client.close()


class DockerContainer:
    """See ``engine.Container``. The server is PID 1: no process can outlive it."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def execute(self, *command: str) -> str:
        status, output = self._container.exec_run(list(command))
        if status != 0:
            raise EngineError(f"{' '.join(command)}: exit status {status}: {output!r}")
        text: str = output.decode().strip()
        return text

    def ended(self) -> bool:
        self._container.reload()
        return self._container.status not in ("created", "running")

    def log(self) -> str:
        text: str = self._container.logs().decode()
        return text

    def terminate(self) -> int:
        self._container.kill("SIGTERM")
        try:
            status: int = self._container.wait(timeout=STOP_SECONDS)["StatusCode"]
        except requests.RequestException:
            raise EngineError(f"the server still runs {STOP_SECONDS} s after SIGTERM") from None
        return status

    def processes(self) -> list[str]:
        if self.ended():
            return []
        return [" ".join(row) for row in self._container.top()["Processes"]]
