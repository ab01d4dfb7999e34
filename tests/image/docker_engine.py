"""docker_engine: the image and its containers with a Docker engine."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]
import requests

from .engine import PLAIN, STOP_SECONDS, Config, Container, EngineError, Start

NAME = "rbridge-image-test"


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
        self._built: set[str] = set()
        self.name = f"docker {client.version()['Version']}"

    def build(self, context: Path, image: str, arguments: Mapping[str, str]) -> None:
        options = {"buildargs": dict(arguments), "rm": True, "forcerm": True}
        try:
            # On this machine's network, where the test's CRAN is.
            self._client.images.build(
                path=str(context), tag=_tag(image), network_mode="host", **options
            )
        except docker.errors.BuildError as error:
            lines = [line.get("stream", "") for line in error.build_log]
            raise EngineError(f"{error}\n{''.join(lines)[-4000:]}") from None
        except docker.errors.APIError as error:
            raise EngineError(str(error)) from None
        self._built.add(_tag(image))

    def tag(self, image: str) -> str:
        self._built.add(_tag(image))
        return _tag(image)

    def commands(self) -> Mapping[str, str]:
        return {}

    def config(self) -> Config:
        config = self._client.images.get(_tag(PLAIN)).attrs["Config"]
        return Config(
            entrypoint=config["Entrypoint"],
            cmd=config["Cmd"],
            env=config["Env"],
            labels=config["Labels"] or {},
            ports=list(config.get("ExposedPorts") or {}),
            user=config.get("User", ""),
            health=(config.get("Healthcheck") or {}).get("Test", []),
        )

    def output(self, *command: str, image: str = PLAIN) -> str:
        return self._run(image, command)

    def made(self, folder: Path, image: str, *command: str) -> None:
        mounts = {str(folder): {"bind": "/work", "mode": "rw"}}
        self._run(image, command, volumes=mounts, working_dir="/work")

    def _run(self, image: str, command: tuple[str, ...], **options: Any) -> str:
        program, *arguments = command
        with self._created(image, arguments, entrypoint=[program], **options) as container:
            container.start()
            status = container.wait()["StatusCode"]
            output: str = container.logs().decode().strip()
        if status != 0:
            raise EngineError(f"{' '.join(command)}: exit status {status}: {output}")
        return output

    @contextmanager
    def start(self, start: Start, port: int) -> Iterator[Container]:
        mounts = {str(path): {"bind": at, "mode": "ro"} for at, path in start.mounts.items()}
        with self._created(
            start.image,
            list(start.arguments),
            environment={start.port_name: str(port), **start.environment},
            ports={} if start.offline else {f"{port}/tcp": ("127.0.0.1", port)},
            volumes=mounts,
            read_only=start.alone,
            tmpfs={"/tmp": ""} if start.alone else {},
            **({"network_mode": "none"} if start.offline else {}),
            **({"user": "1000:1000", "ipc_mode": "none"} if start.unprivileged else {}),
        ) as container:
            yield DockerContainer(container)

    @contextmanager
    def _created(self, image: str, arguments: list[str], **options: Any) -> Iterator[Any]:
        container = self._client.containers.create(_tag(image), arguments, **options)
        try:
            yield container
        except docker.errors.APIError as error:
            raise EngineError(str(error)) from None
        finally:
            container.remove(force=True)

    def close(self) -> None:
        for tag in self._built:
            with suppress(docker.errors.ImageNotFound):
                self._client.images.remove(tag, force=True)
        self._client.close()


class DockerContainer:
    """See ``engine.Container``. The server is PID 1: no process can outlive it."""

    def __init__(self, container: Any) -> None:
        """Starts it."""
        self.started = time.monotonic()
        container.start()
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


def _tag(image: str) -> str:
    return f"{NAME}:{image}"
