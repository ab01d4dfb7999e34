"""keepalive: uvicorn's HTTP protocol with bounds: of time, and of what a client may take.

uvicorn makes a timer after each response and cancels it at the next request, which is a
twentieth of what a request costs, and has none while a request comes in. Here one timer
stays: when it goes off, it looks how long the connection has been idle, has been sending
its request or has not taken its answer, and waits for the rest.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bridge.errors import (
    BridgeError,
    HeadersTooLarge,
    QueueFull,
    RequestTimedOut,
    TooManyConnections,
)
from bridge.http.errors import raw_response
from bridge.http.limits import Limits

BYTES_PER_SECOND = 16 * 1024
# What a refused client still sends is read for so long: closed at once, it would not get to
# read why it was refused.
DEAF_SECONDS = 2.0
CHANCE_SECONDS = 0.1
# So long, once the server is told to stop, may a client be about to send another request.
LEAVE_SECONDS = 0.5
SMALL_BYTES = 1024  # of a request that is within any limit
FREE_BYTES = 64 * 1024  # of a request, which are not held against ``Limits.held_bytes``
PING = b"/ping"


class KeepAliveProtocol(HttpToolsProtocol):
    """Closes a connection that is idle for ``timeout_keep_alive`` seconds, or too slow."""

    limits: ClassVar[Limits] = Limits()
    _idle_since: float | None = None
    _began: float | None = None  # receiving a request, and since when
    _in_head = False
    _has_had_its_chance = False
    _chunk = 0
    _received = 0  # bytes of the request
    _held = 0
    _unsent = 0
    _deaf = False
    _leaving = False
    _is_one_too_many = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        over = len(self.connections) - self.limits.connections
        self._is_one_too_many = over > 0
        if over > self.limits.connections // 8 + 8:
            self.transport.abort()
        self._idle_since = self.loop.time()
        self._look_again_in(min(self.limits.seconds, self.timeout_keep_alive))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._release()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._chunk = len(data)
        self._received += self._chunk
        super().data_received(data)
        if self._received > SMALL_BYTES:
            self._measure()

    def _measure(self) -> None:
        if self._in_head and self._received > self.limits.head_bytes:
            self._refuse(_head_too_large(self.limits))
        elif self._received > FREE_BYTES and not self._is_idle():
            self._hold()

    def on_message_begin(self) -> None:
        self._begin()
        super().on_message_begin()

    def _begin(self) -> None:
        """The first byte of a request is there."""
        self._began = self.loop.time()
        self._in_head = True
        self._has_had_its_chance = False
        self._received = self._chunk

    def on_headers_complete(self) -> None:
        if self._is_admitted():
            super().on_headers_complete()
            if self._leaving:
                self.cycle.keep_alive = False

    def _is_admitted(self) -> bool:
        """False if the request, whose head is there, is refused."""
        self._in_head = False
        limits = self.limits
        if len(self.headers) > limits.headers or self._received > limits.head_bytes < self._head():
            self._refuse(_head_too_large(limits))
        elif self._is_one_too_many and not self.url.startswith(PING):
            most = limits.connections
            self._refuse(TooManyConnections(f"{most} clients are connected; try again later"))
        return not self._deaf

    def _head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        if not self._deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._began = None
        if not self._deaf:
            super().on_message_complete()

    def _hold(self) -> None:
        """Counts what the request takes, and refuses it if all take too much, unless alone."""
        limits = self.limits
        if self._began is not None or not self._held:
            limits.held += self._received - self._held
            self._held = self._received
        if self._began is not None and limits.held > limits.held_bytes and limits.held > self._held:
            self._refuse(QueueFull("requests under way take too much memory; try again later"))

    def _release(self) -> None:
        self.limits.held -= self._held
        self._held = 0

    def _refuse(self, error: BridgeError) -> None:
        """Answers a request that is not all there, and hears no more from this client."""
        self._deaf = True
        self._began = None
        self._release()
        cycle: Any = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete or cycle.more_body:
            self.transport.write(raw_response(error, self.server_state.default_headers))
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(DEAF_SECONDS, self.transport.close)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def on_response_complete(self) -> None:
        if self._held:
            self._release()
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()

    def shutdown(self) -> None:
        """Lets the client end what it does: the next answer is the last."""
        self._leaving = True
        if self._is_idle():
            self.loop.call_later(LEAVE_SECONDS, self._leave)
        elif self.cycle is not None:
            self.cycle.keep_alive = False

    def _leave(self) -> None:
        if self._is_idle() and not self.transport.is_closing():
            self.transport.close()

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle
        return self._began is None and (cycle is None or cycle.response_complete)

    def timeout_keep_alive_handler(self) -> None:
        now = self.loop.time()
        if self._does_not_take_its_answer():
            self.transport.abort()
        elif self.transport.is_closing():
            self._look_again_in(self.limits.seconds)
        elif self._began is not None and not self.pipeline:
            late = self._began + self.limits.seconds + self._received / BYTES_PER_SECOND
            if now < late:
                self._look_again_in(late - now)
            elif not self._has_had_its_chance:  # the rest may be there, and not yet read
                self._has_had_its_chance = True
                self._look_again_in(CHANCE_SECONDS)
            else:
                self._refuse(RequestTimedOut("the request did not come in time"))
        elif self._idle_since is None or not self._is_idle():
            self._look_again_in(self.limits.seconds)
        elif (left := self._idle_since + self.timeout_keep_alive - now) > 0:
            self._look_again_in(min(left, self.limits.seconds))
        else:
            self.transport.close()

    def _does_not_take_its_answer(self) -> bool:
        """True if nothing was taken since this was asked before."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        return 0 < before <= self._unsent

    def _look_again_in(self, seconds: float) -> None:
        later: asyncio.TimerHandle = self.loop.call_later(seconds, self.timeout_keep_alive_handler)
        self.timeout_keep_alive_task = later


def _head_too_large(limits: Limits) -> HeadersTooLarge:
    return HeadersTooLarge(
        f"the request line and its headers are more than {limits.head_bytes} bytes, or "
        f"more than {limits.headers} headers"
    )
