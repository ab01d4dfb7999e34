"""container: the server as the platform runs it: ``serve``, ping, invoke, SIGTERM, SIGKILL."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.serving import free_port

PING_SECONDS = 2.0  # so long may a ping take
STARTUP_SECONDS = 480.0
KILL_SECONDS = 30.0  # from SIGTERM to SIGKILL
COMMAND = (sys.executable, "-m", "bridge.cli")  # the image's entry point
_OURS = ("RBRIDGE_", "SAGEMAKER_", "AWS_")


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Container:
    """One container on an instance, listening where ``SAGEMAKER_BIND_TO_PORT`` says."""

    def __init__(
        self,
        model: Path,
        log: Path,
        environ: Mapping[str, str],
        under: Sequence[str] = (),
    ) -> None:
        """``under`` is a command that runs the server, as in a sandbox."""
        self.port = free_port()
        self.log = log
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        given = {"RBRIDGE_MODEL": str(model), "SAGEMAKER_BIND_TO_PORT": str(self.port)}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [*under, *COMMAND, "serve"],
                stdout=out,
                stderr=out,
                env={**inherited, **given, **environ},
            )

    def connect(self, seconds: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def ping(self) -> bool:
        """True for 200 with an empty body within the time that a ping has."""
        try:
            reply = self.get("/ping")
        except OSError:
            return False
        return (reply.status, reply.body) == (200, b"")

    def wait_until_healthy(self, interval: float = 0.05) -> None:
        end = time.monotonic() + STARTUP_SECONDS
        while not self.ping():
            ended = self.process.poll()
            if ended is not None or time.monotonic() > end:
                raise AssertionError(f"did not pass its ping (status {ended}): {self.said()}")
            time.sleep(interval)

    def said(self) -> str:
        return self.log.read_text()

    def get(self, path: str) -> Response:
        with closing(self.connect(PING_SECONDS)) as connection:
            return exchange(connection, "GET", path, None, {})

    def invoke(
        self, body: bytes | Iterable[bytes], headers: Mapping[str, str], seconds: float = 60
    ) -> Response:
        with closing(self.connect(seconds)) as connection:
            return exchange(connection, "POST", "/invocations", body, headers)

    def stop(self) -> int:
        """SIGTERM, and SIGKILL if that is not enough; the exit status, -9 if it was killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | Iterable[bytes] | None,
    headers: Mapping[str, str],
) -> Response:
    """One request on a connection; a body that is not bytes is sent in chunks."""
    connection.request(method, path, body, headers, encode_chunked=not isinstance(body, bytes))
    response = connection.getresponse()
    told = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, told, response.read())


@contextmanager
def running(
    model: Path, folder: Path, environ: Mapping[str, str], under: Sequence[str] = ()
) -> Iterator[Container]:
    """A healthy container; stopped at the end, if it has not been."""
    log = folder / f"container-{time.monotonic_ns()}.log"
    container = Container(model, log, environ, under)
    try:
        container.wait_until_healthy()
        yield container
    finally:
        if container.process.poll() is None:
            container.stop()
