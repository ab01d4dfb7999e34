"""bounded: uvicorn's HTTP protocol with bounds of time and of what a client may take.

uvicorn makes a timer after each response and cancels it at the next request, which is a
twentieth of what a request costs, and has none while a request comes in. Here one timer
stays: when it goes off, it looks how long the connection has been idle, has been sending
its request or has not taken its answer, and waits for the rest. What a request takes is
counted only if it is large, or not all there when its first bytes are.
"""

import asyncio
from typing import Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bridge.counts import Counts
from bridge.errors import (
    BridgeError,
    QueueFull,
    RequestError,
    RequestTimedOut,
    TooManyConnections,
    Unauthorized,
)
from bridge.http.counted import is_counted
from bridge.http.errors import raw_response
from bridge.http.heads import is_large, malformed, too_large, without_upgrade
from bridge.http.limits import Limits
from bridge.http.token import is_open, lets_in

BYTES_PER_SECOND = 16 * 1024
CHANCE_SECONDS = 0.1
# What a refused client still sends is read for so long: closed at once, it would not get to
# read why it was refused.
DEAF_SECONDS = 2.0
# So long, once the server is told to stop, may a client be about to send another request.
LEAVE_SECONDS = 0.5
FREE_BYTES = 64 * 1024  # of a request, which are not held against ``Limits.held_bytes``
NOTHING, HEAD, BODY = range(3)


class _NoCycle:
    """What the parser ends, beyond the head, of a request that is read again."""

    response_complete = True
    message_event = asyncio.Event()


class BoundedProtocol(HttpToolsProtocol):
    """Refuses what is no request or too large, and closes what is too slow.

    And a connection that is idle for ``timeout_keep_alive`` seconds. ``token`` b"": none is
    asked for. ``counts`` are told of what is refused.
    """

    url = b""  # of the request that comes
    counts: ClassVar[Counts] = Counts()
    limits: ClassVar[Limits] = Limits()
    token: ClassVar[bytes] = b""
    _coming = NOTHING  # what of a request the next bytes are
    _chunk = 0  # bytes that came last, if no request ended in them
    _began: float | None = None  # receiving a request that took more than one chunk, and when
    _received = 0  # bytes of that, but for the last chunk
    _had_its_chance: float | None = None  # the request that began then
    _held = 0
    _unsent = 0
    _idle_since: float | None = None
    _deaf = False
    _leaving = False
    _is_one_too_many = False
    _refusal: BridgeError | None = None
    _cycle_before: Any = None

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

    def _unset_keepalive_if_required(self) -> None:
        """The timer stays."""

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._idle_since = None
        size = self._chunk = len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_again(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.refuse(self._refusal or malformed())
        else:
            if self._coming:
                self._count(self._chunk)
            elif size > FREE_BYTES:
                self._count(size)

    def on_message_begin(self) -> None:
        self.begin()
        super().on_message_begin()

    def begin(self) -> None:
        """The first byte of a request is there."""
        self._coming = HEAD
        self._began = None
        self._received = 0

    def on_headers_complete(self) -> None:
        limits = self.limits
        is_small = 0 < self._chunk < limits.head_bytes - self._received
        if not (is_small and len(self.headers) <= limits.headers):
            self._check_head()
        if self._is_one_too_many and not is_open(self.url):
            most = limits.connections
            self.stop(TooManyConnections(f"{most} clients are connected; try again later"))
        if self.token and not lets_in(self.token, self.url, self.headers):
            self.stop(Unauthorized("send the token of this server: Authorization: Bearer ..."))
        if self.parser.should_upgrade():
            self._cycle_before, self.cycle = self.cycle, cast(Any, _NoCycle)
        else:
            self._coming = BODY
            self.admit()

    def _check_head(self) -> None:
        if is_large(self.url, self.headers, self.limits):
            self.stop(too_large(self.limits))

    def admit(self) -> None:
        """Has the request, whose head is there and good, answered."""
        super().on_headers_complete()
        if self._leaving:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self.end()
        super().on_message_complete()

    def end(self) -> None:
        """All of a request is there."""
        self._coming = NOTHING
        self._chunk = 0

    def _count(self, size: int) -> None:
        """Counts ``size`` bytes more of a request that is large, or not all there."""
        if self._began is None:
            self._began = self.loop.time()
        self._received += size
        if self._coming == HEAD and self._received > self.limits.head_bytes:
            self.refuse(too_large(self.limits))
        elif self._received > FREE_BYTES and not self._is_idle():
            self._hold()

    def _hold(self) -> None:
        """Counts what the request takes, and refuses it if all take too much, unless alone."""
        limits = self.limits
        if self._coming or not self._held:
            limits.held += self._received - self._held
            self._held = self._received
        if self._coming and limits.held > limits.held_bytes and limits.held > self._held:
            self.refuse(QueueFull("requests under way take too much memory; try again later"))

    def _release(self) -> None:
        self.limits.held -= self._held
        self._held = 0

    def stop(self, error: BridgeError) -> None:
        """Ends the parser, which has ``data_received`` refuse the request."""
        self._refusal = error
        raise ValueError(str(error))

    def refuse(self, error: BridgeError) -> None:
        """Answers a request that is not all there, and hears no more from this client.

        If one before it is not answered yet, that answer is the last.
        """
        is_admitted = self._coming == BODY
        self._release()
        self._deaf = True
        self._coming = NOTHING
        if isinstance(error, RequestError):
            self.logger.warning("%s: %s", self.client and self.client[0], error)
        if self.transport.is_closing():
            return
        cycle: Any = self.cycle  # None before the first request
        if cycle is not None and not cycle.response_complete:
            if not is_admitted:
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if is_counted(self.url):
            self.counts.failed(error)
        self.transport.write(raw_response(error, self.server_state.default_headers))
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(DEAF_SECONDS, self.transport.close)

    def _read_again(self, rest: bytes) -> None:
        """Reads a request without its wish for another protocol, with the ``rest`` of it."""
        self.cycle = self._cycle_before
        method = self.parser.get_method()
        if method == b"CONNECT":  # would change the protocol by itself
            self.refuse(malformed())
            return
        version = self.parser.get_http_version()
        head = without_upgrade(method, self.url, version, self.headers)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(head + rest)

    def on_response_complete(self) -> None:
        if self._held:
            self._release()
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if self.flow.read_paused:
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
        return not self._coming and (cycle is None or cycle.response_complete)

    def timeout_keep_alive_handler(self) -> None:
        now = self.loop.time()
        if self._does_not_take_its_answer():
            self.transport.abort()
        elif self.transport.is_closing():
            self._look_again_in(self.limits.seconds)
        elif self._coming and self._began is not None and not self.pipeline:
            self._look_at_a_slow_request(self._began, now)
        elif self._idle_since is None or not self._is_idle():
            self._look_again_in(self.limits.seconds)
        elif (left := self._idle_since + self.timeout_keep_alive - now) > 0:
            self._look_again_in(min(left, self.limits.seconds))
        else:
            self.transport.close()

    def _look_at_a_slow_request(self, began: float, now: float) -> None:
        late = began + self.limits.seconds + self._received / BYTES_PER_SECOND
        if now < late:
            self._look_again_in(late - now)
        elif self._had_its_chance != began:  # the rest may be there, and not yet read
            self._had_its_chance = began
            self._look_again_in(CHANCE_SECONDS)
        else:
            self.refuse(RequestTimedOut("the request did not come in time"))

    def _does_not_take_its_answer(self) -> bool:
        """True if nothing was taken since this was asked before."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        return 0 < before <= self._unsent

    def _look_again_in(self, seconds: float) -> None:
        later: asyncio.TimerHandle = self.loop.call_later(seconds, self.timeout_keep_alive_handler)
        self.timeout_keep_alive_task = later


def counting(counts: Counts) -> type[BoundedProtocol]:
    """The protocol class that tells ``counts``."""
    return type("Counting", (BoundedProtocol,), {"counts": counts})
