"""wire: what travels between a worker and the server, as bytes. Sans-IO, no pickle.

A message is a u32 length (of all that follows), a u8 kind and a body::

    CALL     u32 requests, text parameters, frame     server to worker
    ANSWER   u8 layout, frame                         worker to server
    FAILURE  text class, text message, text detail,   worker to server
             text field, u32 count, u32 rows[count]
    HELLO    nothing: the worker is ready             worker to server

    frame    u32 rows, u8 missing, text head, the data of each column
    head     a u8 type and a text name for each column; the same in call after call
    data     raw little-endian array; for strings i32 lengths in characters (-1: NA), then
             all of them as one text; for coded strings i32 codes, which count from 0, then
             u32 how many strings, and these
    text     u32 length, UTF-8

``Reader`` takes bytes in any pieces and gives whole messages. Garbage raises WireError.
"""

import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.answer import LAYOUTS, Answer
from bridge.frame import Column, Frame
from bridge.texts import Packed, Texts, packed, unpacked

CALL, ANSWER, FAILURE, HELLO = range(1, 5)

_HEADER = struct.Struct("<IB")
_FRAME = struct.Struct("<IBI")
_U32 = struct.Struct("<I")
_LARGE: Final = 1 << 16  # bytes of a column that is not copied
_HEADS: Final = 256  # that are kept
_STRINGS: Final = 0
_CODED: Final = 4
_TYPES: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("<f8"),
    2: np.dtype("<i4"),
    3: np.dtype("i1"),
}
_TAGS: Final = {dtype: tag for tag, dtype in _TYPES.items()}


class WireError(Exception):
    """The bytes are not a message of this protocol."""


class Call(NamedTuple):
    """Predict ``frame``, which holds the rows of ``requests`` requests.

    ``parameters`` is a JSON object: arguments for predict() that the requests ask for.
    """

    frame: Frame
    requests: int
    parameters: str = "{}"


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


Message = Call | Answer | Failure | Hello
Bytes = bytes | memoryview


def pack(message: Message) -> bytes:
    """The message as bytes."""
    kind, parts = _parts(message)
    body = b"".join(parts)
    return _HEADER.pack(len(body) + 1, kind) + body


def pieces(message: Message) -> list[Bytes]:
    """The same in pieces; large columns are not copied."""
    kind, parts = _parts(message)
    return [_HEADER.pack(sum(map(len, parts)) + 1, kind), *parts]


def _parts(message: Message) -> tuple[int, list[Bytes]]:
    parts: list[Bytes] = []
    if isinstance(message, Call):
        kind = CALL
        parts.append(_U32.pack(message.requests))
        _pack_text(message.parameters, parts)
        _pack_frame(message.frame, parts)
    elif isinstance(message, Answer):
        kind = ANSWER
        parts.append(bytes((LAYOUTS.index(message.layout),)))
        _pack_frame(message.frame, parts)
    elif isinstance(message, Failure):
        kind = FAILURE
        for text in (message.kind, message.message, message.detail, message.field):
            _pack_text(text, parts)
        parts.append(struct.pack(f"<I{len(message.rows)}I", len(message.rows), *message.rows))
    else:
        kind = HELLO
    return kind, parts


def _raw(array: npt.NDArray[Any]) -> Bytes:
    return array.tobytes() if not array.flags.c_contiguous else array.data.cast("B")


def _pack_text(text: str, parts: list[Bytes]) -> None:
    data = text.encode("utf-8", "replace")
    parts += (_U32.pack(len(data)), data)


def _pack_frame(frame: Frame, parts: list[Bytes]) -> None:
    head = _packed_head(frame.names, tuple(map(_tag, frame.columns)))
    parts += (_FRAME.pack(frame.rows, frame.missing, len(head)), head)
    for column in frame.columns:
        if isinstance(column, list):
            _pack_strings(*packed(column), parts)
        elif isinstance(column, Texts):
            parts += (_raw(column.codes), _U32.pack(len(column.packed.lengths)))
            _pack_strings(column.packed.lengths, column.packed.data, parts)
        else:
            parts.append(column.tobytes() if column.nbytes < _LARGE else _raw(column))


def _tag(column: Column) -> int:
    if isinstance(column, list):
        return _STRINGS
    return _CODED if isinstance(column, Texts) else _TAGS[column.dtype]


@lru_cache(maxsize=_HEADS)
def _packed_head(names: tuple[str, ...], tags: tuple[int, ...]) -> bytes:
    parts: list[Bytes] = []
    for name, tag in zip(names, tags, strict=True):
        parts.append(bytes((tag,)))
        _pack_text(name, parts)
    return b"".join(parts)


def _pack_strings(lengths: npt.NDArray[np.int32], data: bytes, parts: list[Bytes]) -> None:
    parts += (lengths.tobytes(), _U32.pack(len(data)), data)


def message(data: bytes | bytearray) -> Message:
    """The one message that ``data`` holds, without a copy of it; raises WireError."""
    length, kind = _HEADER.unpack_from(data)
    if len(data) != _U32.size + length:
        raise WireError(f"a message of {length} bytes in {len(data)}")
    return unpack(kind, memoryview(data)[_HEADER.size :])


def _is_one_message(data: bytes | bytearray | memoryview) -> bool:
    """True of a short one that is there at once, as most are."""
    if not _HEADER.size <= len(data) < _LARGE:
        return False
    length, kind = _HEADER.unpack_from(data)
    return bool(_U32.size + length == len(data) and CALL <= kind <= HELLO)


class Reader:
    """Collects bytes; ``feed`` yields each message as soon as it is whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[Message]:
        if not self._buffer and _is_one_message(data):
            yield unpack(data[_U32.size], bytes(data[_HEADER.size :]))
            return
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            length, kind = _HEADER.unpack_from(self._buffer)
            end = _U32.size + length
            if length < 1 or not CALL <= kind <= HELLO:
                raise WireError(f"no message starts with kind {kind}, length {length}")
            if len(self._buffer) < end:
                return
            yield unpack(kind, self._taken(end))

    def _taken(self, end: int) -> bytes | memoryview:
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


def unpack(kind: int, body: bytes | memoryview) -> Message:
    """The message of ``kind`` that ``body`` holds; raises WireError."""
    cursor = _Cursor(body)
    try:
        found = _READERS[kind](cursor)
    except (struct.error, IndexError, ValueError) as error:
        raise WireError(f"a message of kind {kind} does not parse: {error}") from error
    if cursor.at != len(body):
        raise WireError(f"{len(body) - cursor.at} bytes are left over")
    return found


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
        return self.take(self.structure(_U32)[0]).decode()

    def array(self, dtype: np.dtype[Any], count: int) -> Any:
        start = self.at
        self.at += dtype.itemsize * count
        return np.frombuffer(self.body, dtype, count, start)


def _read_call(cursor: _Cursor) -> Call:
    (requests,) = cursor.structure(_U32)
    parameters = cursor.text()
    return Call(_read_frame(cursor), requests, parameters)


def _read_answer(cursor: _Cursor) -> Answer:
    layout = LAYOUTS[cursor.take(1)[0]]
    return Answer(_read_frame(cursor), layout)


def _read_failure(cursor: _Cursor) -> Failure:
    kind, message, detail, field = (cursor.text() for _ in range(4))
    (count,) = cursor.structure(_U32)
    rows = tuple(cursor.array(np.dtype("<u4"), count).tolist())
    return Failure(kind, message, detail, field, rows)


def _read_hello(cursor: _Cursor) -> Hello:
    return Hello()


_READERS: dict[int, Callable[[_Cursor], Message]] = {
    CALL: _read_call,
    ANSWER: _read_answer,
    FAILURE: _read_failure,
    HELLO: _read_hello,
}


def _read_frame(cursor: _Cursor) -> Frame:
    rows, missing, size = cursor.structure(_FRAME)
    names, tags = _read_head(cursor.take(size))
    columns = tuple([_read_column(cursor, tag, rows) for tag in tags])
    return Frame(names, columns, rows, bool(missing))


@lru_cache(maxsize=_HEADS)
def _read_head(head: bytes) -> tuple[tuple[str, ...], tuple[int, ...]]:
    cursor = _Cursor(head)
    names, tags = [], []
    while cursor.at < len(head):
        tags.append(cursor.take(1)[0])
        names.append(cursor.text())
    return tuple(names), tuple(tags)


def _read_column(cursor: _Cursor, tag: int, rows: int) -> Column:
    if tag == _STRINGS:
        return unpacked(*_read_strings(cursor, rows))
    if tag == _CODED:
        return _read_coded(cursor, rows)
    if tag not in _TYPES:
        raise ValueError(f"no column type {tag}")
    column: Column = cursor.array(_TYPES[tag], rows)
    return column


def _read_coded(cursor: _Cursor, rows: int) -> Texts:
    codes = cursor.array(_TYPES[2], rows)
    (count,) = cursor.structure(_U32)
    if rows and not 0 <= codes.min() <= codes.max() < count:
        raise ValueError(f"codes that are not in 0 to {count - 1}")
    return Texts(Packed(*_read_strings(cursor, count)), codes)


def _read_strings(cursor: _Cursor, count: int) -> tuple[npt.NDArray[np.int32], bytes]:
    return cursor.array(_TYPES[2], count), cursor.take(cursor.structure(_U32)[0])
