"""record: a JSON body that is one record, read straight to a Row.

What most requests are, and what they are read by: tables that are made once for a model. Any
other body, and any record that does not fit as it stands, is read by ``codecs`` and
``coerce``, which tell every error; what this reads is read alike by them.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np
import orjson

from bridge.convert import INT_RANGE, Unfit, days, seconds
from bridge.row import Row, RowType
from bridge.schema import Predictor, Schema

_DTYPES: dict[str, Any] = {
    **dict.fromkeys(("number", "date", "datetime"), np.dtype(np.float64)),
    **dict.fromkeys(("integer", "factor"), np.dtype(np.int32)),
    "boolean": np.dtype(np.int8),
    "string": None,
}
_MOST_TYPES = 1024
_SHORT = 512  # bytes


class RecordReader:
    """Reads records of one schema, of which a text may have ``most_text`` characters."""

    def __init__(self, schema: Schema, most_text: int) -> None:
        predictors = schema.predictors
        self._count = len(predictors)
        self._cells = _getter(schema.names)
        self._type = RowType(schema.names, tuple(_DTYPES[p.type] for p in predictors))
        self._most_bytes = most_text
        self._fitting = [_json_types(p) for p in predictors]
        # Types of cells that fit, and how many quotes stand in a record of such cells.
        self._known: dict[tuple[type, ...], int] = {}
        self._made = [(i, make) for i, p in enumerate(predictors) if (make := _maker(p))]

    def read(self, body: bytes) -> Row | None:
        """The record in ``body``; None if it is to be read by others."""
        size = len(body)
        # What is long may well be arrays, which others would parse again.
        if size > _SHORT and b"[" in body:
            return None
        # Without escapes no text holds NUL or a quote, and none is longer than the body.
        if size > self._most_bytes or body.find(b"\\") >= 0:  # half of what "in" takes
            return None
        try:
            record = orjson.loads(body)
            cells = self._cells(record)
            types = tuple(map(type, cells))
            quotes = self._known.get(types) or self._learn(types)
            # More of either, and there is another field, or a key that stands twice.
            if quotes != body.count(b'"') or len(record) != self._count:
                return None
            if self._made:
                cells = list(cells)
                for i, make in self._made:
                    cells[i] = make(cells[i])
        except (orjson.JSONDecodeError, KeyError, TypeError, Unfit):
            return None
        return Row(self._type, cells)

    def _learn(self, types: tuple[type, ...]) -> int:
        """How many quotes a record of such cells has; raises Unfit if they do not fit."""
        if not all(t in fit for t, fit in zip(types, self._fitting, strict=True)):
            raise Unfit
        quotes = 2 * (len(types) + types.count(str))
        if len(self._known) < _MOST_TYPES:
            self._known[types] = quotes
        return quotes


def _getter(names: tuple[str, ...]) -> Callable[[dict[str, Any]], Any]:
    """What takes the cells from a record; raises KeyError, or TypeError if it is none."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda record: (record[names[0]],)


def _json_types(predictor: Predictor) -> tuple[type, ...]:
    if predictor.type == "number":
        return (float, int)
    return ({"integer": int, "boolean": bool}.get(predictor.type, str),)


def _maker(predictor: Predictor) -> Callable[[Any], Any] | None:
    """What makes a cell of a JSON value of the right type; raises KeyError, Unfit."""
    if predictor.type == "factor":
        return {level: code for code, level in enumerate(predictor.levels, 1)}.__getitem__
    return {"integer": _integer, "date": days, "datetime": seconds}.get(predictor.type)


def _integer(value: int) -> int:
    if value in INT_RANGE:
        return value
    raise Unfit
