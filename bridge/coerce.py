"""coerce: makes a RawFrame exactly what the Schema says, or tells every reason why not.

One converter per field type, prepared once per schema. Each has a quick test that the
whole column is good; only a column that fails it is looked at cell by cell. JSON cells
keep their types ("5" is no number); CSV cells are text and are read as the field's type.
Missing (JSON null, an empty CSV cell) becomes NA, and R answers as R does.
"""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from bridge.errors import MOST_PROBLEMS, InvalidInput, Problem
from bridge.frame import ABSENT, NA_BOOL, NA_INT, NA_REAL, Column, Frame, RawFrame
from bridge.schema import Predictor, Schema

SHOWN_CHARACTERS = 60
SHOWN_LEVELS = 20
MOST_BITS = 1024

_INT_RANGE = range(-(2**31) + 1, 2**31)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BOOLEANS = {"TRUE": True, "true": True, "T": True, "FALSE": False, "false": False, "F": False}
_EPOCH = date(1970, 1, 1).toordinal()
_NUMERIC = {float, int}

Converter = Callable[[list[Any]], Column]


class _Unfit(Exception):
    """The column holds a cell that is not of its type."""


class Coercer:
    """Coerces to one schema; safe to use again and again."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._names = schema.names
        self._known = frozenset(schema.names)
        self._fields = [_Field(predictor) for predictor in schema.predictors]

    def __call__(self, raw: RawFrame) -> Frame:
        """Frame with the schema's columns in the schema's order; raises InvalidInput."""
        columns, missing, unfit = [], False, []
        for field in self._fields:
            values = raw.columns.get(field.name)
            if values is not None and raw.text:
                values = field.read(values)
            column = None if values is None else field.convert(values)
            if column is None:
                unfit.append((field, values))
            else:
                columns.append(column)
                missing = missing or None in values  # type: ignore[operator]
        if unfit or (self.schema.refuse_unknown and not raw.columns.keys() <= self._known):
            raise InvalidInput(self._problems(raw, unfit))
        return Frame(self._names, tuple(columns), raw.rows, missing)

    def _problems(self, raw: RawFrame, unfit: list[tuple["_Field", Any]]) -> list[Problem]:
        problems: list[Problem] = []
        for field, values in unfit:
            if values is None:
                problems.append(field.absent(None))
            else:
                problems += field.problems(values, MOST_PROBLEMS - len(problems))
        if self.schema.refuse_unknown:
            problems += [_unknown(name) for name in raw.columns if name not in self._known]
        return sorted(problems[:MOST_PROBLEMS], key=lambda p: -1 if p.row is None else p.row)


class _Field:
    """One predictor with all that is needed to convert its cells."""

    def __init__(self, predictor: Predictor) -> None:
        self.name = predictor.name
        self.predictor = predictor
        self._codes = {level: i + 1 for i, level in enumerate(predictor.levels)}
        self._column: Converter = {
            "number": _numbers,
            "integer": _integers,
            "string": _strings,
            "boolean": _booleans,
            "date": _dates,
            "factor": self._factor,
        }[predictor.type]

    def convert(self, values: list[Any]) -> Column | None:
        """The typed column, or None if a cell does not fit."""
        try:
            return self._column(values)
        except _Unfit:
            return None

    def read(self, values: list[Any]) -> list[Any]:
        """CSV cells as the field's type; a cell that cannot be read stays text."""
        return [cell if cell is ABSENT else self._read_cell(cell) for cell in values]

    def _read_cell(self, cell: str) -> object:
        kind = self.predictor.type
        if cell == "" or (cell == "NA" and kind != "string"):
            return cell if cell in self._codes else None
        if kind == "number" and _NUMBER.fullmatch(cell):
            return float(cell)
        if kind == "integer" and _INTEGER.fullmatch(cell):
            return int(cell)
        return _BOOLEANS.get(cell, cell) if kind == "boolean" else cell

    def _factor(self, values: list[Any]) -> Column:
        codes = self._codes
        try:
            return np.array([NA_INT if v is None else codes[v] for v in values], np.int32)
        except (KeyError, TypeError):
            raise _Unfit from None

    def problems(self, values: list[Any], most: int) -> list[Problem]:
        """Up to ``most`` problems of a column that does not fit."""
        found: list[Problem] = []
        for row, value in enumerate(values):
            if len(found) >= most:
                break
            if value is ABSENT:
                found.append(self.absent(row))
            elif self.convert([value]) is None:
                found.append(self._problem(row, value))
        return found

    def absent(self, row: int | None) -> Problem:
        """The problem that the field is not there; ``row`` None: in no record at all."""
        return Problem("missing_field", f"{self.name}: is missing", self.name, row)

    def _problem(self, row: int, value: object) -> Problem:
        if self.predictor.type == "factor" and isinstance(value, str):
            text = f"{self.name}: {show(value)} is not one of {_level_list(self.predictor.levels)}"
            allowed = self.predictor.levels[:SHOWN_LEVELS]
            return Problem("unseen_level", text, self.name, row, _clip(value), allowed)
        text = f"{self.name}: {show(value)} is not {self._expected(value)}"
        code = "non_finite_number" if _is_non_finite(value) else "wrong_type"
        return Problem(code, text, self.name, row, _clip(value))

    def _expected(self, value: object) -> str:
        return {
            "number": "a number",
            "integer": "a whole number that fits 32 bits",
            "string": "a string" + (" without NUL" if isinstance(value, str) else ""),
            "boolean": "true or false",
            "date": 'a date as "YYYY-MM-DD"',
            "factor": f"a string (one of {_level_list(self.predictor.levels)})",
        }[self.predictor.type]


def _numbers(values: list[Any]) -> Column:
    types = set(map(type, values))
    if not types <= {float, int, type(None)}:
        raise _Unfit
    try:
        if float in types and not all(map(math.isfinite, filter(None, values))):
            raise _Unfit
        if not types <= _NUMERIC:
            values = [NA_REAL if v is None else v for v in values]
        return np.array(values, np.float64)
    except OverflowError:
        raise _Unfit from None


def _integers(values: list[Any]) -> Column:
    if set(map(type, values)) <= {int} and all(v in _INT_RANGE for v in values):
        return np.array(values, np.int32)
    return np.array([NA_INT if v is None else _integer(v) for v in values], np.int32)


def _integer(value: Any) -> int:
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and value in _INT_RANGE:
        return value
    raise _Unfit


def _strings(values: list[Any]) -> Column:
    if set(map(type, values)) <= {str, type(None)} and not any(v and "\0" in v for v in values):
        return values
    raise _Unfit


def _booleans(values: list[Any]) -> Column:
    if set(map(type, values)) <= {bool, type(None)}:
        return np.array([NA_BOOL if v is None else v for v in values], np.int8)
    raise _Unfit


def _dates(values: list[Any]) -> Column:
    return np.array([NA_REAL if v is None else _days(v) for v in values], np.float64)


def _days(value: Any) -> int:
    try:
        if type(value) is str and _DATE.fullmatch(value):
            return date.fromisoformat(value).toordinal() - _EPOCH
    except ValueError:
        pass
    raise _Unfit


def _unknown(name: str) -> Problem:
    return Problem("unknown_field", f"{show(name)}: is not a field of this model", _clip(name))


def _is_non_finite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _clip(value: Any) -> Any:
    """``value`` as it may stand in an error: long text cut, containers named."""
    if isinstance(value, str) and len(value) > SHOWN_CHARACTERS:
        return value[:SHOWN_CHARACTERS] + "…"
    return value if isinstance(value, str | int | float | bool | None) else show(value)


def show(value: object) -> str:
    """``value`` as a client would write it in JSON, cut to a readable length."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | dict):
        return "an array" if isinstance(value, list) else "an object"
    if isinstance(value, str):
        return '"' + str(_clip(value)).replace('"', '\\"') + '"'
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return f"a whole number of {value.bit_length()} bits"
    return str(value)


def _level_list(levels: tuple[str, ...]) -> str:
    shown = ", ".join(show(level) for level in levels[:SHOWN_LEVELS])
    more = len(levels) - SHOWN_LEVELS
    return f"{shown} and {more} more" if more > 0 else shown
