"""example: a request that shows the model at work, to be asked of it.

The first request of golden.jsonl that is answered; else a record with a usual value for
each field, where the model still tells one. Pure but for reading golden.jsonl.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.golden import first_answered
from bridge.schema import Predictor, Schema

HORIZON = 12
_PLAIN: dict[str, Any] = {
    "number": 1,
    "integer": 1,
    "string": "text",
    "boolean": True,
    "date": "2024-02-29",
    "datetime": "2024-02-29T12:30:00Z",
}


@dataclass(frozen=True, slots=True)
class Example:
    """``guessed`` names the fields for whose text nothing is known."""

    request: Any
    source: str
    guessed: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The request as one line of JSON."""
        return json.dumps(self.request, ensure_ascii=False)


def choose(golden: Path | None, schema: Schema, typical: dict[str, list[Any]]) -> Example:
    """``typical`` holds usual values by field, as R tells them."""
    if golden is not None and (found := first_answered(golden)) is not None:
        return Example(found, "golden.jsonl")
    record = {p.name: _value(p, typical.get(p.name)) for p in schema.predictors}
    guessed = [p.name for p in schema.predictors if p.type == "string" and p.name not in typical]
    return Example(record, "made from the fields", tuple(guessed))


def _value(field: Predictor, typical: list[Any] | None) -> Any:
    if field.name in ("n.ahead", "h") and field.type == "integer":
        return HORIZON
    if typical is None:
        return field.levels[0] if field.levels else _PLAIN[field.type]
    value = typical[0]
    return int(value) if isinstance(value, float) and value.is_integer() else value
