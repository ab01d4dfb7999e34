"""What the model must answer to a JSON body, worked out without R and without ``bridge``."""

import json
from datetime import date
from math import isclose
from typing import Any

from tests.soak.model import FIELDS

_DAY = date(1970, 1, 1)


def judged(body: bytes, answer: bytes, coefficients: dict[str, float]) -> bool | None:
    """Whether an answer to ``body`` is right; None where this does not know the form."""
    document = json.loads(body)
    records = [document] if isinstance(document, dict) else document
    if not records or not all(isinstance(r, dict) and FIELDS.keys() <= r.keys() for r in records):
        return None
    if any(isinstance(value, list) for value in records[0].values()):
        return None
    told = json.loads(answer)["predictions"]
    return len(told) == len(records) and all(
        _is_right(record, value, coefficients) for record, value in zip(records, told, strict=True)
    )


def _is_right(record: dict[str, Any], told: float | str | None, b: dict[str, float]) -> bool:
    if any(record[name] is None for name in FIELDS):
        return told is None
    if not _fits(record):
        return False
    level = 0.0 if str(record["g"]) == "a" else b["g" + str(record["g"])]
    days = (date.fromisoformat(record["day"]) - _DAY).days
    expected = b["(Intercept)"] + b["x"] * record["x"] + b["n"] * record["n"] + level
    expected += b["bTRUE"] * record["b"] + b["day"] * days
    return isclose(float(told or 0), expected, rel_tol=1e-6, abs_tol=1e-6)


def _fits(record: dict[str, Any]) -> bool:
    return (
        type(record["x"]) in (int, float)
        and type(record["n"]) in (int, float)
        and record["g"] in ("a", "b", "é")
        and type(record["b"]) is bool
        and type(record["day"]) is str
    )
