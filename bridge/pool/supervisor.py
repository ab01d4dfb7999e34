"""supervisor: keeps one zygote and N workers alive, and lends idle workers.

Runs in the server's event loop. Knows processes and their sockets; nothing of HTTP or of
what is asked. Never imports the zygote: it is started with ``exec``.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from bridge.config import environment
from bridge.errors import ModelNotServable
from bridge.pool.handle import State, WorkerHandle

log = logging.getLogger(__name__)

MOST_FAILED_STARTS = 5
STOP_SECONDS = 2.0
# One thread: a BLAS or OpenMP pool that was started before a fork deadlocks after it,
# and cores are filled by workers. Room for a million cells before R collects garbage, three
# times what it begins with, halves what collecting costs.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "R_NSIZE": "1000000"}


class ZygoteGone(Exception):
    """The zygote closed its socket."""


class Zygote:
    """The server's end of a zygote process, see ``bridge.pool.zygote``."""

    def __init__(self, loader: str, path: str) -> None:
        """Starts the process; ``ready`` says when and whether it can fork workers."""
        self._loads = (loader, path)
        self._temporary = tempfile.TemporaryDirectory(prefix="rbridge-", ignore_cleanup_errors=True)
        self._control, theirs = socket.socketpair()
        arguments = (str(theirs.fileno()), str(os.getpid()), loader, path)
        # R CMD gives R's own environment variables, which libR reads; but with its library
        # path, Python may load another libpython than its own.
        self._process = subprocess.Popen(
            [
                "R",
                "CMD",
                "env",
                "-u",
                "LD_LIBRARY_PATH",
                sys.executable,
                "-P",
                "-m",
                "bridge.pool.zygote",
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
            env=environment(**_ENVIRONMENT, TMPDIR=self._temporary.name),
        )
        theirs.close()
        self._control.setblocking(False)
        self._buffer = b""
        self._turn = asyncio.Lock()

    def again(self) -> "Zygote":
        """Another zygote for the same model."""
        return Zygote(*self._loads)

    async def ready(self) -> dict[str, Any]:
        """What the zygote tells of its model; raises ModelNotServable, ZygoteGone."""
        told = await self._receive()
        if "refused" in told:
            raise ModelNotServable(told["refused"])
        described: dict[str, Any] = told["ready"]
        return described

    async def fork(self) -> tuple[int, socket.socket]:
        """A new worker's pid and our end of its socket."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                pid = (await self._ask({"fork": None}, [theirs.fileno()]))["pid"]
        except BaseException:
            ours.close()
            raise
        return pid, ours

    async def reap(self, pid: int) -> str:
        """How the worker ended; it is killed if it has not."""
        ended: str = (await self._ask({"reap": pid}, []))["ended"]
        return ended

    async def stop(self) -> None:
        """Ends the zygote and every process of its session; removes its temporary files."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)
        self._temporary.cleanup()

    async def _ask(self, request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        async with self._turn:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode() + b"\n"], fds)
            except OSError as error:
                raise ZygoteGone from error
            return await self._receive()

    async def _receive(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        while b"\n" not in self._buffer:
            try:
                data = await loop.sock_recv(self._control, 1 << 16)
            except OSError:
                data = b""
            if not data:
                raise ZygoteGone
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message


class Supervisor:
    """Keeps ``size`` workers of ``zygote`` alive; ``on_idle`` is called when one can be taken."""

    def __init__(self, zygote: Zygote, size: int) -> None:
        self.on_idle: Callable[[], None] = lambda: None
        self._size = size
        self._zygote = zygote
        self._workers: set[WorkerHandle] = set()
        self._idle: list[WorkerHandle] = []
        self._changed = asyncio.Event()
        self._failed_starts = 0

    async def load(self) -> dict[str, Any]:
        """Waits until the model is loaded, and tells of it; raises ModelNotServable."""
        try:
            return await self._zygote.ready()
        except ZygoteGone:
            raise ModelNotServable("R ended while it loaded the model; see the log") from None

    async def run(self) -> None:
        """Keeps the workers alive until cancelled; raises ModelNotServable if it cannot."""
        while True:
            try:
                await self._tend()
            except ZygoteGone:
                log.error("the zygote is gone; starting another")
                self._workers.clear()
                self._idle.clear()
                await self._zygote.stop()
                self._zygote = self._zygote.again()
                await self.load()

    async def stop(self) -> None:
        """Ends every worker and the zygote."""
        await self._zygote.stop()

    async def first(self) -> WorkerHandle:
        """Waits for an idle worker."""
        if not self._idle:
            arrived = asyncio.Event()
            self.on_idle = arrived.set
            await arrived.wait()
        return self._idle[-1]

    def take(self) -> WorkerHandle | None:
        """An idle worker, the one used last, whose memory is in the cache; or None."""
        return self._idle[-1] if self._idle else None

    @property
    def can_answer(self) -> bool:
        """True if a worker is there that has said it is ready."""
        return any(worker.state in (State.IDLE, State.BUSY) for worker in self._workers)

    async def _tend(self) -> None:
        while True:
            self._changed.clear()
            dead = [worker for worker in self._workers if worker.state is State.DEAD]
            for worker in dead:
                await self._bury(worker)
            while len(self._workers) < self._size:
                await self._add()
            if not any(worker.state is State.DEAD for worker in self._workers):
                await self._changed.wait()

    async def _add(self) -> None:
        pid, channel = await self._zygote.fork()
        worker = WorkerHandle(pid, self._worker_changed)
        self._workers.add(worker)
        await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=channel)

    async def _bury(self, worker: WorkerHandle) -> None:
        self._workers.discard(worker)
        log.warning("worker %d %s", worker.pid, await self._zygote.reap(worker.pid))
        if worker.greeted:
            self._failed_starts = 0
            return
        self._failed_starts += 1
        if self._failed_starts >= MOST_FAILED_STARTS:
            raise ModelNotServable("workers end before they can answer; see the log")
        await asyncio.sleep(0.1 * 2**self._failed_starts)

    def _worker_changed(self, worker: WorkerHandle) -> None:
        if worker.state is State.IDLE:
            self._idle.append(worker)
            self.on_idle()
        elif worker in self._idle:
            self._idle.remove(worker)
        if worker.state is State.DEAD:
            self._changed.set()
