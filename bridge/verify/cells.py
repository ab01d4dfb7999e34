"""cells: one column of the data, as the service is sent it and as the fresh session gets it.

Sent are JSON values. A cell that JSON or the field's type cannot hold is sent as it stands,
for the service to refuse. The fresh session gets what R makes of such a cell when a user
reads it as the field's type: NA, or Inf. NaN counts as missing, since JSON has no other
word for it.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

from bridge.frame import ABSENT, RawFrame
from bridge.schema import Predictor, Schema
from bridge.verify.cannot import CannotVerify
from bridge.verify.exchange import Vector

_NUMBER = re.compile(r"\s*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|Inf|NaN)\s*", re.ASCII)
# As R's as.logical() reads them; pandas writes True and False.
_BOOLEANS = {
    **dict.fromkeys(("TRUE", "true", "True", "T"), True),
    **dict.fromkeys(("FALSE", "false", "False", "F"), False),
}
_INT_RANGE = range(-(2**31) + 1, 2**31)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The rows: ``records`` to send, and ``vectors`` for R, one per field."""

    records: list[dict[str, Any]]
    vectors: list[Vector]


def prepare(data: RawFrame, schema: Schema) -> Prepared:
    """The rows for both roads; columns that are no field are left out. Raises CannotVerify."""
    lacking = [name for name in schema.names if name not in data.columns]
    if lacking:
        raise CannotVerify(
            f"the data have no column {', '.join(lacking)}: the model takes "
            f"{', '.join(schema.names)}, the data hold {', '.join(data.columns)}"
        )
    records: list[dict[str, Any]] = [{} for _ in range(data.rows)]
    vectors = []
    for field in schema.predictors:
        values = [_value(cell, field, data.text) for cell in data.columns[field.name]]
        for record, value in zip(records, values, strict=True):
            if value is not ABSENT:
                record[field.name] = _sent(value)
        vectors.append(_vector(values, field))
    return Prepared(records, vectors)


def _value(cell: Any, field: Predictor, text: bool) -> Any:
    """The cell with its type; text that is not of the field's type stays text."""
    if not text or cell is ABSENT:
        return cell
    if cell == "" or (cell == "NA" and field.type != "string"):
        return cell if cell in field.levels else None
    if field.type == "number" and _NUMBER.fullmatch(cell):
        return float(cell)
    if field.type == "integer" and _NUMBER.fullmatch(cell):
        number = float(cell)
        return int(number) if number.is_integer() else number
    return _BOOLEANS.get(cell, cell) if field.type == "boolean" else cell


def _sent(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Inf" if value > 0 else "-Inf")
    return value


def _vector(values: list[Any], field: Predictor) -> Vector:
    if field.type == "number":
        return Vector("double", [_double(value) for value in values])
    if field.type == "integer":
        return Vector("integer", [_integer(value) for value in values])
    if field.type == "boolean":
        return Vector("logical", [v if isinstance(v, bool) else None for v in values])
    return Vector("character", [_text(value) for value in values])


def _double(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _integer(value: Any) -> int | None:
    number = _double(value)
    if number is None or not number.is_integer() or int(number) not in _INT_RANGE:
        return None
    return int(number)


def _text(value: Any) -> str | None:
    """Text as R has it: of a number or a boolean, what ``as.character`` gives."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return f"{value:.15g}" if math.isfinite(value) else None
    if not isinstance(value, str) or "\0" in value or not _is_unicode(value):
        return None
    return value


def _is_unicode(text: str) -> bool:
    """False if half of a surrogate pair stands in the text, which UTF-8 cannot hold."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
