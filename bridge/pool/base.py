"""base: the process that starts R once and forks a zygote for each of many models.

Started by ``launch`` as ``python -m bridge.pool.base FD PARENT STARTER LOADER``,
where FD is a sequential-packet Unix socket. Loads no model: what one model attaches, no
other model sees. Single-threaded, as zygotes are. Each packet is a JSON object:

    base     {"started": [...]} or {"refused": "why"}            once, when R is there
    server   {"load": PATH, "most": BYTES or null}           and a descriptor: the zygote's socket
    base     {"pid": 123}                                    in the order of the loads
    server   {"end": 123}                                    kills the zygote and its workers
    base     {"ended": 123, "how": "killed by signal 9"}     once they are gone, in any order

A zygote leads a process group of its own, to which its workers belong. What it leaves
behind becomes a child of this process, which so knows when the whole group is gone. EOF
means that the server is gone. Zygotes die with the base, their workers with them.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
from functools import partial
from typing import Any

from bridge.errors import StartupError
from bridge.log import configure
from bridge.pool.confinement import enter, obstacles
from bridge.pool.forking import ended, leave_after, limited, serve, share_memory
from bridge.pool.named import named
from bridge.pool.parent import die_with
from bridge.pool.title import call_itself

_PR_SET_CHILD_SUBREAPER = 36
PACKET = 1 << 16
POLL_MILLISECONDS = 2
_libc = ctypes.CDLL(None)


def main(fd: int, parent: int, starter: str, loader: str) -> None:
    """Starts R with ``starter``, then obeys the server; zygotes load with ``loader``."""
    die_with(parent)
    call_itself("base")
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    control = socket.socket(fileno=fd)
    os.set_inheritable(fd, False)
    try:
        named(starter)()
    except StartupError as error:
        _send(control, {"refused": str(error)})
        return
    named(loader)
    share_memory()
    _send(control, {"started": obstacles()})
    Base(control, loader).run()


class Base:
    """Obeys the server until it closes ``control``."""

    def __init__(self, control: socket.socket, loader: str) -> None:
        self._control = control
        self._loader = loader
        self._ending: dict[int, str] = {}

    def run(self) -> None:
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        while True:
            if waiting.poll(POLL_MILLISECONDS if self._ending else None):
                data, fds, _, _ = socket.recv_fds(self._control, PACKET, 1)
                if not data:
                    return
                self._obey(json.loads(data), fds)
            for pid in [pid for pid in self._ending if self._is_gone(pid)]:
                _send(self._control, {"ended": pid, "how": self._ending.pop(pid)})

    def _obey(self, request: dict[str, Any], fds: list[int]) -> None:
        if "load" in request:
            _send(self._control, {"pid": self._fork(request["load"], request["most"], fds[0])})
        else:
            os.killpg(request["end"], signal.SIGKILL)
            self._ending[request["end"]] = ""

    def _is_gone(self, group: int) -> bool:
        """Reaps what has ended of a group; True if nothing of it is left."""
        while True:
            try:
                pid, status = os.waitpid(-group, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == group:
                self._ending[group] = ended(status)
            elif not pid:
                return False

    def _fork(self, path: str, most: int | None, fd: int) -> int:
        base = os.getpid()
        pid = os.fork()
        if not pid:
            leave_after(partial(self._be_zygote, base, path, most, fd))
        os.setpgid(pid, pid)
        os.close(fd)
        return pid

    def _be_zygote(self, base: int, path: str, most: int | None, fd: int) -> None:
        os.setpgid(0, 0)
        die_with(base)
        self._control.close()
        call_itself("zygote")
        enter()
        load = partial(_load, self._loader, path)
        serve(socket.socket(fileno=fd), lambda: limited(load, most))


def _load(loader: str, path: str) -> Any:
    return named(loader)(path)()


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode())


if __name__ == "__main__":
    configure()
    with contextlib.suppress(ConnectionError):  # the server is gone
        main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
