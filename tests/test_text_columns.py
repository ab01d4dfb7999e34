"""Columns of CSV that are read whole: what they are, and what is wrong, is as of each row alone."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.coerce import Coercer
from bridge.errors import InvalidInput
from bridge.frame import ABSENT, Frame, RawFrame, concat
from bridge.policy import read_policies
from bridge.schema import FIELD_TYPES, Predictor, Schema
from tests.test_wire import same_frame

LEVELS = ("a", "NA", "5", "")
POLICIES = [
    read_policies({}),
    read_policies({"null": "reject"}),
    read_policies({"null": "na", "invalid": "na", "unseen": "na", "absent": "na"}),
]
GOOD = {
    "number": ["1", "-2.5", "0.1", "1e3"],
    "integer": ["7", "-7", "2147483647"],
    "string": ["t", "NA", "ü"],
    "boolean": ["TRUE", "false", "T"],
    "date": ["2024-02-29", "1969-12-31"],
    "datetime": ["2024-02-29T12:30:00Z", "1969-12-31 23:59:59.5"],
    "factor": ["a", "5"],
}
OTHERS = ["", "NA", "-0", ".5", "007", " 1", "x", "1,2", "1e999", "0001-13-01", ABSENT]


def schema(kind: Any) -> Schema:
    return Schema((Predictor("x", kind, LEVELS[:2] if kind == "factor" else ()),))


def whole(coerce: Coercer, cells: list[Any]) -> Any:
    try:
        return coerce(RawFrame({"x": cells}, len(cells), text=True), most=None)
    except InvalidInput as error:
        return [(p.row, p.code, p.text, p.value) for p in error.problems]


def row_by_row(coerce: Coercer, cells: list[Any]) -> Any:
    frames, problems = list[Frame](), list[Any]()
    for row, cell in enumerate(cells):
        found = whole(coerce, [cell])
        if isinstance(found, Frame):
            frames.append(found)
        else:
            problems += [(row, *problem[1:]) for problem in found]
    return problems or concat(frames)


def same(one: Any, other: Any) -> bool:
    if not isinstance(one, Frame) or not isinstance(other, Frame):
        return bool(one == other)
    return same_frame(one._replace(replaced=None), other._replace(replaced=None))


@pytest.mark.parametrize("kind", FIELD_TYPES)
@pytest.mark.parametrize("policies", POLICIES)
@given(others=st.lists(st.tuples(st.integers(0, 199), st.sampled_from(OTHERS)), max_size=4))
@example(others=[])
@example(others=[(0, "")])
@example(others=[(199, "x")])
def test_many_cells_are_read_as_each(kind: Any, policies: Any, others: list[Any]) -> None:
    coerce = Coercer(schema(kind), policies)
    cells: list[Any] = (GOOD[kind] * 200)[:200]
    for row, cell in others:
        cells[row] = cell
    assert same(whole(coerce, cells), row_by_row(coerce, cells))
