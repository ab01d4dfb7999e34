"""Frame: named columns of equal length, typed; the only form in which data moves.

A column is one of

- ``float64`` array: numbers, dates as days and times as seconds since 1970-01-01, UTC. NA is
  R's own NaN;
- ``int32`` array: integers, and factor codes counted from 1. NA is -2**31;
- ``int8`` array: logicals 0 and 1. NA is -128;
- list of ``str`` or None: strings. NA is None; ``Texts`` where it is long.

Pure data: no I/O, and nothing here knows what a column means (``schema`` does).
"""

import math
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.texts import Strings, Texts, joined

Column = npt.NDArray[np.float64] | npt.NDArray[np.int32] | npt.NDArray[np.int8] | Strings | Texts

NA_INT = -(2**31)
NA_BOOL = -128
# R's NA_real_ is the NaN whose low word is 1954: R tells it from NaN by these bits.
NA_REAL = float(np.uint64(0x7FF00000000007A2).view(np.float64))
_NA_LOW_WORD = 1954


class RawFrame(NamedTuple):
    """What a client sent: columns of Python objects, before any of it is believed.

    A column is a list, or ``Cells`` that have what such a list would hold.

    ``absent`` marks cells of records that lack a field which others have.
    ``text`` says that every cell is text (CSV), so that "5" may be a number.
    ``parameters`` are arguments for predict() that stood beside the records. ``broken`` says
    of rows that are no records what is wrong; their cells are ABSENT.
    """

    columns: dict[str, Any]
    rows: int
    text: bool = False
    parameters: dict[str, Any] | None = None
    broken: tuple[tuple[int, str], ...] = ()


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


class Replaced(NamedTuple):
    """A cell that a policy changed: ``value`` was sent (ABSENT: nothing), None became NA."""

    row: int
    field: str
    value: object
    became: str | None


class Replacements(NamedTuple):
    """What policies changed in one request: how many cells, and the first of them by row."""

    total: int
    listed: tuple[Replaced, ...]


class Frame(NamedTuple):
    """``rows`` rows of ``columns``, which ``names`` names in order.

    ``missing`` says that some cell may be NA. ``replaced`` and ``errors`` are for the client
    and never reach R: what policies replaced in the request, and what was wrong with the rows
    of an answer that are placeholders.
    """

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    missing: bool = False
    replaced: Replacements | None = None
    errors: tuple[tuple[int, str], ...] = ()


def part(frame: Frame, start: int, stop: int) -> Frame:
    """The rows from ``start`` to before ``stop``; nothing is said of what was replaced."""
    columns: list[Any] = [column[start:stop] for column in frame.columns]
    columns = [c.compact() if isinstance(c, Texts) else c for c in columns]
    return Frame(frame.names, tuple(columns), min(stop, frame.rows) - start, frame.missing)


def concat(frames: list[Frame]) -> Frame:
    """The rows of all frames, in order; the frames must have the same columns."""
    if len(frames) == 1:
        return frames[0]
    columns = zip(*(frame.columns for frame in frames), strict=True)
    rows = sum(frame.rows for frame in frames)
    missing = any(frame.missing for frame in frames)
    return Frame(frames[0].names, tuple(_join(parts) for parts in columns), rows, missing)


def _join(parts: tuple[Any, ...]) -> Column:
    if any(isinstance(part, Texts) for part in parts):
        return joined([part if isinstance(part, Texts) else Texts.each(part) for part in parts])
    if isinstance(parts[0], list | Texts):
        return list(chain.from_iterable(parts))
    column: Column = np.concatenate(parts)
    return column


def column_of(items: list[Any]) -> Column | None:
    """A list of strings, of booleans or of numbers as the column it is; else None."""
    types = set(map(type, items))
    if types <= {str}:
        return items
    if types <= {bool}:
        return np.array(items, np.int8)
    return np.array(items, np.float64) if types <= {int, float} else None


def plain(column: Column) -> list[Any]:
    """The column as texts and JSON write it: NA as None, "NaN", "Inf" and "-Inf" as strings."""
    if isinstance(column, list | Texts):
        return column if isinstance(column, list) else column.tolist()
    values = column.tolist()
    if column.dtype == np.int32:
        return [None if v == NA_INT else v for v in values]
    if column.dtype == np.int8:
        return [None if v == NA_BOOL else bool(v) for v in values]
    # One sum tells that all are finite; where it overflows, the longer way is right too.
    return values if math.isfinite(sum(values)) else _marked(column, values)


def _marked(column: Any, values: list[float]) -> list[Any]:
    low_words = (column.view(np.uint64) & np.uint64(0xFFFFFFFF)).tolist()
    return [
        v if math.isfinite(v) else _mark(v, low_word)
        for v, low_word in zip(values, low_words, strict=True)
    ]


def _mark(value: float, low_word: int) -> str | None:
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return None if low_word == _NA_LOW_WORD else "NaN"
