"""answers: what a model answers, by media type. Which columns it gives, only R knows."""

from typing import Any

from bridge.codecs import CSV, DEFAULT, ENCODERS, LINES, NPY, PARQUET, STREAM
from bridge.openapi.facts import Json, ref

_VALUES: Json = {"type": "array", "items": ref("Value")}
_REPLACED: Json = {
    "type": "object",
    "properties": {
        "row": {"type": "integer", "minimum": 0},
        "field": {"type": "string"},
        "value": {"description": "What was sent; not there if nothing was."},
        "became": {"type": ["string", "null"], "description": "A level, or null for NA."},
    },
    "required": ["row", "field", "became"],
    "additionalProperties": False,
}
_WRONG: Json = {
    "type": "object",
    "properties": {"row": {"type": "integer", "minimum": 0}, "message": {"type": "string"}},
    "required": ["row", "message"],
    "additionalProperties": False,
}
_TEXTS = {
    CSV: "A line a record, without a header unless Accept says header=present.",
    **dict.fromkeys(LINES, "A JSON object a line."),
}
_BINARY = {
    **dict.fromkeys(PARQUET, "Typed columns."),
    STREAM: "Arrow's IPC stream: typed columns.",
    NPY: "NumPy's format: a vector, a matrix or, where not all are numbers, named fields.",
}


def schemas() -> dict[str, Json]:
    """Every schema that an answer needs; ``Answer`` is a whole JSON body."""
    forms = ["Predictions", "AnswerColumns", "AnswerRecords"]
    return {
        "Value": {
            "type": ["number", "string", "boolean", "null"],
            "description": 'null is NA; "NaN", "Inf" and "-Inf" are what JSON has no number for.',
        },
        "AnswerRecord": {
            "type": "object",
            "additionalProperties": {"anyOf": [ref("Value"), _VALUES]},
        },
        "Replaced": _REPLACED,
        "Wrong": _WRONG,
        "Predictions": _predictions(),
        "AnswerColumns": _columns(),
        "AnswerRecords": {"type": "array", "items": ref("AnswerRecord")},
        "Answer": {"anyOf": [ref(form) for form in forms]},
    }


def _predictions() -> Json:
    values = {"type": "array", "items": {"anyOf": [ref("Value"), ref("AnswerRecord")]}}
    return {
        "type": "object",
        "description": "A value or an object a record, in order.",
        "properties": {
            "predictions": values,
            "replaced": {"type": "array", "items": ref("Replaced")},
            "replaced_count": {"type": "integer", "minimum": 0},
            "errors": {"type": "array", "items": ref("Wrong")},
            "error_count": {"type": "integer", "minimum": 1},
        },
        "required": ["predictions"],
        "additionalProperties": False,
    }


def _columns() -> Json:
    """A column may be called as what tells of cells or records, and then stands in its place."""
    count = {"anyOf": [{"type": "integer", "minimum": 0}, _VALUES]}
    told = {
        "replaced": {"type": "array", "items": {"anyOf": [ref("Replaced"), ref("Value")]}},
        "replaced_count": count,
        "errors": {"type": "array", "items": {"anyOf": [ref("Wrong"), ref("Value")]}},
        "error_count": count,
    }
    return {
        "type": "object",
        "description": "Columns, a value a record.",
        "properties": told,
        "additionalProperties": _VALUES,
    }


def content(example: Any = None) -> Json:
    """Every media type that is written; ``example`` is an answer in JSON."""
    found: Json = {name: {"schema": _schema(name)} for name in ENCODERS}
    if example is not None:
        found[DEFAULT]["examples"] = {"answer": {"value": example}}
    return found


def _schema(name: str) -> Json:
    if name == DEFAULT:
        return ref("Answer")
    if name in _TEXTS:
        return {"type": "string", "description": _TEXTS[name]}
    return {"description": _BINARY[name]}
