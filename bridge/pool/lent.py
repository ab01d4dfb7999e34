"""lent: what a process that answers HTTP says to the one that started it, and is told.

The front's end of a sequential-packet Unix socket; ``bridge.fronts`` has the other. Each
packet is a JSON object:

    front    {"zygote": null} and one descriptor     it needs a zygote, which is to obey there
    front    {"open": null}                          it can answer
    server   {"open": null}                          every front could
"""

import asyncio
import json
import socket
from typing import Any

from bridge.pool.control import Control, ZygoteGone

PACKET = 4096
_AGAIN_SECONDS = 0.1


class Post:
    """``all_open`` once every front could answer at the same time or another."""

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self.all_open = False
        self._channel = channel

    def zygote(self) -> "LentZygote":
        """Asks for one; its ``ready`` says when it can fork workers."""
        return LentZygote(self)

    def ask(self) -> socket.socket:
        """The end of a socket that a zygote will obey over."""
        ours, theirs = socket.socketpair()
        with theirs:
            told = json.dumps({"zygote": None}).encode()
            socket.send_fds(self._channel, [told], [theirs.fileno()])
        ours.setblocking(False)
        return ours

    async def open(self) -> None:
        """Tells that this front can answer, and waits until all can."""
        self._channel.sendall(json.dumps({"open": None}).encode())
        await asyncio.get_running_loop().sock_recv(self._channel, PACKET)
        self.all_open = True


class LentZygote(Control):
    """The front's end of a zygote, which ends when the front closes it."""

    def __init__(self, post: Post) -> None:
        super().__init__(post.ask())
        self._post = post

    async def ready(self) -> dict[str, Any]:
        """See ``Control``; asks for another where one ends at once."""
        while True:
            try:
                return await super().ready()
            except ZygoteGone:
                await asyncio.sleep(_AGAIN_SECONDS)
                self.close()
                self._channel, self._buffer = self._post.ask(), b""

    def again(self) -> "LentZygote":
        """Another zygote for the same model."""
        return LentZygote(self._post)

    async def stop(self) -> None:
        """Ends the zygote and its workers."""
        self.close()
