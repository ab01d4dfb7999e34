"""NumPy's .npy, in and out, without pickle.

In: an array with named fields has a column each; a matrix has the model's fields in order,
a record a row; a vector is one record, or the column of a model with one field.

Out: one column is a vector, several of numbers are a matrix, others an array with named
fields. A number that is NA is NaN with R's own bits; texts have no NA in NumPy.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.answer import Answer
from bridge.codecs.cells import cells
from bridge.codecs.malformed import malformed
from bridge.codecs.pieces import CELLS
from bridge.codecs.reading import CELL_BYTES, PLAIN, Reading
from bridge.codecs.shapes import names
from bridge.errors import NoRows, NotAcceptable, WrongShape
from bridge.frame import NA_BOOL, NA_INT, NA_REAL, Column, RawFrame, plain
from bridge.texts import Strings, Texts

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_MOST_DIMENSIONS = 2


def decode(body: bytes, reading: Reading = PLAIN, _: Mapping[str, str] | None = None) -> RawFrame:
    """Raises WrongShape, NoRows, BodyTooLarge."""
    array = _array(body)
    reading.check_size(array.size * len(array.dtype.names or "x") * CELL_BYTES)
    if array.ndim > _MOST_DIMENSIONS or (array.dtype.names and array.ndim > 1):
        raise WrongShape(f"the array has {array.ndim} dimensions; send a row a record")
    if fields := array.dtype.names:
        array = array.reshape(-1)
        found = {name: array[name] for name in fields}
    else:
        found = _by_position(array, reading)
    if not array.size:
        raise NoRows("the array is empty; send at least one row")
    columns = {name: _cells(name, column, reading) for name, column in found.items()}
    return RawFrame(columns, len(next(iter(columns.values()))))


def _array(body: bytes) -> npt.NDArray[Any]:
    """As ``numpy.load`` would, but the header of a small body can claim no large array."""
    file = io.BytesIO(body)
    try:
        shape, is_fortran, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
    except Exception as error:  # NumPy's, those of tokenize, of ast, of dtype()
        raise malformed("a .npy array", error) from None
    if dtype.hasobject:
        raise WrongShape("the array holds Python objects, which are not read")
    try:
        flat = np.frombuffer(body, dtype, offset=file.tell())
        return flat.reshape(shape, order="F" if is_fortran else "C")
    except (ValueError, OverflowError) as error:
        raise malformed("a .npy array", error) from None


def _by_position(array: npt.NDArray[Any], reading: Reading) -> dict[str, npt.NDArray[Any]]:
    if array.ndim < _MOST_DIMENSIONS:
        array = array.reshape(-1, 1) if len(reading.names) == 1 else array.reshape(1, -1)
    reading.check_width(0, array.shape[1])
    return dict(zip(reading.names, array.T, strict=True))


def _cells(name: str, column: npt.NDArray[Any], reading: Reading) -> list[Any]:
    try:
        found = None if column.ndim > 1 else cells(column, name in reading.dates)
    except (OverflowError, SystemError, ValueError) as error:  # no characters, no time at all
        raise malformed("a .npy array", error) from None
    if found is None:
        raise WrongShape(f"{name[:60]}: an array of {str(column.dtype)[:60]} is not read")
    return found


def encode(answer: Answer) -> bytes:
    """Raises NotAcceptable where a text is missing."""
    columns = [_column(column) for column in answer.frame.columns]
    out = io.BytesIO()
    np.lib.format.write_array(out, _joined(names(answer), columns), allow_pickle=False)
    return out.getvalue()


def _of_texts(column: Strings | Texts) -> npt.NDArray[np.str_]:
    """Some after others, so that other threads run in between."""
    parts = [plain(column[at : at + CELLS]) for at in range(0, len(column), CELLS)]
    if any(None in part for part in parts):
        raise NotAcceptable("the answer lacks a text, and .npy has none that is missing")
    longest = max((len(max(part, key=len)) for part in parts), default=0)
    array = np.empty(len(column), f"<U{max(longest, 1)}")
    for place, part in enumerate(parts):
        array[place * CELLS : place * CELLS + len(part)] = part
    return array


def _joined(named: tuple[str, ...], columns: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    if len(columns) == 1:
        return columns[0]
    if all(column.dtype.kind in "fi" for column in columns):
        return np.column_stack([column.astype(np.float64) for column in columns])
    fields = [(name, column.dtype) for name, column in zip(named, columns, strict=True)]
    table = np.empty(len(columns[0]), fields)
    for name, column in zip(named, columns, strict=True):
        table[name] = column
    return table


def _column(column: Column) -> npt.NDArray[Any]:
    if isinstance(column, list | Texts):
        return _of_texts(column)
    missing = {np.dtype(np.int32): NA_INT, np.dtype(np.int8): NA_BOOL}.get(column.dtype)
    if missing is None:
        return column
    gone = column == missing
    if gone.any():
        return np.where(gone, NA_REAL, column)
    return column.astype(np.bool_) if column.dtype == np.int8 else column
