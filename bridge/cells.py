"""Cells: a column whose cells are read all at once: one that Arrow has read, or texts of CSV.

What is told here of all cells is what ``convert`` would say of their list, cell by cell; where
that is not certain, nothing is told, and the list decides. pyarrow is imported on first use.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.convert import MISSING_TEXTS
from bridge.frame import NA_INT, NA_REAL
from bridge.numerals import doubles, int32s
from bridge.texts import Codes

_NA_REAL_BITS = np.float64(NA_REAL).view(np.uint64)


def is_utf8(body: bytes) -> bool:
    """True of text; Arrow does not tell of what it reads."""
    import pyarrow as pa

    if body.isascii():
        return True
    ends = pa.py_buffer(np.array([0, len(body)], np.int64))
    whole = pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(body))
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


class Typed(NamedTuple):
    """A column, and whether some cell of it is NA."""

    column: Any
    missing: bool


class Cells:
    """``array`` is a chunked array; ``listed`` makes of one chunk the cells that a list has.

    ``text``: these are text that is still to be read as the field's type.
    """

    __slots__ = ("_array", "_listed", "text")

    def __init__(self, array: Any, listed: Callable[[Any], Any], text: bool = False) -> None:
        self._array = array
        self._listed = listed
        self.text = text

    def __len__(self) -> int:
        return len(self._array)

    def tolist(self) -> list[Any]:
        """The cells, as Python objects."""
        return [cell for chunk in self._array.chunks for cell in self._listed(chunk)]

    def take(self, rows: Sequence[int]) -> "Cells":
        """Those of some rows."""
        return Cells(self._array.take(rows), self._listed, self.text)

    def numbers(self) -> Typed | None:
        """As float64, if each is a finite number or missing."""
        array = _parsed(self._array) if self.text else self._array
        values = None if array is None else _floats(array)
        if values is None or (self.text and np.isnan(values).sum() != array.null_count):
            return None
        missing = np.isnan(values)
        if np.isinf(values).any():
            return None
        values.view(np.uint64)[missing] = _NA_REAL_BITS
        return Typed(values, bool(missing.any()))

    def integers(self) -> Typed | None:
        """As int32, if each is a whole number that fits or missing."""
        values = None if self.text else _floats(self._array)
        if values is None:
            return None
        missing = np.isnan(values)
        values[missing] = 0
        if not ((np.abs(values) < -NA_INT) & (values == np.trunc(values))).all():
            return None
        whole = values.astype(np.int32)
        whole[missing] = NA_INT
        return Typed(whole, bool(missing.any()))

    def coded(self) -> tuple[list[Any], Codes]:
        """Each cell that occurs, and which of these the cells are, counted from 0."""
        import pyarrow as pa

        array = self._array
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        whole = array.unify_dictionaries().combine_chunks()
        chunks = whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]
        values = self._listed(chunks[0].dictionary)
        codes = [chunk.indices.fill_null(len(values)).to_numpy() for chunk in chunks]
        return [*values, *([None] if array.null_count else [])], _as_codes(codes)


class TextCells:
    """The same of a list of texts, or of what stands where a line has none."""

    __slots__ = ("_cells",)
    text = True

    def __init__(self, cells: list[Any]) -> None:
        self._cells = cells

    def tolist(self) -> list[Any]:
        """The cells."""
        return self._cells

    def numbers(self) -> Typed | None:
        """As float64, if each is a finite number as JSON writes it or missing."""
        return _present(self._cells, doubles, NA_REAL)

    def integers(self) -> Typed | None:
        """As int32, if each is a whole number that fits, as JSON writes it, or missing."""
        return _present(self._cells, int32s, NA_INT)

    def coded(self) -> tuple[list[Any], Codes]:
        """Each cell that occurs, and which of these the cells are, counted from 0."""
        places = {cell: place for place, cell in enumerate(dict.fromkeys(self._cells))}
        codes = np.fromiter(map(places.__getitem__, self._cells), np.int32, len(self._cells))
        return list(places), codes


def _present(cells: list[Any], read: Callable[[list[Any]], Any], missing: Any) -> Typed | None:
    """What ``read`` makes of the cells, or of those that are not missing."""
    column = read(cells)
    if column is not None:
        return Typed(column, False)
    gone = [cell in MISSING_TEXTS for cell in cells]
    if not any(gone):
        return None
    column = read(["0" if no else cell for cell, no in zip(cells, gone, strict=True)])
    if column is None:
        return None
    column[gone] = missing
    return Typed(column, True)


def _as_codes(parts: list[npt.NDArray[Any]]) -> Codes:
    codes: Codes = np.concatenate(parts).astype(np.int32)
    return codes


def _floats(array: Any) -> npt.NDArray[np.float64] | None:
    """A copy of the numbers, NaN where one is missing; None if they are of another type."""
    import pyarrow as pa

    if not (pa.types.is_floating(array.type) or pa.types.is_integer(array.type)):
        return None
    values, start = np.empty(len(array), np.float64), 0
    for chunk in array.chunks:
        if chunk.null_count and pa.types.is_integer(chunk.type):
            chunk = chunk.cast(pa.float64(), safe=False)  # noqa: PLW2901
        values[start : start + len(chunk)] = chunk.to_numpy(zero_copy_only=False)
        start += len(chunk)
    return values


def _parsed(array: Any) -> Any:
    """Texts as numbers; None if one is neither a number nor missing."""
    import pyarrow as pa
    from pyarrow import compute

    missing = compute.is_in(array, value_set=pa.array(MISSING_TEXTS))
    try:
        return compute.cast(compute.if_else(missing, None, array), pa.float64())
    except pa.ArrowInvalid:
        return None
