"""JSON in: one record, an array of records, or an object of equal-length arrays.

``{"instances": [...]}`` is an array of records too. Beside the records, in an object, may
stand ``parameters`` for predict().

JSON out: ``{"predictions": [...]}``, or the object of arrays that an output_fn made.
Numbers are written as the shortest text that reads back to the same bits. NA is null; NaN
and infinite values, which JSON cannot hold, are the strings "NaN", "Inf" and "-Inf".
"""

import re
from typing import Any

import orjson

from bridge.answer import Answer
from bridge.errors import (
    MalformedJson,
    NonFiniteNumber,
    NoRows,
    RequestError,
    TruncatedJson,
    UnevenColumns,
    WrongShape,
)
from bridge.frame import ABSENT, RawFrame, Replaced, Replacements, plain

_NON_FINITE = re.compile(r"-?(NaN|Infinity|Inf|nan|inf)\b")
_SHAPES = 'send one record {...}, records [{...}, ...] or columns {"field": [...], ...}'


def decode(body: bytes) -> RawFrame:
    """Raises TruncatedJson, MalformedJson, NonFiniteNumber, WrongShape, NoRows, UnevenColumns."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _malformed(body, error) from None
    if isinstance(data, dict):
        return _with_parameters(data)
    if isinstance(data, list):
        return _records(data)
    raise WrongShape(f"the body is a JSON {_kind(data)}; {_SHAPES}")


def _with_parameters(data: dict[str, Any]) -> RawFrame:
    """No field takes an object or an array of them, so none is shadowed by these names."""
    parameters = data.pop("parameters") if type(data.get("parameters")) is dict else None
    instances = data.get("instances")
    if type(instances) is list and (not instances or type(instances[0]) is dict):
        if len(data) > 1:
            raise WrongShape('beside "instances" only "parameters" may stand')
        raw = _records(instances)
    else:
        raw = _object(data)
    return raw._replace(parameters=parameters) if parameters else raw


def _object(data: dict[str, Any]) -> RawFrame:
    if list not in set(map(type, data.values())):
        return RawFrame({name: [value] for name, value in data.items()}, 1)
    lengths = {len(value) for value in data.values() if type(value) is list}
    scalars = [name for name, value in data.items() if type(value) is not list]
    if scalars:
        raise WrongShape(f'"{scalars[0][:60]}" is a single value beside arrays; {_SHAPES}')
    if len(lengths) > 1:
        told = ", ".join(f"{name[:30]}: {len(value)}" for name, value in data.items())
        raise UnevenColumns(f"the arrays differ in length ({told[:300]})")
    if lengths == {0}:
        raise NoRows("the arrays are empty; send at least one row")
    return RawFrame(data, lengths.pop())


def _records(data: list[Any]) -> RawFrame:
    if not data:
        raise NoRows("the array is empty; send at least one record")
    for row, record in enumerate(data):
        if type(record) is not dict:
            raise WrongShape(f"row {row} is a JSON {_kind(record)}, not an object; {_SHAPES}")
    names = dict.fromkeys(name for record in data for name in record)
    return RawFrame({name: [r.get(name, ABSENT) for r in data] for name in names}, len(data))


def _malformed(body: bytes, error: orjson.JSONDecodeError) -> RequestError:
    text = body.decode("utf-8", "replace")
    where = f"line {error.lineno}, column {error.colno}"
    # At "-Infinity" the parser has taken the sign already.
    start = error.pos - (text[error.pos - 1 : error.pos] == "-")
    token = _NON_FINITE.match(text, start)
    if token:
        column = error.colno - (error.pos - start)
        what = f"{token.group()} at line {error.lineno}, column {column}"
        return NonFiniteNumber(f"{what} is no finite number; send null for missing")
    if "infinity" in error.msg:
        return NonFiniteNumber(
            f"a number too large for a double at {where} is no finite number; send null for missing"
        )
    if "end of data" in error.msg:
        return TruncatedJson(f"the JSON ends too early ({where})")
    return MalformedJson(f"the body is not JSON: {error.msg} at {where}")


def _kind(data: object) -> str:
    if isinstance(data, list):
        return "array"
    if isinstance(data, str):
        return "string"
    return "null" if data is None else "boolean" if isinstance(data, bool) else "number"


def encode(answer: Answer) -> bytes:
    """The answer as one JSON document, with what policies replaced in its request."""
    body = _body(answer)
    if answer.frame.replaced:
        body = _told(answer.frame.replaced) | body  # a column of that name stays
    return orjson.dumps(body)


def _body(answer: Answer) -> dict[str, Any]:
    frame = answer.frame
    columns = [plain(column) for column in frame.columns]
    if answer.layout == "columns":
        return dict(zip(frame.names, columns, strict=True))
    if answer.layout == "values":
        return {"predictions": columns[0]}
    rows = zip(*columns, strict=True)
    return {"predictions": [dict(zip(frame.names, row, strict=True)) for row in rows]}


def _told(replaced: Replacements) -> dict[str, Any]:
    return {
        "replaced": [_replaced(cell) for cell in replaced.listed],
        "replaced_count": replaced.total,
    }


def _replaced(cell: Replaced) -> dict[str, Any]:
    """As JSON; without ``value`` where none was sent."""
    return {key: value for key, value in cell._asdict().items() if value is not ABSENT}
