"""zygote: the process that loads R and the model once, and forks workers on demand.

Started by ``supervisor`` as ``python -m bridge.pool.zygote FD PARENT LOADER PATH``, where
FD is a Unix stream socket. Single-threaded for ever: a thread that held a lock while we
fork would leave it locked in the worker. ``bridge.pool.base`` forks zygotes instead, one
for each of many models. Each line on the socket is a JSON object:

    zygote   {"ready": {...}} or {"refused": "why"}          once, when loaded
    server   {"fork": null} and one descriptor               the new worker's socket
    zygote   {"pid": 123}
    server   {"reap": 123}                                   kills it, if it still lives
    zygote   {"ended": "killed by signal 9"}

Workers stay unreaped until the server asks, so their pids are never another process's
while the server may send them a signal. EOF means that the server is gone. Workers die
with their zygote, the zygote with its server: no orphan holds a model's memory.
"""

import ctypes
import gc
import importlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bridge.errors import StartupError
from bridge.log import configure
from bridge.model import Model
from bridge.pool.confinement import enter, obstacles
from bridge.pool.parent import die_with
from bridge.pool.worker import work

log = logging.getLogger(__name__)


def main(fd: int, parent: int, loader: str, path: str) -> None:
    """Loads the model with ``loader`` ("module:callable"), then obeys the server."""
    die_with(parent)
    enter()
    serve(socket.socket(fileno=fd), lambda: named(loader)(Path(path)))


def serve(control: socket.socket, load: Callable[[], Model]) -> None:
    """Loads the model, then obeys the server until it closes ``control``."""
    try:
        model = load()
    except (StartupError, MemoryError) as error:
        _send(control, {"refused": str(error) or "out of memory"})
        return
    share_memory()
    _send(control, {"ready": describe(model)})
    for request, fds in _requests(control):
        if "fork" in request:
            _send(control, {"pid": _fork(model, control, fds[0])})
        else:
            _send(control, {"ended": _reap(request["reap"])})


def describe(model: Model) -> dict[str, Any]:
    """What the server wants to know of the model, for JSON."""
    return {
        "schema": asdict(model.schema),
        "merge_obstacle": model.merge_obstacle,
        "hooked": model.hooked,
        "free_rows": model.free_rows,
        "about": model.about,
        "obstacles": obstacles(),
    }


def named(place: str) -> Callable[..., Any]:
    """The function that "module:callable" names."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def share_memory() -> None:
    """Gives back what loading took, and keeps Python's collector from what workers share."""
    gc.collect()
    gc.freeze()
    ctypes.CDLL(None).malloc_trim(0)


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _requests(control: socket.socket) -> Iterator[tuple[dict[str, Any], list[int]]]:
    buffer = b""
    while True:
        data, fds, _, _ = socket.recv_fds(control, 4096, 1)
        if not data:
            return
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            yield json.loads(line), fds


def _fork(model: Model, control: socket.socket, fd: int) -> int:
    zygote = os.getpid()
    pid = os.fork()
    if pid:
        os.close(fd)
        return pid
    # Leaves by os._exit alone: Python's and R's exit handlers would delete the
    # temporary folder that all workers share.
    status = 1
    try:
        die_with(zygote)
        enter(last=True)
        control.close()
        work(model, socket.socket(fileno=fd))
        status = 0
    except ConnectionError:
        status = 0
    except BaseException:
        log.exception("a worker stops")
    finally:
        os._exit(status)


def _reap(pid: int) -> str:
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return ended(status)


def ended(status: int) -> str:
    """How a process ended, of what ``waitpid`` says of it."""
    code = os.waitstatus_to_exitcode(status)
    return f"killed by signal {-code}" if code < 0 else f"exited with status {code}"


if __name__ == "__main__":
    configure()
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
