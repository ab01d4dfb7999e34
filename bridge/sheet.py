"""sheet: a frame as bytes, as it travels to a worker and back. Sans-IO, no pickle.

    sheet    u32 rows, u8 missing, text head, the data of each column
    head     a u8 type and a text name for each column: the same in call after call
    data     raw little-endian array; for strings i32 lengths in bytes (-1: NA), then u32
             bytes of them all, and these; for coded strings i32 codes, which count from 0,
             then u32 how many strings, and these
    text     u32 length, UTF-8

R takes columns from where they lie, without a Frame; so a call costs it a tenth less.
"""

import struct
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.frame import Column, Frame
from bridge.texts import Packed, Texts, packed, unpacked

Bytes = bytes | memoryview

STRINGS: Final = 0
REALS: Final = 1
INTEGERS: Final = 2
LOGICALS: Final = 3
CODED: Final = 4
_DTYPES: Final[dict[int, np.dtype[Any]]] = {
    REALS: np.dtype("<f8"),
    INTEGERS: np.dtype("<i4"),
    LOGICALS: np.dtype("i1"),
}
_TAGS: Final = {dtype: tag for tag, dtype in _DTYPES.items()}
SIZES: Final = {tag: dtype.itemsize for tag, dtype in _DTYPES.items()}
"""Bytes of a cell, by type."""

_HEAD = struct.Struct("<IBI")
U32 = struct.Struct("<I")
_MOST_HEADS: Final = 256  # that are kept
_NONE: Final[list[int]] = []  # lengths, where there are no strings
_LARGE: Final = 1 << 16  # bytes of a column that is not copied


# Where a column lies: its type, where its numbers or codes start, the lengths of its strings
# in bytes (-1: NA), and where these start. No class of its own: a call makes one a column.
Place = tuple[int, int, list[int], int]


class Sheet(NamedTuple):
    """A frame that lies in ``body``, up to ``end``."""

    names: tuple[str, ...]
    places: list[Place]
    rows: int
    missing: bool
    body: Bytes
    end: int

    def frame(self) -> Frame:
        """The frame; raises ValueError. Its arrays are views of the body."""
        columns = tuple([self._column(place) for place in self.places])
        return Frame(self.names, columns, self.rows, self.missing)

    def _column(self, place: Place) -> Column:
        tag, start, lengths, strings = place
        column: Column
        if tag in SIZES:
            column = self._array(_DTYPES[tag], start)
            return column
        data = bytes(self.body[strings : strings + _bytes_of(lengths)])
        if tag == STRINGS:
            return unpacked(lengths, data)
        return Texts(Packed(np.array(lengths, np.int32), data), self.codes(place))

    def codes(self, place: Place) -> npt.NDArray[np.int32]:
        """The codes of a coded column; raises ValueError."""
        codes: npt.NDArray[np.int32] = self._array(_DTYPES[INTEGERS], place[1])
        strings = len(place[2])
        if self.rows and not 0 <= codes.min() <= codes.max() < strings:
            raise ValueError(f"codes that are not in 0 to {strings - 1}")
        return codes

    def _array(self, dtype: np.dtype[Any], start: int) -> Any:
        return np.frombuffer(self.body, dtype, self.rows, start)


class PackedColumns(NamedTuple):
    """Columns of ``rows`` rows: names and types, and the ``data`` of all, as sheets have it."""

    names: tuple[str, ...]
    tags: tuple[int, ...]
    rows: int
    data: list[Bytes]


def read_sheet(body: Bytes, at: int) -> Sheet:
    """The sheet that starts ``at`` there; raises struct.error, ValueError."""
    rows, missing, size = _HEAD.unpack_from(body, at)
    at += _HEAD.size
    names, tags = _read_head(bytes(body[at : at + size]))
    at += size
    places = []
    for tag in tags:
        place, at = _placed(body, at, tag, rows)
        places.append(place)
    if at > len(body):
        raise ValueError(f"{at - len(body)} bytes are missing")
    return Sheet(names, places, rows, bool(missing), body, at)


def _placed(body: Bytes, at: int, tag: int, rows: int) -> tuple[Place, int]:
    """Where a column lies that starts ``at``, and where it ends."""
    if tag in SIZES:
        return (tag, at, _NONE, 0), at + SIZES[tag] * rows
    start, count = at, rows
    if tag == CODED:
        at += 4 * rows + U32.size
        (count,) = U32.unpack_from(body, at - U32.size)
    elif tag != STRINGS:
        raise ValueError(f"no column type {tag}")
    end = at + 4 * count
    if end > len(body):
        raise ValueError(f"the lengths of {count} strings are cut")
    lengths = memoryview(body)[at:end].cast("i").tolist()
    (size,) = U32.unpack_from(body, end)
    if size != _bytes_of(lengths):
        raise ValueError(f"strings of {_bytes_of(lengths)} bytes in {size}")
    end += U32.size
    return (tag, start, lengths, end), end + size


def _bytes_of(lengths: list[int]) -> int:
    """Of strings of such lengths together."""
    if lengths and min(lengths) < -1:
        raise ValueError("a string of less than no bytes")
    return sum(lengths) + lengths.count(-1)


@lru_cache(maxsize=_MOST_HEADS)
def _read_head(head: bytes) -> tuple[tuple[str, ...], tuple[int, ...]]:
    names, tags, at = [], [], 0
    while at < len(head):
        tags.append(head[at])
        (size,) = U32.unpack_from(head, at + 1)
        at += 1 + U32.size
        if at + size > len(head):
            raise ValueError("a name is cut")
        names.append(head[at : at + size].decode())
        at += size
    return tuple(names), tuple(tags)


def pack_frame(frame: Frame, parts: list[Bytes]) -> None:
    """Adds the sheet of a frame to ``parts``; large columns are not copied."""
    pack_head(frame.names, tuple(map(_tag, frame.columns)), frame.rows, frame.missing, parts)
    for column in frame.columns:
        if isinstance(column, list):
            pack_strings(*packed(column), parts)
        elif isinstance(column, Texts):
            parts += (_raw(column.codes), U32.pack(len(column.packed.lengths)))
            pack_strings(column.packed.lengths, column.packed.data, parts)
        else:
            parts.append(column.tobytes() if column.nbytes < _LARGE else _raw(column))


def pack_head(
    names: tuple[str, ...], tags: tuple[int, ...], rows: int, missing: bool, parts: list[Bytes]
) -> None:
    """Adds what stands before the data of columns of such types."""
    head = _packed_head(names, tags)
    parts += (_HEAD.pack(rows, missing, len(head)), head)


def pack_strings(lengths: npt.NDArray[np.int32], data: bytes, parts: list[Bytes]) -> None:
    """Adds strings of such lengths in bytes, -1 for NA."""
    parts += (lengths.tobytes(), U32.pack(len(data)), data)


@lru_cache(maxsize=_MOST_HEADS)
def _packed_head(names: tuple[str, ...], tags: tuple[int, ...]) -> bytes:
    parts: list[bytes] = []
    for name, tag in zip(names, tags, strict=True):
        data = name.encode("utf-8", "replace")
        parts += (bytes((tag,)), U32.pack(len(data)), data)
    return b"".join(parts)


def _tag(column: Column) -> int:
    if isinstance(column, list):
        return STRINGS
    return CODED if isinstance(column, Texts) else _TAGS[column.dtype]


def _raw(array: npt.NDArray[Any]) -> Bytes:
    return array.tobytes() if not array.flags.c_contiguous else array.data.cast("B")
