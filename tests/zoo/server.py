"""server: a real ``rbridge serve`` for one case."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

import httpx

from tests.serving import Server

# Taken once: pytest changes its own variable while threads start servers.
_ENVIRON = {**os.environ, "TZ": "UTC"}

# Below the ports that clients get: with those, a connection of another case could take the
# port between the moment it is found free and the moment the server listens.
_PORTS = cycle(range(4600, 4900))
_LOCK = threading.Lock()
_SECONDS = 60


class NotServed(Exception):
    """The server ended by itself; the arguments are its exit status and its log."""


@contextmanager
def serving(model: Path, folder: Path, client: httpx.Client) -> Iterator[Server]:
    """A ready server for the model folder, stopped at the end; raises NotServed."""
    server = _start(model, folder)
    try:
        _wait(server, client)
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def _start(model: Path, folder: Path) -> Server:
    port = _free_port()
    log = folder / f"{model.parent.name}-{port}.log"
    command = [sys.executable, "-m", "bridge.cli", "serve", str(model)]
    command += ["--port", str(port), "--workers", "1"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, env=_ENVIRON)
    return Server(process, port, log)


def _free_port() -> int:
    with _LOCK:
        for port in _PORTS:
            with socket.socket() as probe, suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise AssertionError("the ports have come to an end")


def _wait(server: Server, client: httpx.Client) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise NotServed(server.process.returncode, server.log.read_text(errors="replace"))
        with suppress(httpx.TransportError):
            if client.get(server.url + "/ping").status_code == 200:
                return
        time.sleep(0.05)
    raise NotServed(None, "not ready in time: " + server.log.read_text(errors="replace"))
