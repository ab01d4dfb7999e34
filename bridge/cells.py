"""Cells: a column of a long body, as Arrow has read it. pyarrow is imported on first use.

What is told here of all cells at once is what ``convert`` would say of their list, cell by
cell; where that is not certain, nothing is told, and the list decides.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.texts import Codes

_NA_REAL_BITS = np.uint64(0x7FF00000000007A2)
_NA_INT = -(2**31)
_MISSING_TEXTS = ("", "NA")  # of a number in CSV


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
        if not ((np.abs(values) < -_NA_INT) & (values == np.trunc(values))).all():
            return None
        whole = values.astype(np.int32)
        whole[missing] = _NA_INT
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

    missing = compute.is_in(array, value_set=pa.array(_MISSING_TEXTS))
    try:
        return compute.cast(compute.if_else(missing, None, array), pa.float64())
    except pa.ArrowInvalid:
        return None
