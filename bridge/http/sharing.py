"""sharing: uvicorn's server, of which several processes share the clients of one socket.

Each takes clients as they come, unless it has more than another: then it leaves them to the
others for a moment. So one that is busy, stopped or gone leaves its clients to the others too,
which it would not if each had a socket of its own (SO_REUSEPORT).
"""

import asyncio
import socket
from typing import Any, NamedTuple

import uvicorn

from bridge.tally import Tally

PAUSE_SECONDS = 0.002  # enough for another process to be woken
NO_ROOM_SECONDS = 0.1
PART = 8  # one may have an eighth more than another


class Place(NamedTuple):
    """Front ``number`` takes its clients from ``listening``."""

    listening: socket.socket
    tally: Tally
    number: int


class SharingServer(uvicorn.Server):
    """Takes clients once it ``may_listen``."""

    def __init__(self, config: uvicorn.Config, place: Place, may_listen: asyncio.Event) -> None:
        super().__init__(config)
        self._listening, self._tally, self._number = place
        self._may_listen = may_listen
        self._coming: set[asyncio.Task[Any]] = set()
        self._extra = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn, which is given no socket to listen on."""
        await super().startup(sockets=[])
        self._loop = asyncio.get_running_loop()
        self._listening.setblocking(False)
        self._begin = self._loop.create_task(self._listen_when_it_may())

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn, which calls this ten times a second."""
        if self._begin.done():
            self._tell()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        self._begin.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        await super().shutdown()

    def _tell(self) -> int:
        clients = len(self.server_state.connections) + len(self._coming)
        self._tally.put(self._number, clients)
        return clients

    async def _listen_when_it_may(self) -> None:
        await self._may_listen.wait()
        self._listen()

    def _listen(self) -> None:
        """From now on takes clients, a few of them even if it has more than others."""
        if self._listening.fileno() >= 0:
            self._extra = 1 + self._tell() // PART
            self._loop.add_reader(self._listening, self._take)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening)
        self._loop.call_later(seconds, self._listen)

    def _take(self) -> None:
        """Takes one client in each turn of the event loop, so that others may be faster."""
        clients, least = self._tell(), self._tally.least
        if clients > least + least // PART:
            if not self._extra:
                self._pause(PAUSE_SECONDS)
                return
            self._extra -= 1
        try:
            client, _ = self._listening.accept()
        except BlockingIOError:  # another was
            return
        except OSError:  # such as for want of descriptors
            self._pause(NO_ROOM_SECONDS)
            return
        coming = self._loop.create_task(self._loop.connect_accepted_socket(self._protocol, client))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)
        self._tell()

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol
