"""fields: what a cell of each field may be, exactly as ``coerce`` takes it from JSON."""

from collections.abc import Iterator
from typing import Any

import orjson

from bridge.convert import Unfit, converter
from bridge.frame import NA_INT
from bridge.openapi.facts import Json
from bridge.policy import Policy
from bridge.schema import Predictor

_TYPES: dict[str, Json] = {
    "number": {"type": "number"},
    "integer": {"type": "integer", "minimum": NA_INT + 1, "maximum": -NA_INT - 1},
    "string": {"type": "string", "pattern": "^[^\\u0000]*$"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date", "description": 'A day, as "2024-02-29".'},
    "datetime": {
        "type": "string",
        "format": "date-time",
        "description": 'A time, as "2024-02-29T12:30:00Z"; UTC where it names no offset.',
    },
}
_BOOLEANS = {"TRUE": True, "true": True, "FALSE": False, "false": False}
_ATOMS = ["string", "number", "boolean"]


def cell(predictor: Predictor, policy: Policy) -> Json:
    """The schema of one cell of ``predictor``, whose policy is ``policy``."""
    fits = _fits(predictor)
    if policy.null is not None:
        fits = _or_null(fits)
    wider = list(_replaced(predictor, policy))
    return {"anyOf": [fits, *wider]} if wider else fits


def _fits(predictor: Predictor) -> Json:
    if predictor.type != "factor":
        return dict(_TYPES[predictor.type])
    return {"enum": [*predictor.levels, *_unquoted_levels(predictor)]}


def _unquoted_levels(predictor: Predictor) -> Iterator[bool | float]:
    """The numbers and booleans that stand for a level."""
    convert = converter(predictor)
    for level in predictor.levels:
        value = _unquoted(level)
        if value is None:
            continue
        try:
            convert([value])
        except Unfit:
            continue
        yield value


def _unquoted(level: str) -> bool | float | None:
    try:
        value = _BOOLEANS[level] if level in _BOOLEANS else orjson.loads(level)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, bool | int | float) else None


def _or_null(fits: Json) -> Json:
    if "enum" in fits:
        return {**fits, "enum": [*fits["enum"], None]}
    return {**fits, "type": [fits["type"], "null"]}


def _replaced(predictor: Predictor, policy: Policy) -> Iterator[Json]:
    """What does not fit, and is replaced by a level or by NA."""
    is_factor = predictor.type == "factor"
    if is_factor and policy.unseen is not None:
        yield {"type": _ATOMS, "description": f"Becomes {_shown(policy.unseen.cell)}."}
    if policy.invalid is not None:
        types = ["array", "object"] if is_factor else [*_ATOMS, "array", "object"]
        yield {"type": types, "description": f"Becomes {_shown(policy.invalid.cell)}."}


def _shown(cell: Any) -> str:
    return "NA" if cell is None else orjson.dumps(cell).decode()
