"""forking: how a process that has loaded a model obeys the server, and forks workers.

What is said is in ``bridge.pool.zygote``.
"""

import contextlib
import ctypes
import gc
import json
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from bridge.errors import StartupError
from bridge.model import Model
from bridge.pool.confinement import enter, obstacles
from bridge.pool.parent import die_with
from bridge.pool.title import call_itself
from bridge.pool.worker import work

_libc = ctypes.CDLL(None)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 64 << 20  # as much as R itself lets garbage grow
log = logging.getLogger(__name__)


def serve(control: socket.socket, load: Callable[[], Model]) -> None:
    """Loads the model, then obeys the server until it closes ``control``."""
    os.set_inheritable(control.fileno(), False)  # not for what model code starts
    try:
        model = load()
    except (StartupError, MemoryError) as error:
        _send(control, {"refused": str(error) or "out of memory"})
        return
    share_memory()
    _send(control, {"ready": describe(model)})
    _obey(model, control)


def _obey(model: Model, control: socket.socket) -> None:
    me = os.getpid()
    for request, fds in _requests(control):
        if "reap" in request:
            _send(control, {"ended": _reap(request["reap"])})
        elif "fork" in request:
            call_itself("zygote")  # a spare becomes one with its first worker
            _send(control, _forked(control, fds[0], partial(_work, model, me, request["fork"])))
        elif "zygote" in request:
            _send(control, _forked(control, fds[0], partial(_begin, model)))
        else:
            call_itself(request["spare"])
            _send(control, _forked(control, fds[0], partial(_stand_by, model, "spare")))


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


def share_memory() -> None:
    """Gives back what loading took, and keeps Python's collector from what workers share.

    What workers free they keep up to a size: the kernel takes long to give it anew.
    """
    gc.freeze()
    gc.enable()
    _libc.malloc_trim(0)
    _libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    _libc.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES // 4)


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


def _forked(
    control: socket.socket, fd: int, live: Callable[[socket.socket], None]
) -> dict[str, Any]:
    """Forks a process that lives by the socket ``fd``; what the server is told of it."""
    try:
        pid = os.fork()
    except OSError as error:
        os.close(fd)
        return {"failed": str(error)}
    if not pid:
        leave_after(partial(_live_by, fd, control, live))
    os.close(fd)
    return {"pid": pid}


def _live_by(fd: int, control: socket.socket, live: Callable[[socket.socket], None]) -> None:
    control.close()
    os.set_inheritable(fd, False)  # what model code starts must not keep it open
    live(socket.socket(fileno=fd))


def leave_after(live: Callable[[], None]) -> NoReturn:
    """All that a process that was just forked does.

    It leaves by os._exit alone: Python's exit handlers would do what is the server's to do.
    """
    status = 1
    try:
        live()
        status = 0
    except ConnectionError:
        status = 0
    except BaseException:
        log.exception("a forked process stops")
    finally:
        os._exit(status)


def _work(model: Model, zygote: int, most: int | None, channel: socket.socket) -> None:
    die_with(zygote)
    enter(last=True)
    call_itself("worker")
    with at_most(most):
        work(model, channel)


def _begin(model: Model, control: socket.socket) -> None:
    _send(control, {"ready": describe(model)})
    _stand_by(model, "zygote", control)


def _stand_by(model: Model, role: str, control: socket.socket) -> None:
    """As confined as the zygote; each of its workers will be apart from it, as from others."""
    os.setpgid(0, 0)
    call_itself(role)
    _obey(model, control)


def limited(load: Callable[[], Model], most: int | None) -> Model:
    """The model, unless it takes more than ``most`` bytes of new memory."""
    with at_most(most):
        return load()


@contextlib.contextmanager
def at_most(more: int | None) -> Iterator[None]:
    """Within it this process takes at most so many bytes more; then R stops with an error."""
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    if more is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + more, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)


def _data_bytes() -> int:
    """What the kernel holds against RLIMIT_DATA."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()


def _reap(pid: int) -> str:
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return ended(status)


def ended(status: int) -> str:
    """How a process ended, of what ``waitpid`` says of it."""
    code = os.waitstatus_to_exitcode(status)
    return f"killed by signal {-code}" if code < 0 else f"exited with status {code}"
