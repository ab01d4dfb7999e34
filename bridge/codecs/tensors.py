"""tensors: one tensor of the Open Inference Protocol, as cells in and as JSON out.

Its data is an array in JSON, flat or nested, or bytes behind the JSON (the extension of
Triton and KServe for binary data, little-endian). A value is what its text says: FP32 does not
round it. null is missing; so is NaN in bytes, as pandas means it.
"""

import math
from itertools import chain
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from bridge.codecs.cells import cells
from bridge.errors import InvalidInput, Problem, WrongShape
from bridge.frame import Column, plain
from bridge.schema import FieldType
from bridge.show import clip, show
from bridge.texts import Texts

_BYTES = "BYTES"
_DTYPES = {
    "BOOL": "?",
    **{f"UINT{bits}": f"<u{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": f"<i{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)},
}
_DATATYPES = (*_DTYPES, _BYTES)
_LENGTH_BYTES = 4  # in front of each text
_MOST_DIMENSIONS = 2
_OF_FIELDS = {"number": "FP64", "integer": "INT32", "boolean": "BOOL"}
_OF_COLUMNS = {np.dtype("f8"): "FP64", np.dtype("i4"): "INT32", np.dtype("i1"): "BOOL"}


class Tensor(NamedTuple):
    """``cells`` of ``rows`` rows, each of ``width``, row after row."""

    name: str
    rows: int
    width: int
    cells: list[Any]

    def columns(self) -> list[list[Any]]:
        """The cells of each column."""
        return [self.cells[start :: self.width] for start in range(self.width)]


def read_tensor(item: Any, binary: bytes | None) -> Tensor:
    """One of a request's ``inputs``; ``binary`` is its part of the body, if it has one.

    Raises WrongShape, InvalidInput.
    """
    name, datatype, rows, width = _head(item)
    data = item.get("data")
    if binary is not None:
        found = _of_bytes(name, datatype, binary)
    elif type(data) is list:
        found = _flat(name, data, rows, width)
        _check(name, datatype, found, width)
    else:
        raise WrongShape(f'input "{name}" has no "data", an array')
    if len(found) != rows * width:
        shape = item["shape"]
        raise WrongShape(
            f'input "{name}" has {len(found)} values, its shape {shape} is of {rows * width}'
        )
    return Tensor(item["name"], rows, width, found)


def _head(item: Any) -> tuple[str, str, int, int]:
    """Name as it may be shown, datatype, rows and width."""
    if type(item) is not dict or type(item.get("name")) is not str:
        raise WrongShape('each of "inputs" is an object with name, shape, datatype and data')
    name, datatype, shape = item["name"][:60], item.get("datatype"), item.get("shape")
    if datatype not in _DATATYPES:
        known = ", ".join(_DATATYPES)
        raise WrongShape(f'input "{name}": datatype {show(datatype)} is not one of {known}')
    if not _is_shape(shape):
        raise WrongShape(f'input "{name}": shape is [rows] or [rows, 1]')
    rows, width = (*shape, 1)[:_MOST_DIMENSIONS]
    return name, datatype, rows, width


def _is_shape(shape: Any) -> TypeGuard[list[int]]:
    return (
        type(shape) is list
        and 1 <= len(shape) <= _MOST_DIMENSIONS
        and all(type(size) is int and 0 <= size < 2**63 for size in shape)
        and shape[1:] != [0]
    )


def _flat(name: str, data: list[Any], rows: int, width: int) -> list[Any]:
    """``data`` without its nesting, if it has any."""
    if not data or type(data[0]) is not list:
        return data
    if len(data) != rows or any(type(row) is not list or len(row) != width for row in data):
        raise WrongShape(f'input "{name}": data is not nested as its shape [{rows}, {width}] says')
    return list(chain.from_iterable(data))


def _check(name: str, datatype: str, values: list[Any], width: int) -> None:
    """Raises InvalidInput if a value is not of the datatype."""
    kinds, low, high = _domain(datatype)
    types = set(map(type, values))
    if types <= kinds and (int not in kinds or _are_within(values, low, high)):
        return
    for place, value in enumerate(values):
        if type(value) not in kinds or not _are_within([value], low, high):
            text = f"{name}: {show(value)} is not {datatype}"
            raise InvalidInput(
                [Problem("wrong_type", text, name, place // width, clip(value))]
            ) from None


def _domain(datatype: str) -> tuple[set[type], float, float]:
    """The types of JSON's values, and between what whole numbers are."""
    missing = type(None)
    if datatype == _BYTES:
        return {str, missing}, -math.inf, math.inf
    dtype = np.dtype(_DTYPES[datatype])
    if dtype.kind == "b":
        return {bool, missing}, -math.inf, math.inf
    if dtype.kind == "f":
        return {float, int, missing}, -math.inf, math.inf
    limits = np.iinfo(dtype)
    return {int, missing}, int(limits.min), int(limits.max)


def _are_within(values: list[Any], low: float, high: float) -> bool:
    return all(type(value) is not int or low <= value <= high for value in values)


def _of_bytes(name: str, datatype: str, binary: bytes) -> list[Any]:
    if datatype == _BYTES:
        return _texts(name, binary)
    try:
        return cells(np.frombuffer(binary, _DTYPES[datatype])) or []
    except ValueError:
        raise WrongShape(f'input "{name}": {len(binary)} bytes are no {datatype}') from None


def _texts(name: str, binary: bytes) -> list[Any]:
    found, start = [], 0
    try:
        while start < len(binary):
            stop = start + _LENGTH_BYTES
            start, stop = stop, stop + int.from_bytes(binary[start:stop], "little")
            if stop > len(binary):
                raise WrongShape(f'input "{name}": its bytes end within a text')
            found.append(binary[start:stop].decode())
            start = stop
    except UnicodeDecodeError:
        raise WrongShape(f'input "{name}": text {len(found)} is not UTF-8') from None
    return found


def tensor(name: str, datatype: str) -> dict[str, Any]:
    """What the model's metadata tells of one, of any number of rows."""
    return {"name": name, "datatype": datatype, "shape": [-1]}


def input_datatype(kind: FieldType) -> str:
    """The datatype that a field of this type has in the model's metadata."""
    return _OF_FIELDS.get(kind, _BYTES)


def output_datatype(column: Column) -> str:
    """The datatype of an answer's column."""
    return _BYTES if isinstance(column, list | Texts) else _OF_COLUMNS[column.dtype]


def written(name: str, column: Column) -> dict[str, Any]:
    """One of a response's ``outputs``; cells as all JSON of the server writes them."""
    return {**head(name, column), "data": plain(column)}


def head(name: str, column: Column) -> dict[str, Any]:
    """The same without its data."""
    return {"name": name, "shape": [len(column)], "datatype": output_datatype(column)}
