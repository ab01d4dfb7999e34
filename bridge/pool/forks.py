"""forks: the server's end of the base zygote, and of the zygotes that it forks.

See ``bridge.pool.base``, which is started with ``exec`` and never imported.
"""

import asyncio
import contextlib
import json
import socket
from collections import deque
from typing import Any

from bridge.errors import ModelNotServable
from bridge.pool.badness import LOADED, LOADING, offer
from bridge.pool.control import Control, ZygoteGone
from bridge.pool.launch import Launched

PACKET = 1 << 16


class Base:
    """One base process, from its start to its end."""

    def __init__(self, launched: Launched) -> None:
        """To be called in a running event loop."""
        self._control, self._process = launched
        self._control.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._started: asyncio.Future[list[str]] = self._loop.create_future()
        self._forking: deque[asyncio.Future[int]] = deque()
        self._ending: dict[int, asyncio.Future[str]] = {}
        self._listening = asyncio.create_task(self._listen())

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_gone(self) -> bool:
        """True if the process ended."""
        return self._listening.done()

    async def started(self) -> list[str]:
        """Waits until R is there; what does not confine it. ModelNotServable, ZygoteGone."""
        return await asyncio.shield(self._started)

    async def fork(self, path: str, most: int | None) -> "ForkedZygote":
        """A zygote that begins to load the model at ``path``, in ``most`` bytes; or ZygoteGone."""
        await self.started()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                forked: asyncio.Future[int] = self._loop.create_future()
                self._send({"load": path, "most": most}, [theirs.fileno()])
                self._forking.append(forked)
                return ForkedZygote(ours, self, await forked)
        except BaseException:
            ours.close()
            raise

    async def end(self, pid: int) -> str:
        """Ends a zygote and its workers; returns, once they are gone, how the zygote ended."""
        self._send({"end": pid}, [])
        self._ending[pid] = self._loop.create_future()
        return await self._ending[pid]

    async def stop(self) -> None:
        """Ends the process."""
        self._listening.cancel()
        await asyncio.wait([self._listening])
        self._control.close()
        await self._process.stop()

    def _send(self, request: dict[str, Any], fds: list[int]) -> None:
        if self.is_gone:
            raise ZygoteGone
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], fds)
        except OSError as error:
            raise ZygoteGone from error

    async def _listen(self) -> None:
        try:
            with contextlib.suppress(ConnectionError):
                while data := await self._loop.sock_recv(self._control, PACKET):
                    self._heard(json.loads(data))
        finally:
            waiting: list[asyncio.Future[Any]] = [self._started, *self._forking]
            for future in (*waiting, *self._ending.values()):
                if not future.done():
                    future.set_exception(ZygoteGone())
            self._started.exception()  # nobody may have waited for it

    def _heard(self, message: dict[str, Any]) -> None:
        if "refused" in message:
            self._started.set_exception(ModelNotServable(message["refused"]))
        elif "started" in message:
            self._started.set_result(message["started"])
        elif "pid" in message:
            self._forked(self._forking.popleft(), message["pid"])
        elif (waiting := self._ending.pop(message["ended"], None)) and not waiting.done():
            waiting.set_result(message["how"])

    def _forked(self, waiting: asyncio.Future[int], pid: int) -> None:
        if waiting.done():  # nobody waits any longer
            self._send({"end": pid}, [])
        else:
            offer(pid, LOADING)
            waiting.set_result(pid)


class ForkedZygote(Control):
    """The server's end of a zygote that ``base`` forked."""

    def __init__(self, channel: socket.socket, base: Base, pid: int) -> None:
        super().__init__(channel)
        self.pid = pid
        self._base = base
        self._stopping: asyncio.Task[str] | None = None

    async def ready(self) -> dict[str, Any]:
        """See ``Control``; until then the kernel would rather kill this one than others."""
        described = await super().ready()
        offer(self.pid, LOADED)
        return described

    async def stop(self) -> None:
        """Ends the zygote and its workers, and waits until they are gone."""
        await self.ended()

    async def ended(self) -> str:
        """The same; returns how the zygote ended, if it had before."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._end())
        return await asyncio.shield(self._stopping)

    async def _end(self) -> str:
        self.close()
        try:
            return await self._base.end(self.pid)
        except ZygoteGone:  # the kernel kills zygotes with their base
            return "killed by signal 9"
