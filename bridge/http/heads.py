"""heads: uvicorn's HTTP protocol with bounds to the head of a request, and no upgrades.

The parser, llhttp, refuses what two readers may take for different requests: lengths that
contradict each other, folded lines, bare line feeds. It sets no bounds, and it takes a
request to change the protocol for one without a body: what is sent as the body would be
read as the next request. Java's client sends such requests, with bodies. Here they are
read again without that wish, which a server may ignore (RFC 9110, 7.8).
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bridge.http.errors import JSON, body
from bridge.http.token import lets_in

MOST_HEADERS = 200
# Beyond what one read from the socket brings, some 256 KiB.
MOST_BYTES = 64 * 1024
_HOP = (b"connection", b"upgrade", b"http2-settings")


class _Refusal(NamedTuple):
    status: HTTPStatus
    code: str
    message: str
    header: str = ""


_NOT_HTTP = _Refusal(
    HTTPStatus.BAD_REQUEST,
    "malformed_request",
    "this is no HTTP/1.1 request that can be read in one way only",
)
_TOO_LARGE = _Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "head_too_large",
    f"the head of a request has at most {MOST_HEADERS} lines and {MOST_BYTES} bytes",
)
_NO_TOKEN = _Refusal(
    HTTPStatus.UNAUTHORIZED,
    "unauthorized",
    "send the token of this server: Authorization: Bearer ...",
    "www-authenticate: Bearer\r\n",
)


class _NoCycle:
    """What the parser ends, beyond the head, of a request that is read again."""

    response_complete = True
    message_event = asyncio.Event()


class HeadProtocol(HttpToolsProtocol):
    """Answers 400 to what is no request, 431 to a head that is too large, 401 without token.

    And closes the connection. ``token`` b"": none is asked for.
    """

    token: ClassVar[bytes] = b""

    head_bytes: int | None = 0  # of the head that is being read; None: of a body
    _refusal = _NOT_HTTP
    _cycle_before: Any = None

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_again(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")
        else:
            if self.head_bytes is not None:
                self.head_bytes += len(data)
                if self.head_bytes > MOST_BYTES:
                    self._refusal = _TOO_LARGE
                    self.send_400_response("")

    def on_message_begin(self) -> None:
        self.head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if not self.is_read_again():
            super().on_headers_complete()

    def is_read_again(self) -> bool:
        """To be asked once the head is there: True if the same request comes once more."""
        self.head_bytes = None
        if len(self.headers) > MOST_HEADERS:
            self._refuse(_TOO_LARGE)
        if self.token and not lets_in(self.token, self.url, self.headers):
            self._refuse(_NO_TOKEN)
        if not self.parser.should_upgrade():
            return False
        self._cycle_before, self.cycle = self.cycle, cast(Any, _NoCycle)
        return True

    def send_400_response(self, msg: str) -> None:
        """Tells why nothing more is read here; uvicorn's text is less to the point."""
        status, code, message, header = self._refusal
        content = body(code, message)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {JSON}\r\n"
            f"content-length: {len(content)}\r\n{header}connection: close\r\n\r\n"
        )
        self.logger.warning("%s: %s", self.client and self.client[0], message)
        self.transport.write(head.encode() + content)
        self.transport.close()

    def _refuse(self, refusal: _Refusal) -> None:
        """Ends the parser, which has ``data_received`` answer."""
        self._refusal = refusal
        raise ValueError(refusal.message)

    def _read_again(self, rest: bytes) -> None:
        self.cycle = self._cycle_before
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":  # would change the protocol by itself
            self.send_400_response("")
            return
        kept = [b"%s: %s\r\n" % header for header in self.headers if header[0] not in _HOP]
        head = b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, b"".join(kept))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(head + rest)
