"""heads: uvicorn's HTTP protocol with bounds to the head of a request, and no upgrades.

The parser, llhttp, refuses what two readers may take for different requests: lengths that
contradict each other, folded lines, bare line feeds. It sets no bounds, and it takes a
request to change the protocol for one without a body: what is sent as the body would be
read as the next request. Java's client sends such requests, with bodies. Here they are
read again without that wish, which a server may ignore (RFC 9110, 7.8).
"""

import asyncio
from typing import Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bridge.errors import (
    BridgeError,
    HeadersTooLarge,
    MalformedRequest,
    RequestError,
    Unauthorized,
)
from bridge.http.errors import raw_response
from bridge.http.limits import Limits
from bridge.http.token import lets_in

# What a refused client still sends is read for so long: closed at once, it would not get to
# read why it was refused.
DEAF_SECONDS = 2.0
SMALL_BYTES = 1024  # of a request that is within any limit
_HOP = (b"connection", b"upgrade", b"http2-settings")


class _NoCycle:
    """What the parser ends, beyond the head, of a request that is read again."""

    response_complete = True
    message_event = asyncio.Event()


class HeadProtocol(HttpToolsProtocol):
    """Refuses what is no request, a head that is too large, and one without the token.

    And closes the connection. ``token`` b"": none is asked for.
    """

    limits: ClassVar[Limits] = Limits()
    token: ClassVar[bytes] = b""
    _chunk = 0  # bytes that came last, if no request ended in them
    _received = 0  # bytes of the request
    _began: float | None = None  # receiving a request, and since when
    _in_head = False  # of a request that is not admitted yet
    _deaf = False
    _refusal: BridgeError | None = None
    _cycle_before: Any = None

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        self._chunk = len(data)
        self._received += self._chunk
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_again(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.refuse(self._refusal or _malformed())
        else:
            if self._received > SMALL_BYTES:
                self.measure()

    def measure(self) -> None:
        """Looks at a request of which more has come."""
        if self._in_head and self._received > self.limits.head_bytes:
            self.refuse(_too_large(self.limits))

    def begin(self) -> None:
        """The first byte of a request is there."""
        self._began = self.loop.time()
        self._in_head = True
        self._received = self._chunk

    def on_message_begin(self) -> None:
        self.begin()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        limits = self.limits
        may_be_large = self._received > limits.head_bytes or not self._chunk
        if len(self.headers) > limits.headers or (may_be_large and self._is_large()):
            self.stop(_too_large(limits))
        if self.token and not lets_in(self.token, self.url, self.headers):
            self.stop(Unauthorized("send the token of this server: Authorization: Bearer ..."))
        if self.parser.should_upgrade():
            self._cycle_before, self.cycle = self.cycle, cast(Any, _NoCycle)
        else:
            self._in_head = False
            self.admit()

    def admit(self) -> None:
        """Has the request, whose head is there and good, answered."""
        super().on_headers_complete()

    def end(self) -> None:
        """All of a request is there."""
        self._began = None
        self._chunk = 0

    def on_message_complete(self) -> None:
        self.end()
        super().on_message_complete()

    def stop(self, error: BridgeError) -> None:
        """Ends the parser, which has ``data_received`` refuse the request."""
        self._refusal = error
        raise ValueError(str(error))

    def refuse(self, error: BridgeError) -> None:
        """Answers a request that is not all there, and hears no more from this client.

        If one before it is not answered yet, that answer is the last.
        """
        is_admitted = self._began is not None and not self._in_head
        self._deaf = True
        self._began = None
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
        self.transport.write(raw_response(error, self.server_state.default_headers))
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(DEAF_SECONDS, self.transport.close)

    def _is_large(self) -> bool:
        lines = sum(len(name) + len(value) + 4 for name, value in self.headers)
        return len(self.url) + lines > self.limits.head_bytes

    def _read_again(self, rest: bytes) -> None:
        self.cycle = self._cycle_before
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":  # would change the protocol by itself
            self.refuse(_malformed())
            return
        kept = [b"%s: %s\r\n" % header for header in self.headers if header[0] not in _HOP]
        head = b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, b"".join(kept))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(head + rest)


def _malformed() -> MalformedRequest:
    return MalformedRequest("this is no HTTP/1.1 request that can be read in one way only")


def _too_large(limits: Limits) -> HeadersTooLarge:
    return HeadersTooLarge(
        f"the request line and its headers are more than {limits.head_bytes} bytes, or "
        f"more than {limits.headers} headers"
    )
