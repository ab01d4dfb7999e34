"""heads: what the head of a request may be, and what is read again without its upgrade.

The parser, llhttp, refuses what two readers may take for different requests: lengths that
contradict each other, folded lines, bare line feeds. It sets no bounds, and it takes a
request to change the protocol for one without a body: what is sent as the body would be
read as the next request. Java's client sends such requests, with bodies. They are read
again without that wish, which a server may ignore (RFC 9110, 7.8).
"""

from bridge.errors import HeadersTooLarge, MalformedRequest
from bridge.http.headers import Headers
from bridge.http.limits import Limits

_HOP = (b"connection", b"upgrade", b"http2-settings")


def is_large(url: bytes, headers: Headers, limits: Limits) -> bool:
    """True of a head that has more bytes or headers than it may."""
    lines = sum(len(name) + len(value) + 4 for name, value in headers)
    return len(headers) > limits.headers or len(url) + lines > limits.head_bytes


def without_upgrade(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """The head of the same request, which asks for no other protocol."""
    kept = [b"%s: %s\r\n" % header for header in headers if header[0] not in _HOP]
    return b"%s %s HTTP/%s\r\n%s\r\n" % (method, url, version.encode(), b"".join(kept))


def malformed() -> MalformedRequest:
    """The error of what the parser refuses."""
    return MalformedRequest("this is no HTTP/1.1 request that can be read in one way only")


def too_large(limits: Limits) -> HeadersTooLarge:
    """The error of a head that is beyond ``limits``."""
    return HeadersTooLarge(
        f"the request line and its headers are more than {limits.head_bytes} bytes, or "
        f"more than {limits.headers} headers"
    )
