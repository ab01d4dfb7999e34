"""eventstream: the frames of application/vnd.amazon.eventstream, which boto3 reads.

A frame is its length, the length of its headers and a CRC of both; the headers; the
payload; and a CRC of all that. Numbers are big-endian. Pure: bytes to bytes.
"""

import struct
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
MOST_PAYLOAD = 64 * 1024
_AROUND = 16  # bytes of a frame that are neither headers nor payload
_STRING = 7  # the type of a header's value


def payload_parts(body: bytes) -> bytes:
    """``body`` as events of the type PayloadPart; none for an empty one."""
    starts = range(0, len(body), MOST_PAYLOAD)
    return b"".join(_frame(_PAYLOAD_PART, body[start : start + MOST_PAYLOAD]) for start in starts)


def _frame(headers: bytes, payload: bytes) -> bytes:
    prelude = struct.pack("!II", _AROUND + len(headers) + len(payload), len(headers))
    message = b"".join([prelude, struct.pack("!I", crc32(prelude)), headers, payload])
    return message + struct.pack("!I", crc32(message))


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack("!B", len(name)) + name + struct.pack("!BH", _STRING, len(value)) + value


_PAYLOAD_PART = (
    _header(b":message-type", b"event")
    + _header(b":event-type", b"PayloadPart")
    + _header(b":content-type", b"application/octet-stream")
)
