"""records: a list of JSON values, a record each, as columns.

A record is an object, ``{"x": 1, "g": "F"}``; an array in the model's order of fields,
``[1, "F"]``; either in SageMaker's wrapping, ``{"features": [1, "F"]}`` or
``{"data": {"features": {"values": [1, "F"]}}}``; or, of a model with one field, a value.
"""

from itertools import chain
from typing import Any

from bridge.codecs.reading import Reading
from bridge.errors import NoRows, WrongShape
from bridge.frame import ABSENT, RawFrame

_WRAPPED = {"features": (list, dict), "data": (dict,)}
SHAPES = 'send one record {...}, records [{...}, ...] or columns {"field": [...], ...}'


def records(
    data: list[Any], reading: Reading, names: tuple[str, ...] = (), start: int = 0
) -> RawFrame:
    """Those that are arrays are in the order of ``names``.

    Raises NoRows, WrongShape, which count rows from ``start``.
    """
    if not data:
        raise NoRows("the array is empty; send at least one record")
    first = data[0]
    if type(first) is dict and is_wrapped(first, reading):
        data = [_unwrapped(value, row, reading) for row, value in enumerate(data, start)]
        first = data[0]
    if type(first) is list:
        return rows(data, reading, names, start)
    if type(first) is not dict and len(reading.names) == 1:
        if not names:
            return RawFrame({reading.names[0]: data}, len(data))
        return rows([[value] for value in data], reading, names)
    return _objects(data, reading, start)


def rows(
    data: list[Any], reading: Reading, names: tuple[str, ...] = (), start: int = 0
) -> RawFrame:
    """Arrays in the order of ``names``, by default the model's; raises NoRows, WrongShape."""
    if not data:
        raise NoRows("the array is empty; send at least one row")
    if set(map(type, data)) != {list} or set(map(len, data)) != {len(names or reading.names)}:
        _check_rows(data, reading, len(names), start)
    columns = [list(column) for column in zip(*data, strict=True)]
    return RawFrame(dict(zip(names or reading.names, columns, strict=True)), len(data))


def _check_rows(data: list[Any], reading: Reading, width: int, start: int) -> None:
    """Raises WrongShape for the first row that is no array of ``width`` values."""
    for row, values in enumerate(data, start):
        if type(values) is not list:
            raise WrongShape(f"row {row} is a JSON {kind(values)}, not an array; {SHAPES}")
        if not width:
            reading.check_width(row, len(values))
        elif len(values) != width:
            raise WrongShape(f"row {row} has {len(values)} values for {width} columns")


def is_wrapped(record: dict[str, Any], reading: Reading) -> bool:
    """True if ``record`` holds its values under a key that is no field."""
    return len(record) == 1 and any(
        type(record.get(key)) in kinds and key in reading.conventions
        for key, kinds in _WRAPPED.items()
    )


def _unwrapped(record: Any, row: int, reading: Reading) -> Any:
    if type(record) is not dict or not is_wrapped(record, reading):
        raise WrongShape(f"row {row} is not of the form of row 0")
    (value,) = record.values()
    if type(value) is dict and set(value) == {"features"}:
        value = value["features"]
    if type(value) is dict and set(value) == {"values"}:
        value = value["values"]
    if type(value) is dict and value.keys() & {"keys", "values", "features"}:
        raise WrongShape(f"row {row}: features are an array of values, one per field; {SHAPES}")
    return value


def _objects(data: list[Any], reading: Reading, start: int) -> RawFrame:
    if set(map(type, data)) != {dict}:
        row = next(row for row, record in enumerate(data) if type(record) is not dict)
        what = f"row {row + start} is a JSON {kind(data[row])}"
        raise WrongShape(f"{what}, not an object; {SHAPES}")
    names = dict.fromkeys(chain.from_iterable(data))
    reading.check_cells(len(data), len(names), sum(map(len, data)))
    # Of a column that is not read, its name may matter: the model may refuse it.
    columns: dict[str, Any] = {name: [] for name in names}
    for name in reading.names or names:
        if name in names:
            columns[name] = [record.get(name, ABSENT) for record in data]
    return RawFrame(columns, len(data))


def kind(data: object) -> str:
    """What JSON calls such a value."""
    if isinstance(data, dict | list):
        return "object" if isinstance(data, dict) else "array"
    if isinstance(data, str):
        return "string"
    return "null" if data is None else "boolean" if isinstance(data, bool) else "number"
