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

    async def fork(self) -> tuple[int, socket.socket]:
        """A new worker's pid and our end of its socket."""
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

    async def fork(self) -> tuple[int, socket.socket]:
        """See ``Zygote``."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                pid = (await self._ask({"fork": None}, [theirs.fileno()]))["pid"]
        except BaseException:
            ours.close()
            raise
        return pid, ours

    async def reap(self, pid: int) -> str:
        """See ``Zygote``."""
        ended: str = (await self._ask({"reap": pid}, []))["ended"]
        return ended

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
