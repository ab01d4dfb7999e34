"""sheet: a frame as bytes, as it travels to a worker and back. Sans-IO, no pickle.

    sheet    u32 rows, u8 missing, text head, u32 ends, the data of each column
    head     a u8 type and a text name for each column: the same in call after call
    ends     where the data of each column end, counted from where the first start
    data     raw little-endian array; for strings i32 lengths in bytes (-1: NA), then all of
             them as one; for coded strings i32 codes, which count from 0, then u32 how many
             strings, and these; for ended strings, of which none is NA, a NUL after each
    text     u32 length, UTF-8

R takes columns from where they lie, without a Frame; so a call costs it a tenth less. And
strings that are neither few nor many as one, which R itself cuts and joins.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from bridge.frame import Column, Frame
from bridge.texts import Packed, Strings, Texts, packed, unpacked

Bytes = bytes | memoryview

STRINGS: Final = 0
REALS: Final = 1
INTEGERS: Final = 2
LOGICALS: Final = 3
CODED: Final = 4
ENDED: Final = 5
_DTYPES: Final[dict[int, np.dtype[Any]]] = {
    REALS: np.dtype("<f8"),
    INTEGERS: np.dtype("<i4"),
    LOGICALS: np.dtype("i1"),
}
_KNOWN: Final = frozenset((STRINGS, CODED, ENDED, *_DTYPES))
_TAGS: Final = {dtype: tag for tag, dtype in _DTYPES.items()}
SIZES: Final = {tag: dtype.itemsize for tag, dtype in _DTYPES.items()}
"""Bytes of a cell, by type."""
FEW: Final = 16
LONG: Final = 4096
"""From FEW strings on they are ended; from LONG on never, and coded if it is R that sends them."""

_HEAD = struct.Struct("<IBI")
U32 = struct.Struct("<I")
_MOST_HEADS: Final = 256  # that are kept
_LARGE: Final = 1 << 16  # bytes of a column that is not copied


class Sheet(NamedTuple):
    """A frame that lies in ``body``: each column ``starts`` there, and ends where the next does."""

    names: tuple[str, ...]
    tags: tuple[int, ...]
    rows: int
    missing: bool
    body: Bytes
    starts: list[int]

    def frame(self) -> Frame:
        """The frame; raises ValueError, struct.error. Its arrays are views of the body."""
        columns = tuple(map(self._column, range(len(self.tags))))
        return Frame(self.names, columns, self.rows, self.missing)

    def _column(self, i: int) -> Column:
        tag, start, end = self.tags[i], self.starts[i], self.starts[i + 1]
        if tag == STRINGS:
            return unpacked(*self._strings(start, end, self.rows))
        if tag == CODED:
            count, codes = self.codes(i)
            lengths, data = self._strings(start + 4 * self.rows + U32.size, end, count)
            return Texts(Packed(np.array(lengths, np.int32), data), codes)
        if tag == ENDED:
            cells: Any = self.ended(i).decode().split("\0")
            return cells[:-1]  # type: ignore[no-any-return]
        column = self._array(_DTYPES[tag], start)
        if column.nbytes != end - start:
            raise ValueError(f"{end - start} bytes for {self.rows} rows")
        return column  # type: ignore[no-any-return]

    def ended(self, i: int) -> bytes:
        """The strings of a column, each with its NUL; raises ValueError."""
        strings = bytes(self.body[self.starts[i] : self.starts[i + 1]])
        if strings.count(0) != self.rows or not strings.endswith(b"\0"):
            raise ValueError(f"not {self.rows} strings that end with NUL")
        return strings

    def codes(self, i: int) -> tuple[int, npt.NDArray[np.int32]]:
        """How many strings a coded column has, and its codes; raises ValueError."""
        codes: npt.NDArray[np.int32] = self._array(_DTYPES[INTEGERS], self.starts[i])
        (strings,) = U32.unpack_from(self.body, self.starts[i] + codes.nbytes)
        if self.rows and not 0 <= codes.min() <= codes.max() < strings:
            raise ValueError(f"codes that are not in 0 to {strings - 1}")
        return strings, codes

    def _array(self, dtype: np.dtype[Any], start: int) -> Any:
        return np.frombuffer(self.body, dtype, self.rows, start)

    def _strings(self, start: int, end: int, count: int) -> tuple[list[int], bytes]:
        lengths = list(lengths_at(self.body, start, count))
        return lengths, bytes(self.body[start + 4 * count : end])


def lengths_at(body: Bytes, start: int, count: int) -> tuple[int, ...]:
    """The lengths in bytes of so many strings, -1 for NA; raises struct.error."""
    return struct.unpack_from(f"<{count}i", body, start)


class PackedColumns(NamedTuple):
    """Columns of ``rows`` rows: names, types, and the pieces of the ``data`` of each."""

    names: tuple[str, ...]
    tags: tuple[int, ...]
    rows: int
    data: Sequence[tuple[Bytes, ...]]


def read_sheet(body: Bytes, at: int) -> Sheet:
    """The sheet from ``at`` to the end; raises struct.error, ValueError."""
    rows, missing, size = _HEAD.unpack_from(body, at)
    at += _HEAD.size
    names, tags, ends = _read_head(bytes(body[at : at + size]))
    at += size
    first = at + ends.size
    starts = [first, *[first + end for end in ends.unpack_from(body, at)]]
    if starts[-1] != len(body):
        raise ValueError(f"{len(body)} bytes where {starts[-1]} should be")
    return Sheet(names, tags, rows, bool(missing), body, starts)


@lru_cache(maxsize=_MOST_HEADS)
def _read_head(head: bytes) -> tuple[tuple[str, ...], tuple[int, ...], struct.Struct]:
    names, tags, at = [], [], 0
    while at < len(head):
        tags.append(head[at])
        (size,) = U32.unpack_from(head, at + 1)
        at += 1 + U32.size
        if at + size > len(head):
            raise ValueError("a name is cut")
        names.append(head[at : at + size].decode())
        at += size
    if not set(tags) <= _KNOWN:
        raise ValueError(f"no column types {tags}")
    return tuple(names), tuple(tags), _ends(len(tags))


@lru_cache(maxsize=_MOST_HEADS)
def _ends(columns: int) -> struct.Struct:
    return struct.Struct(f"<{columns}I")


def pack_frame(frame: Frame, parts: list[Bytes]) -> None:
    """Adds the sheet of a frame to ``parts``; large columns are not copied."""
    packed = [_packed(column) for column in frame.columns]
    tags = tuple([tag for tag, _ in packed])
    data = [pieces for _, pieces in packed]
    pack_columns(PackedColumns(frame.names, tags, frame.rows, data), frame.missing, parts)


def pack_columns(columns: PackedColumns, missing: bool, parts: list[Bytes]) -> None:
    """The same for columns that are packed already."""
    names, tags, rows, data = columns
    head = _packed_head(names, tags)
    ends = accumulate([sum(map(len, pieces)) for pieces in data])
    parts += (_HEAD.pack(rows, missing, len(head)), head, _ends(len(tags)).pack(*ends))
    for pieces in data:
        parts += pieces


def _packed(column: Column) -> tuple[int, tuple[Bytes, ...]]:
    """The type of a column, and its data in pieces."""
    if isinstance(column, list):
        return _packed_strings(column)
    if isinstance(column, Texts):
        lengths, text = column.packed.lengths, column.packed.data
        return CODED, (_raw(column.codes), U32.pack(len(lengths)), lengths.tobytes(), text)
    data = column.tobytes() if column.nbytes < _LARGE else _raw(column)
    return _TAGS[column.dtype], (data,)


def _packed_strings(cells: Strings) -> tuple[int, tuple[Bytes, ...]]:
    if FEW <= len(cells) < LONG and None not in cells:
        text = "\0".join(cast(list[str], cells)) + "\0"
        # R would take what is not ASCII for text in the encoding of its locale.
        if text.isascii() and text.count("\0") == len(cells):
            return ENDED, (text.encode(),)
    lengths, data = packed(cells)
    return STRINGS, (lengths.tobytes(), data)


@lru_cache(maxsize=_MOST_HEADS)
def _packed_head(names: tuple[str, ...], tags: tuple[int, ...]) -> bytes:
    parts: list[bytes] = []
    for name, tag in zip(names, tags, strict=True):
        data = name.encode("utf-8", "replace")
        parts += (bytes((tag,)), U32.pack(len(data)), data)
    return b"".join(parts)


def _raw(array: npt.NDArray[Any]) -> Bytes:
    return array.tobytes() if not array.flags.c_contiguous else array.data.cast("B")
