"""conventions: JSON objects in the forms of SageMaker, TensorFlow Serving and MLflow.

``instances`` and ``dataframe_records`` hold records, ``dataframe_split`` names its columns
apart from its rows, ``inputs`` holds records or columns. Beside one of them, or beside the
fields themselves, ``parameters`` or ``params`` may stand, for predict(). A model that has a
field of such a name gets the field.
"""

from typing import Any

from bridge.codecs.reading import PARAMETERS, TABLES, Reading
from bridge.codecs.records import SHAPES, is_wrapped, kind, records, rows
from bridge.errors import NoRows, UnevenColumns, WrongShape
from bridge.frame import RawFrame


def conventional(data: dict[str, Any], reading: Reading) -> RawFrame:
    """An object with at least one key that may be one of a convention."""
    parameters: dict[str, Any] = {}
    for key in PARAMETERS:
        if key in reading.conventions and key in data:
            parameters |= _parameters(data.pop(key), key)
    raw = _table(data, reading)
    return raw._replace(parameters=parameters) if parameters else raw


def _parameters(value: Any, key: str) -> dict[str, Any]:
    """What stands for predict(); null is nothing."""
    if value is not None and type(value) is not dict:
        raise WrongShape(f'"{key}" is a JSON {kind(value)}, not an object of arguments')
    return value or {}


def _table(data: dict[str, Any], reading: Reading) -> RawFrame:
    found = [key for key in TABLES if key in data and key in reading.conventions]
    if not found:
        return _wrapped(data, reading) if is_wrapped(data, reading) else columns(data)
    table = data.pop(found[0])
    names = _feature_names(data) if found[0] == "instances" else ()
    if data:
        raise WrongShape(f'beside "{found[0]}" only "parameters" may stand')
    if found[0] == "dataframe_split":
        return _split(table, reading)
    if type(table) is list:
        return records(table, reading, names)
    if found[0] == "inputs" and type(table) is dict:
        return columns(table)
    raise WrongShape(f'"{found[0]}" is a JSON {kind(table)}, not an array of records')


def _feature_names(data: dict[str, Any]) -> tuple[str, ...]:
    """The order of the fields in rows, where the client tells it."""
    names = data.get("feature_names")
    return _names(data.pop("feature_names"), "feature_names") if names is not None else ()


def _names(names: Any, place: str) -> tuple[str, ...]:
    if type(names) is not list or not all(type(name) is str for name in names):
        raise WrongShape(f'"{place}" is not an array of names')
    if not names:
        raise WrongShape(f'"{place}" names no column')
    if len(set(names)) < len(names):
        raise WrongShape(f'"{place}" names a column twice')
    return tuple(names)


def _wrapped(data: dict[str, Any], reading: Reading) -> RawFrame:
    """One record, or rows, where no ``instances`` stand around them."""
    (value,) = data.values()
    if type(value) is list and value and type(value[0]) is list:
        return rows(value, reading)
    return records([data], reading)


def _split(table: Any, reading: Reading) -> RawFrame:
    if type(table) is not dict or not {"data"} <= table.keys() <= {"columns", "index", "data"}:
        raise WrongShape('"dataframe_split" is an object with "columns" and "data"')
    names = _names(table["columns"], "columns") if "columns" in table else ()
    if type(table["data"]) is not list:
        raise WrongShape('"data" of "dataframe_split" is not an array of rows')
    return rows(table["data"], reading, names)


def columns(data: dict[str, Any]) -> RawFrame:
    """One record, or an object of arrays."""
    for value in data.values():
        if type(value) is list:
            return _arrays(data)
    return RawFrame({name: [value] for name, value in data.items()}, 1)


def _arrays(data: dict[str, Any]) -> RawFrame:
    lengths = {len(value) for value in data.values() if type(value) is list}
    scalars = [name for name, value in data.items() if type(value) is not list]
    if scalars:
        raise WrongShape(f'"{scalars[0][:60]}" is a single value beside arrays; {SHAPES}')
    if len(lengths) > 1:
        told = ", ".join(f"{name[:30]}: {len(value)}" for name, value in data.items())
        raise UnevenColumns(f"the arrays differ in length ({told[:300]})")
    if lengths == {0}:
        raise NoRows("the arrays are empty; send at least one row")
    return RawFrame(data, lengths.pop())
