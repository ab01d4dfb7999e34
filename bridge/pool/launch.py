"""launch: starts a process that will hold R, and ends it with everything it started.

Knows the environment that R needs and the temporary folder it gets. Nothing of what is said
over the socket. Imports little, not even asyncio: R is to start before the server has imported
all that it needs.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from typing import NamedTuple

from bridge.errors import ModelNotServable
from bridge.pool import children
from bridge.pool.confinement import hide
from bridge.pool.privileges import Privileges
from bridge.pool.scratch import Scratch

# One thread: a BLAS or OpenMP pool that was started before a fork deadlocks after it,
# and cores are filled by workers.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

# Room for a million cells before R collects garbage, three times what it begins with,
# halves what collecting costs.
_CELLS_OF_ZYGOTE = 1_000_000
# R's own default, and a little more for what it holds when it is warm. More would cost
# each worker as much memory as it can fill between two collections.
_CELLS_OF_BASE = 500_000


class RProcess:
    """``python -m module FD PARENT arguments...``, where FD is its end of a socket."""

    def __init__(
        self,
        module: str,
        channel: socket.socket,
        arguments: tuple[str, ...],
        cells: int,
        privileges: Privileges,
    ) -> None:
        """Starts it. R collects garbage once ``cells`` cells are taken, or more are needed."""
        self._scratch = Scratch()
        self._heirs: list[int] = []
        hide()
        # R CMD gives R's own environment variables, which libR reads; but with its library
        # path, Python may load another libpython than its own.
        self._process = subprocess.Popen(
            [
                *("R", "CMD", "env", "-u", "LD_LIBRARY_PATH"),
                *(sys.executable, "-P", "-m", "bridge.pool.confined"),
                *(privileges.may, self._scratch.path, module),
                *(str(channel.fileno()), str(os.getpid()), *arguments),
            ],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            pass_fds=(channel.fileno(),),
            start_new_session=True,
            env=privileges.environment(
                **_ENVIRONMENT, R_NSIZE=str(cells), TMPDIR=self._scratch.path
            ),
        )
        children.keep(self.pid)
        children.open_session(self.pid)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def adopt(self, pid: int) -> None:
        """Has ``stop`` end a process, and its group, that this one forked, too."""
        self._heirs.append(pid)
        children.keep(pid)

    def disown(self, pid: int) -> None:
        """Forgets one that was adopted and is gone."""
        self._heirs.remove(pid)
        children.release(pid)

    async def end(self, pid: int) -> None:
        """Ends the process, or one that was adopted, with its group, and leaves the others."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        import asyncio

        if pid in self._heirs:
            await asyncio.to_thread(_wait, pid)
            self.disown(pid)
        else:
            await asyncio.to_thread(self._process.wait)
            children.release(pid)

    async def stop(self) -> None:
        """Ends it and every process of its groups; removes its temporary files."""
        if self._process.returncode is None:
            await self.end(self.pid)
        for pid in tuple(self._heirs):
            await self.end(pid)
        children.close_session(self.pid)
        self._scratch.remove()


class Launched(NamedTuple):
    """A process that starts, and the server's end of its socket."""

    channel: socket.socket
    process: RProcess


class Recipe(NamedTuple):
    """What a process that holds R is started with, and started anew."""

    module: str
    arguments: tuple[str, ...]
    cells: int
    privileges: Privileges
    kind: socket.SocketKind = socket.SOCK_STREAM

    @classmethod
    def zygote(cls, loader: str, path: str, privileges: Privileges) -> "Recipe":
        """Of a process that loads one model, see ``bridge.pool.zygote``."""
        return cls("bridge.pool.zygote", (loader, path), _CELLS_OF_ZYGOTE, privileges)

    @classmethod
    def base(cls, starter: str, loader: str, privileges: Privileges) -> "Recipe":
        """Of one from which those of many models are forked, see ``bridge.pool.base``."""
        packets = socket.SOCK_SEQPACKET
        return cls("bridge.pool.base", (starter, loader), _CELLS_OF_BASE, privileges, packets)

    def launch(self) -> Launched:
        """Starts one; raises ModelNotServable where the system has no room for it."""
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, self.kind)
            with theirs:
                return Launched(ours, self._process(theirs))
        except OSError as error:
            raise ModelNotServable(f"R cannot be started: {error}") from error

    def _process(self, channel: socket.socket) -> RProcess:
        return RProcess(self.module, channel, self.arguments, self.cells, self.privileges)


def _wait(pid: int) -> None:
    """Until a process is gone; it became our child when its parent ended, if we adopt orphans."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
