"""packets: what travels between the server and the process that reads bodies. No pickles.

A packet is a JSON object, the head, and bytes, the tail: u32 and u64 with their lengths come
first. The server asks, and gets one packet, which may say how many more follow::

    {"do": "read", "model": SPECIFICATION, "asked": [...], "form": ..., "block": 32768}  and a body
        {"rows": 3, "parameters": ..., "wanted": ..., "replaced": ..., "packets": 3}
        {"errors": [[row, text]]}                                 some thousand
        {}                                                        and a wire Call with rows
        {}                                                        and one with those that follow
    {"do": "write", "content_type": "..."}                    and a wire Answer
        {}                                                        and a body
    {"do": "warm"}
        {}

Instead of the second there may be ``{"error": CLASS, "message": "...", "problems": [...]}``.
"""

import socket
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from bridge.sheet import Bytes

_LENGTHS = struct.Struct("<IQ")


class Packet(NamedTuple):
    """A head and a tail."""

    head: dict[str, Any]
    tail: bytearray


def send(channel: socket.socket, head: dict[str, Any], tail: Sequence[Bytes] = ()) -> None:
    """Sends a packet whose tail is in pieces; raises OSError."""
    told = orjson.dumps(head, default=repr)
    channel.sendall(_LENGTHS.pack(len(told), sum(map(len, tail))) + told)
    for piece in tail:
        channel.sendall(piece)


def receive(channel: socket.socket) -> Packet:
    """Raises EOFError where the other side is gone, OSError, TimeoutError."""
    head, tail = _LENGTHS.unpack(_exactly(channel, _LENGTHS.size))
    return Packet(orjson.loads(_exactly(channel, head)), _exactly(channel, tail))


def _exactly(channel: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        got = channel.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return data
