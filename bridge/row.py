"""Row: one row of a frame that is still to be: plain cells, without an array for each.

Most requests hold one row, and many rows become one Frame: arrays are made of all of them at
once. Pure data.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from bridge.frame import Column, Frame, concat


class RowType(NamedTuple):
    """``names`` of the columns, and their ``dtypes`` as Frame has them; None is for strings."""

    names: tuple[str, ...]
    dtypes: tuple[np.dtype[Any] | None, ...]


class Row:
    """What Frame is of one row in which nothing is missing and nothing was replaced."""

    __slots__ = ("cells", "type")
    rows = 1
    missing = False
    replaced = None

    def __init__(self, kind: RowType, cells: Sequence[Any]) -> None:
        self.type = kind
        self.cells = cells


def stacked(rows: Sequence[Row]) -> Frame:
    """The rows, which are of one type, as a frame."""
    names, dtypes = rows[0].type
    cells = zip(*[row.cells for row in rows], strict=True)
    columns = [_column(dtype, values) for dtype, values in zip(dtypes, cells, strict=True)]
    return Frame(names, tuple(columns), len(rows))


def _column(dtype: np.dtype[Any] | None, values: tuple[Any, ...]) -> Column:
    if dtype is None:
        return list(values)
    column: Column = np.array(values, dtype)
    return column


def assembled(parts: Sequence[Frame | Row]) -> Frame:
    """The rows of all parts, in order; the parts must have the same columns."""
    rows = [part for part in parts if isinstance(part, Row)]
    if len(rows) == len(parts):
        return stacked(rows)
    return concat([stacked([part]) if isinstance(part, Row) else part for part in parts])
