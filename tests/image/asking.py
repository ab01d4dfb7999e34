"""asking: a container is started, asked and stopped, as every check does it."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from .engine import STOP_SECONDS, Container, Engine, EngineError, Start
from .report import Report

READY_SECONDS = 60.0
RBRIDGE = "/opt/venv/bin/rbridge"
EXAMPLE = b'{"hmtime": "1:30:20", "gender": "M"}'
ANSWER = b'{"marathon_time":["03:23:30"]}'
NOTHING: Mapping[str, str] = MappingProxyType({})


@contextmanager
def ready(engine: Engine, start: Start, port: int, report: Report, how: str) -> Iterator[Container]:
    """Once /ping says 200; in a container without network it is asked from the inside."""
    with engine.start(start, port) as container:
        while not (pings(container, start, port) if start.offline else _pings(port)):
            if container.ended() or time.monotonic() > container.started + READY_SECONDS:
                raise EngineError(f"started {how}, /ping never said 200\n{container.log()[-4000:]}")
            time.sleep(0.05)
        seconds = time.monotonic() - container.started
        report.check(f"started {how}, /ping says 200 ({seconds:.1f} s)", True)
        yield container


def _pings(port: int) -> bool:
    return get(port, "/ping") == (200, b"")


def pings(container: Container, start: Start, port: int) -> bool:
    """What the health check of the image says."""
    try:
        container.execute("env", f"{start.port_name}={port}", RBRIDGE, "ping")
    except EngineError:
        return False
    return True


def stop(container: Container, report: Report) -> None:
    """SIGTERM ends the server as it should."""
    before = container.processes()
    report.check("the server has processes of its own", len(before) >= 3, before)
    started = time.monotonic()
    status = container.terminate()
    name = f"SIGTERM: exit status 0 within {STOP_SECONDS} s"
    report.equal(f"{name} ({time.monotonic() - started:.1f} s)", status, 0)
    report.equal("no process is left", container.processes(), [])


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body."""
    return _request(urllib.request.Request(f"http://127.0.0.1:{port}{path}"))


def post(
    port: int, body: bytes, headers: Mapping[str, str] = NOTHING, path: str = "/invocations"
) -> tuple[int, bytes]:
    """By default as ``curl -d`` does it: the type is application/x-www-form-urlencoded."""
    url = f"http://127.0.0.1:{port}{path}"
    return _request(urllib.request.Request(url, body, dict(headers)))


def _request(request: urllib.request.Request) -> tuple[int, bytes]:
    """Status and body; status 0 if nobody answers."""
    try:
        # No proxy that the environment may name: this is the loopback interface.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=10) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError as error:
        return 0, str(error).encode()
