"""exchange: R values to bytes and back, bit for bit; ``r/verify.R`` has the other half.

A value is a tag (int32) and what the tag says, in this machine's byte order:

====  ==========  =========================================================
   0  NULL
   1  logical     n, then n int32
   2  integer     n, then n int32
   3  double      n, then n doubles
   4  character   n, then n lengths in bytes (-1: NA), then the UTF-8 of all
   5  list        n, then names as a character or NULL, then n values
====  ==========  =========================================================

Numbers never become text on the way.
"""

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from bridge.frame import NA_INT, NA_REAL

Kind = Literal["logical", "integer", "double", "character"]
_KINDS: dict[type, Kind] = {str: "character", bool: "logical", int: "integer"}
_TAGS: dict[Kind, int] = {"logical": 1, "integer": 2, "double": 3, "character": 4}


@dataclass(frozen=True, slots=True)
class Vector:
    """An R vector to write; None is NA."""

    kind: Kind
    values: list[Any]


class Ended(Exception):
    """The stream ends within a value."""


def write(out: BinaryIO, value: Any) -> None:
    """A Vector, None, str, bool, int, dict or list of these."""
    if value is None:
        out.write(struct.pack("=i", 0))
    elif isinstance(value, Vector):
        _write_vector(out, value)
    elif isinstance(value, dict):
        _write_list(out, list(value.values()), Vector("character", list(value)))
    elif isinstance(value, list | tuple):
        _write_list(out, list(value), None)
    else:
        _write_vector(out, Vector(_KINDS[type(value)], [value]))


def _write_list(out: BinaryIO, items: list[Any], names: Vector | None) -> None:
    out.write(struct.pack("=ii", 5, len(items)))
    write(out, names)
    for item in items:
        write(out, item)


def _write_vector(out: BinaryIO, vector: Vector) -> None:
    values = vector.values
    out.write(struct.pack("=ii", _TAGS[vector.kind], len(values)))
    if vector.kind == "character":
        texts = [None if text is None else text.encode() for text in values]
        lengths = [-1 if text is None else len(text) for text in texts]
        out.write(np.array(lengths, np.int32).tobytes())
        out.write(b"".join(text for text in texts if text is not None))
    elif vector.kind == "double":
        out.write(np.array([NA_REAL if v is None else v for v in values], np.float64).tobytes())
    else:
        out.write(np.array([NA_INT if v is None else v for v in values], np.int32).tobytes())


def read(source: BinaryIO) -> Any:
    """None, a float64 array for doubles, else a list; a list with names is a dict."""
    tag = _int(source)
    if tag == 0:
        return None
    n = _int(source)
    if tag == 3:
        return np.frombuffer(_bytes(source, 8 * n), np.float64)
    if tag == 4:
        return _read_strings(source, n)
    if tag == 5:
        names = read(source)
        items = [read(source) for _ in range(n)]
        return items if names is None else dict(zip(names, items, strict=True))
    values = [None if v == NA_INT else v for v in _ints(source, n).tolist()]
    return [None if v is None else bool(v) for v in values] if tag == 1 else values


def _read_strings(source: BinaryIO, n: int) -> list[str | None]:
    lengths = _ints(source, n).tolist()
    return [None if size < 0 else _bytes(source, size).decode() for size in lengths]


def _ints(source: BinaryIO, n: int) -> npt.NDArray[np.int32]:
    return np.frombuffer(_bytes(source, 4 * n), np.int32)


def _int(source: BinaryIO) -> int:
    return int(_ints(source, 1)[0])


def _bytes(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise Ended
    return data
