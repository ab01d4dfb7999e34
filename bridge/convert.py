"""convert: the cells of one field to a typed column, one converter per field type.

Each has a quick test that the whole column is good. JSON cells keep their types ("5" is
no number); CSV cells are text and are read as the field's type first. None is NA. A cell
that does not fit raises Unfit; whose it is and what to say of it is ``coerce``'s part.
"""

import math
import re
from collections.abc import Callable, Collection
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from bridge.frame import ABSENT, NA_BOOL, NA_INT, NA_REAL, Column
from bridge.numerals import doubles
from bridge.schema import Predictor
from bridge.spelling import spellings

INT_RANGE = range(-(2**31) + 1, 2**31)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOUR, _SIXTY = r"([01]\d|2[0-3])", r"([0-5]\d)"
_DATETIME = re.compile(
    rf"(\d{{4}}-\d{{2}}-\d{{2}})[T ]{_HOUR}:{_SIXTY}:{_SIXTY}(\.\d{{1,9}})?"
    rf"(?:Z|([+-]){_HOUR}:?{_SIXTY})?",
    re.ASCII,
)
# As R's as.logical() reads them; pandas writes True and False.
_BOOLEANS = {
    **dict.fromkeys(("TRUE", "true", "True", "T"), True),
    **dict.fromkeys(("FALSE", "false", "False", "F"), False),
}
_EPOCH = date(1970, 1, 1).toordinal()
_NUMERIC = {float, int}
MOST_TEXT = 1_000_000
_SOME = 64  # texts that are read at once: with one that cannot be, so many are read one by one
MISSING_TEXTS = ("", "NA")  # in CSV, but for strings, of which "NA" is one

Converter = Callable[[list[Any]], Column]


class Unfit(Exception):
    """The column holds a cell that is not of its type."""


def converter(predictor: Predictor, most_text: int = MOST_TEXT) -> Converter:
    """What makes columns of ``predictor``'s type; it raises Unfit.

    A text may have ``most_text`` characters.
    """
    if predictor.type == "factor":
        return _factor(predictor.levels)
    if predictor.type == "string":
        return partial(_strings, most_text)
    return _CONVERTERS[predictor.type]


def read_text(cells: list[Any], kind: str, levels: Collection[str]) -> list[Any]:
    """CSV cells as the field's type; a cell that cannot be read stays text."""
    if kind == "string":
        return [cell or None for cell in cells]
    if kind == "number" and len(cells) > _SOME:
        parts = [cells[start : start + _SOME] for start in range(0, len(cells), _SOME)]
        return list(chain.from_iterable(_read_numbers(part, levels) for part in parts))
    return [cell if cell is ABSENT else _read_cell(cell, kind, levels) for cell in cells]


def _read_numbers(cells: list[Any], levels: Collection[str]) -> list[Any]:
    column = doubles(cells)
    return read_text(cells, "number", levels) if column is None else list(column.tolist())


def _read_cell(cell: str, kind: str, levels: Collection[str]) -> object:
    if cell in MISSING_TEXTS:
        return cell if cell in levels else None
    if kind == "number" and _NUMBER.fullmatch(cell):
        return float(cell)
    if kind == "integer" and _INTEGER.fullmatch(cell):
        return int(cell)
    return _BOOLEANS.get(cell, cell) if kind == "boolean" else cell


def _numbers(values: list[Any]) -> Column:
    types = set(map(type, values))
    if not types <= {float, int, type(None)}:
        raise Unfit
    try:
        if float in types and not all(map(math.isfinite, filter(None, values))):
            raise Unfit
        if not types <= _NUMERIC:
            values = [NA_REAL if v is None else v for v in values]
        return np.array(values, np.float64)
    except OverflowError:
        raise Unfit from None


def _integers(values: list[Any]) -> Column:
    if set(map(type, values)) <= {int} and all(v in INT_RANGE for v in values):
        return np.array(values, np.int32)
    return np.array([NA_INT if v is None else _integer(v) for v in values], np.int32)


def _integer(value: Any) -> int:
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and value in INT_RANGE:
        return value
    raise Unfit


def _strings(most: int, values: list[Any]) -> Column:
    try:
        text = "".join(values)
    except TypeError:
        if None not in values:
            raise Unfit from None
        _strings(most, [value for value in values if value is not None])
        return values
    if "\0" in text or (len(text) > most and max(map(len, values)) > most):
        raise Unfit
    return values


def _booleans(values: list[Any]) -> Column:
    if set(map(type, values)) <= {bool, type(None)}:
        return np.array([NA_BOOL if v is None else v for v in values], np.int8)
    raise Unfit


def _dates(values: list[Any]) -> Column:
    return _times(days, values)


def _times(read: Callable[[Any], float], values: list[Any]) -> Column:
    """Each by ``read``; of many, which mostly repeat a few, those that are equal once."""
    try:
        known = {v: NA_REAL if v is None else read(v) for v in set(values)}
    except TypeError:  # arrays and objects
        raise Unfit from None
    return np.fromiter(map(known.__getitem__, values), np.float64, len(values))


def days(value: Any) -> int:
    """Days since 1970 of a text that is a date; raises Unfit."""
    try:
        if type(value) is str and _DATE.fullmatch(value):
            return date.fromisoformat(value).toordinal() - _EPOCH
    except ValueError:
        pass
    raise Unfit


def _datetimes(values: list[Any]) -> Column:
    return _times(seconds, values)


def seconds(value: Any) -> float:
    """Seconds since 1970 in UTC, rounded once, of a text that is a time; raises Unfit."""
    match = _DATETIME.fullmatch(value) if type(value) is str else None
    if match is None:
        raise Unfit
    day, hours, minutes, second, fraction, sign, *offset = match.groups()
    whole = days(day) * 86400 + _clock(hours, minutes) + int(second)
    if sign is not None:
        whole -= int(sign + "1") * _clock(*offset)
    return float(whole + Fraction("0" + fraction)) if fraction else float(whole)


def _clock(hours: str, minutes: str) -> int:
    return int(hours) * 3600 + int(minutes) * 60


_CONVERTERS: dict[str, Converter] = {
    "number": _numbers,
    "integer": _integers,
    "boolean": _booleans,
    "date": _dates,
    "datetime": _datetimes,
}


def _factor(levels: tuple[str, ...]) -> Converter:
    codes = {level: code for code, level in enumerate(levels, 1)}
    columns = {level: _constant(code) for level, code in codes.items()}

    def convert(values: list[Any]) -> Column:
        try:
            if len(values) == 1 and values[0] is not None:
                return columns[values[0]]
            return np.array([NA_INT if v is None else codes[v] for v in values], np.int32)
        except (KeyError, TypeError):
            spelled = [NA_INT if v is None else _code(v, codes) for v in values]
            return np.array(spelled, np.int32)

    return convert


def _constant(code: int) -> Column:
    """A column of one row, made once for all requests that have it."""
    column = np.array([code], np.int32)
    column.flags.writeable = False
    return column


def _code(value: Any, codes: dict[str, int]) -> int:
    """The level with the text of ``value``; a number that may be either of two is none."""
    texts = {value} if type(value) is str else _texts(value)
    found = [codes[text] for text in texts if text in codes]
    if len(found) != 1:
        raise Unfit
    return found[0]


def _texts(value: Any) -> Collection[str]:
    return spellings(value) if isinstance(value, bool | int | float) else ()
