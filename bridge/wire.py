"""wire: what travels between a worker and the server, as bytes. Sans-IO, no pickle.

A message is a u32 length (of all that follows), a u8 kind and a body::

    CALL     u32 requests, text parameters, sheet     server to worker
    ANSWER   u8 layout, sheet                         worker to server
    FAILURE  text class, text message, text detail,   worker to server
             text field, u32 count, u32 rows[count]
    HELLO    nothing: the worker is ready             worker to server
    REST     nothing: to collect garbage; then HELLO  server to worker

    text     u32 length, UTF-8

``bridge.sheet`` tells what a sheet is. ``Reader`` takes bytes in any pieces and gives whole
messages. Garbage raises WireError.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from bridge.answer import LAYOUTS, Answer, Layout
from bridge.frame import Frame
from bridge.sheet import U32, Bytes, PackedColumns, Sheet, pack_columns, pack_frame, read_sheet

CALL, ANSWER, FAILURE, HELLO, REST = range(1, 6)
RECEIVE: Final = 1 << 18  # bytes that a worker reads at once, if they are there

_HEADER = struct.Struct("<IB")
_CALL = struct.Struct("<II")
_LARGE: Final = 1 << 16  # bytes of a message that is not copied


class WireError(Exception):
    """The bytes are not a message of this protocol."""


class Call(NamedTuple):
    """Predict ``frame``, which holds the rows of ``requests`` requests.

    ``parameters`` is a JSON object: arguments for predict() that the requests ask for.
    """

    frame: Frame
    requests: int
    parameters: str = "{}"


class Received(NamedTuple):
    """A call as it came, for who makes no Frame of it."""

    sheet: Sheet
    requests: int
    parameters: bytes


class Failure(NamedTuple):
    """The call failed: ``kind`` is "rejected", "apart" or "failed"; ``rows`` count from 0.

    ``apart``: merged requests must be asked one by one, for the answers to be exact.
    ``detail`` is for the log, never for a client.
    """

    kind: str
    message: str
    detail: str = ""
    field: str = ""
    rows: tuple[int, ...] = ()


class Hello(NamedTuple):
    """The worker is ready."""


class Rest(NamedTuple):
    """Collect garbage, while nobody waits; then say Hello again."""


Message = Call | Answer | Failure | Hello | Rest


def pack(message: Message) -> bytes:
    """The message as bytes."""
    kind, parts = _parts(message)
    body = b"".join(parts)
    return _HEADER.pack(len(body) + 1, kind) + body


def pieces(message: Message) -> list[Bytes]:
    """The same in pieces; large columns are not copied."""
    kind, parts = _parts(message)
    return [_HEADER.pack(sum(map(len, parts)) + 1, kind), *parts]


def body_of(call: Call) -> bytes:
    """What ``received`` reads."""
    return b"".join(_parts(call)[1])


def pack_answer(layout: Layout, columns: PackedColumns) -> bytes:
    """The message of an answer whose columns are packed already."""
    parts: list[Bytes] = [b"", bytes((LAYOUTS.index(layout),))]
    pack_columns(columns, False, parts)
    parts[0] = _HEADER.pack(sum(map(len, parts)) + 1, ANSWER)
    return b"".join(parts)


def _parts(message: Message) -> tuple[int, list[Bytes]]:
    parts: list[Bytes] = []
    if isinstance(message, Call):
        kind = CALL
        parts.append(U32.pack(message.requests))
        _pack_text(message.parameters, parts)
        pack_frame(message.frame, parts)
    elif isinstance(message, Answer):
        kind = ANSWER
        parts.append(bytes((LAYOUTS.index(message.layout),)))
        pack_frame(message.frame, parts)
    elif isinstance(message, Failure):
        kind = FAILURE
        for text in (message.kind, message.message, message.detail, message.field):
            _pack_text(text, parts)
        parts.append(struct.pack(f"<I{len(message.rows)}I", len(message.rows), *message.rows))
    else:
        kind = HELLO if isinstance(message, Hello) else REST
    return kind, parts


def _pack_text(text: str, parts: list[Bytes]) -> None:
    data = text.encode("utf-8", "replace")
    parts += (U32.pack(len(data)), data)


def message(data: bytes | bytearray) -> Message:
    """The one message that ``data`` holds, without a copy of it; raises WireError."""
    length, kind = _HEADER.unpack_from(data)
    if len(data) != U32.size + length:
        raise WireError(f"a message of {length} bytes in {len(data)}")
    return unpack(kind, memoryview(data)[_HEADER.size :])


def _is_one_message(data: bytes | bytearray | memoryview) -> bool:
    """True of a short one that is there at once, as most are."""
    if not _HEADER.size <= len(data) < _LARGE:
        return False
    length, kind = _HEADER.unpack_from(data)
    return bool(U32.size + length == len(data) and CALL <= kind <= REST)


class Reader:
    """Collects bytes; ``feed`` yields each message as soon as it is whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[Message]:
        for kind, body in self.bodies(data):
            yield unpack(kind, body)

    def bodies(self, data: bytes | bytearray | memoryview) -> Iterable[tuple[int, Bytes]]:
        """The same, with kind and body of each as they came."""
        if not self._buffer and _is_one_message(data):
            return ((data[U32.size], bytes(data[_HEADER.size :])),)
        return self._bodies(data)

    def _bodies(self, data: bytes | bytearray | memoryview) -> Iterator[tuple[int, Bytes]]:
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            length, kind = _HEADER.unpack_from(self._buffer)
            end = U32.size + length
            if length < 1 or not CALL <= kind <= REST:
                raise WireError(f"no message starts with kind {kind}, length {length}")
            if len(self._buffer) < end:
                return
            yield kind, self._taken(end)

    def _taken(self, end: int) -> Bytes:
        """The body of the message before ``end``; a large one is not copied."""
        if end < _LARGE or end < len(self._buffer):
            body = bytes(memoryview(self._buffer)[_HEADER.size : end])
            del self._buffer[:end]
            return body
        whole, self._buffer = self._buffer, bytearray()
        return memoryview(whole)[_HEADER.size :]

    @property
    def idle(self) -> bool:
        """True between messages."""
        return not self._buffer


def unpack(kind: int, body: Bytes) -> Message:
    """The message of ``kind`` that ``body`` holds; raises WireError."""
    cursor = _Cursor(body)
    try:
        found = _READERS[kind](cursor)
    except _GARBAGE as error:
        raise _unreadable(error) from error
    if cursor.at != len(body):
        raise WireError(f"{len(body) - cursor.at} bytes are left over")
    return found


def received(body: Bytes) -> Received:
    """The call that ``body`` holds; raises WireError."""
    try:
        requests, size = _CALL.unpack_from(body)
        at = _CALL.size + size
        return Received(read_sheet(body, at), requests, bytes(body[_CALL.size : at]))
    except _GARBAGE as error:
        raise _unreadable(error) from error


_GARBAGE = (struct.error, IndexError, ValueError)


def _unreadable(error: Exception) -> WireError:
    return WireError(f"the message does not parse: {error}")


class _Cursor:
    """Reads one thing after another from a message's body."""

    __slots__ = ("at", "body")

    def __init__(self, body: bytes | memoryview) -> None:
        self.body = body
        self.at = 0

    def structure(self, layout: struct.Struct) -> tuple[Any, ...]:
        values = layout.unpack_from(self.body, self.at)
        self.at += layout.size
        return values

    def take(self, size: int) -> bytes:
        data = self.body[self.at : self.at + size]
        if type(data) is memoryview:
            data = bytes(data)
        if len(data) < size:
            raise ValueError(f"{size} bytes wanted, {len(data)} left")
        self.at += size
        return data

    def text(self) -> str:
        return self.take(self.structure(U32)[0]).decode()

    def sheet(self) -> Sheet:
        """The rest of the body."""
        sheet = read_sheet(self.body, self.at)
        self.at = len(self.body)
        return sheet


def _read_call(cursor: _Cursor) -> Call:
    sheet, requests, parameters = received(cursor.body)
    cursor.at = len(cursor.body)
    return Call(sheet.frame(), requests, parameters.decode())


def _read_answer(cursor: _Cursor) -> Answer:
    layout = LAYOUTS[cursor.take(1)[0]]
    return Answer(cursor.sheet().frame(), layout)


def _read_failure(cursor: _Cursor) -> Failure:
    kind, message, detail, field = (cursor.text() for _ in range(4))
    (count,) = cursor.structure(U32)
    rows = cursor.structure(struct.Struct(f"<{count}I"))
    return Failure(kind, message, detail, field, rows)


def _read_hello(cursor: _Cursor) -> Hello:
    return Hello()


def _read_rest(cursor: _Cursor) -> Rest:
    return Rest()


_READERS: dict[int, Callable[[_Cursor], Message]] = {
    CALL: _read_call,
    ANSWER: _read_answer,
    FAILURE: _read_failure,
    HELLO: _read_hello,
    REST: _read_rest,
}
