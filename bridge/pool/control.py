"""control: the server's end of a zygote's socket, over which workers are asked for.

Knows the messages that ``bridge.pool.zygote`` describes, not where the zygote came from.
"""

import asyncio
import json
import socket
from typing import Any, Protocol

from bridge.errors import ModelNotServable


class ZygoteGone(Exception):
    """The zygote closed its socket."""


class Zygote(Protocol):
    """A process that has loaded a model, or is about to, and forks workers of it."""

    async def ready(self) -> dict[str, Any]:
        """What the zygote tells of its model; raises ModelNotServable, ZygoteGone."""
        ...

    async def fork(self, most: int | None) -> tuple[int, socket.socket]:
        """The pid of a new worker that may take ``most`` bytes, and our end of its socket.

        Raises ZygoteGone, or OSError where the system has no process or descriptor left.
        """
        ...

    async def reap(self, pid: int) -> str:
        """How the worker ended; it is killed if it has not."""
        ...

    async def stop(self) -> None:
        """Ends the zygote and its workers."""
        ...


class Control:
    """The messages of a zygote over ``channel``, which is ours from now on."""

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._buffer = b""
        self._turn = asyncio.Lock()

    async def ready(self) -> dict[str, Any]:
        """See ``Zygote``."""
        told = await self._receive()
        if "refused" in told:
            raise ModelNotServable(told["refused"])
        described: dict[str, Any] = told["ready"]
        return described

    async def fork(self, most: int | None) -> tuple[int, socket.socket]:
        """See ``Zygote``."""
        return await self._forked({"fork": most})

    async def _forked(self, request: dict[str, Any]) -> tuple[int, socket.socket]:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                told = await self._ask(request, [theirs.fileno()])
            if "failed" in told:
                raise OSError(told["failed"])
        except BaseException:
            ours.close()
            raise
        return told["pid"], ours

    async def reap(self, pid: int) -> str:
        """See ``Zygote``."""
        ended: str = (await self._ask({"reap": pid}, []))["ended"]
        return ended

    @property
    def is_gone(self) -> bool:
        """True if the other end is closed, as far as is known between questions."""
        try:
            return self._channel.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """Closes the socket, which ends the zygote."""
        self._channel.close()

    async def _ask(self, request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        async with self._turn:
            try:
                socket.send_fds(self._channel, [json.dumps(request).encode() + b"\n"], fds)
            except OSError as error:
                raise ZygoteGone from error
            return await self._receive()

    async def _receive(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        while b"\n" not in self._buffer:
            try:
                data = await loop.sock_recv(self._channel, 1 << 16)
            except OSError:
                data = b""
            if not data:
                raise ZygoteGone
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message
