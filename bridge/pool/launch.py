"""launch: starts a process that will hold R, and ends it with everything it started.

Knows the environment that R needs and the temporary folder it gets. Nothing of models or
of what is said over the socket.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from bridge.config import environment
from bridge.pool.scratch import Scratch

# One thread: a BLAS or OpenMP pool that was started before a fork deadlocks after it,
# and cores are filled by workers.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Makes this process the parent of what it started once the parents of that are gone."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


class RProcess:
    """``python -m module FD PARENT arguments...``, where FD is its end of a socket."""

    ours: ClassVar[set[int]] = set()
    """Those that were started or adopted, and not yet waited for."""
    sessions: ClassVar[set[int]] = set()
    """The sessions of those that were started."""

    def __init__(
        self, module: str, channel: socket.socket, arguments: tuple[str, ...], cells: int
    ) -> None:
        """Starts it. R collects garbage once ``cells`` cells are taken, or more are needed."""
        self._scratch = Scratch()
        self._heirs: list[int] = []
        # R CMD gives R's own environment variables, which libR reads; but with its library
        # path, Python may load another libpython than its own.
        self._process = subprocess.Popen(
            [
                *("R", "CMD", "env", "-u", "LD_LIBRARY_PATH"),
                *(sys.executable, "-P", "-m", module),
                *(str(channel.fileno()), str(os.getpid()), *arguments),
            ],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            pass_fds=(channel.fileno(),),
            start_new_session=True,
            env=environment(**_ENVIRONMENT, R_NSIZE=str(cells), TMPDIR=self._scratch.path),
        )
        self.ours.add(self.pid)
        self.sessions.add(self.pid)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def adopt(self, pid: int) -> None:
        """Has ``stop`` end a process, and its group, that this one forked, too."""
        self._heirs.append(pid)
        self.ours.add(pid)

    def disown(self, pid: int) -> None:
        """Forgets one that was adopted and is gone."""
        self._heirs.remove(pid)
        self.ours.discard(pid)

    async def end(self, pid: int) -> None:
        """Ends the process, or one that was adopted, with its group, and leaves the others."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        if pid in self._heirs:
            await asyncio.to_thread(_wait, pid)
            self.disown(pid)
        else:
            await asyncio.to_thread(self._process.wait)
            self.ours.discard(pid)

    async def stop(self) -> None:
        """Ends it and every process of its groups; removes its temporary files."""
        if self._process.returncode is None:
            await self.end(self.pid)
        for pid in tuple(self._heirs):
            await self.end(pid)
        self.sessions.discard(self.pid)
        self._scratch.remove()


def _wait(pid: int) -> None:
    """Until a process is gone; it became our child when its parent ended, if we adopt orphans."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def bury_orphans() -> None:
    """Ends what model code started and left behind, and waits for all that became our children.

    A child forked in R that outlives its worker would go on for ever: nobody knows of it.
    """
    for pid in _orphans():
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(pid) in RProcess.sessions:
                os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in RProcess.ours:  # who started it waits for it
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def _orphans() -> set[int]:
    me = os.getpid()
    try:
        children = Path(f"/proc/{me}/task/{me}/children").read_text(encoding="ascii")
    except OSError:  # not every kernel lists them
        return set()
    return set(map(int, children.split())) - RProcess.ours
