"""compare: the service's answer and the fresh session's, cell by cell, by their bits.

A double is the same if all 64 bits are. What JSON cannot hold as a number has one stated
form: NA is null, NaN, Inf and -Inf are strings.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridge.verify.service import Answered, Outcome, Refused
from bridge.verify.session import Columns, Fresh

_NA_WORD = 1954  # R tells NA from NaN by the low word of the payload
_SERVER_FAILED = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell, or one row, that is not the same; rows count from 1."""

    row: int
    column: str
    service: str
    fresh: str
    absolute: float | None = None
    relative: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that the service refused, and what the fresh session made of it."""

    row: int
    status: int
    code: str
    text: str
    outcome: str
    fresh: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows: each is identical, or has differences, or was refused.

    In ``replaced`` of those that were answered a policy had changed a cell, on both roads.
    """

    rows: int
    differences: list[Difference]
    refusals: list[Refusal]
    replaced: int

    @property
    def differing(self) -> int:
        """How many rows have a difference."""
        return len({difference.row for difference in self.differences})

    @property
    def identical(self) -> int:
        """How many rows have an answer without a difference."""
        return self.rows - self.differing - len(self.refusals)


def compare(outcomes: list[Outcome], fresh: list[Fresh]) -> Comparison:
    """``fresh`` holds an answer for each outcome, in order."""
    found: list[Difference] = []
    refusals: list[Refusal] = []
    rows = replaced = 0
    for outcome, answer in zip(outcomes, fresh, strict=True):
        if isinstance(outcome, Answered):
            rows += len(outcome.rows)
            replaced += len({cell.row for cell in outcome.replaced})
            found += _differences(outcome, answer)
            continue
        rows += 1
        refusal = _refusal(outcome, answer)
        if _failed(refusal):
            said = f"{outcome.status} {outcome.code}: {outcome.text}"
            found.append(Difference(refusal.row, "", said, refusal.fresh))
        else:
            refusals.append(refusal)
    by_row = sorted(found, key=lambda difference: difference.row)
    by_refused_row = sorted(refusals, key=lambda refusal: refusal.row)
    return Comparison(rows, by_row, by_refused_row, replaced)


def _failed(refusal: Refusal) -> bool:
    """True if the service failed at a row that R itself can answer."""
    return refusal.status >= _SERVER_FAILED and refusal.outcome in ("value", "NA")


def _differences(outcome: Answered, fresh: Fresh) -> list[Difference]:
    if fresh.kind != "answer":
        told = f"{fresh.kind}: {fresh.text}"
        return [Difference(row + 1, "", "an answer", told) for row in outcome.rows]
    served, own = _named(outcome.columns), _named(fresh.columns)
    if set(served) != set(own):
        names, own_names = ", ".join(served), ", ".join(own)
        return [Difference(row + 1, "(names)", names, own_names) for row in outcome.rows]
    return [
        _difference(outcome.rows[i], name, served[name][i], own[name][i])
        for name in served
        for i in _unlike(served[name], own[name])
    ]


def _named(columns: Columns) -> Columns:
    """In JSON a lone vector is called ``predictions``, whatever R calls it."""
    return {"prediction": columns["predictions"]} if [*columns] == ["predictions"] else columns


def _unlike(served: list[Any], own: Any) -> list[int]:
    """Where the two columns differ; doubles that are plain numbers are compared at once."""
    if isinstance(own, np.ndarray) and {*map(type, served)} <= {float}:
        bits = np.array(served, np.float64).view(np.int64) != own.view(np.int64)
        return [int(i) for i in np.flatnonzero(bits)]
    return [i for i, value in enumerate(served) if not same(value, own[i])]


def same(served: Any, own: Any) -> bool:
    """True if ``served``, from JSON, is the stated form of ``own``, from R."""
    if isinstance(own, np.float64):
        if np.isfinite(own):
            number = isinstance(served, int | float) and not isinstance(served, bool)
            return number and struct.pack("=d", served) == own.tobytes()
        return type(served) is type(form := _form(own)) and bool(served == form)
    if isinstance(own, bool) or own is None or isinstance(own, str):
        return type(served) is type(own) and bool(served == own)
    return isinstance(served, int | float) and not isinstance(served, bool) and served == own


def _form(own: np.float64) -> str | None:
    """How a double that is not finite stands in JSON; None is NA."""
    if np.isinf(own):
        return "Inf" if own > 0 else "-Inf"
    return None if int(own.view(np.uint64)) & 0xFFFFFFFF == _NA_WORD else "NaN"


def _difference(row: int, column: str, served: Any, own: Any) -> Difference:
    absolute = relative = None
    if _is_number(served) and _is_number(own):
        absolute = abs(float(served) - float(own))
        largest = max(abs(float(served)), abs(float(own)))
        relative = absolute / largest if largest else 0.0
    return Difference(row + 1, column, _shown(served), _shown(own), absolute, relative)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)


def _shown(value: Any) -> str:
    """Numbers with as many digits as tell them from every other."""
    if isinstance(value, np.float64) and not np.isfinite(value):
        value = _form(value)
    if isinstance(value, np.float64):
        value = value.item()
    return "NA" if value is None else json.dumps(value, ensure_ascii=False)


def _refusal(outcome: Refused, fresh: Fresh) -> Refusal:
    return Refusal(outcome.row + 1, outcome.status, outcome.code, outcome.text, *_made(fresh))


def _made(fresh: Fresh) -> tuple[str, str]:
    """Kind of what the fresh session made of a refused row, and the thing itself."""
    if fresh.kind != "answer":
        return fresh.kind, fresh.text
    cells = {name: _shown(column[0]) for name, column in fresh.columns.items()}
    if set(cells.values()) == {"NA"}:
        return "NA", "NA"
    if len(cells) == 1:
        return "value", next(iter(cells.values()))
    return "value", ", ".join(f"{name} {cell}" for name, cell in cells.items())
