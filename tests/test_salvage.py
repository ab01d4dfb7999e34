"""Salvage: every row of a request has its own answer or its own error, whatever is wrong."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.errors import (
    MOST_PROBLEMS,
    InvalidInput,
    PredictionFailed,
    Problem,
    QueueFull,
    Rejected,
)
from bridge.frame import Frame, RawFrame, Replaced, Replacements, concat
from bridge.policy import read_policies
from bridge.promise import Promise
from bridge.request import Read
from bridge.salvage import Salvage, Submit
from bridge.schema import Predictor, Schema
from bridge.sift import sift
from bridge.wire import pack

SCHEMA = Schema((Predictor("x", "number"), Predictor("g", "factor", ("a", "b"))))
SAMPLE = Answer(Frame(("y", "s"), (np.array([1.0]), list[str | None](["t"])), 1), "records")
REFUSED, STOPS = -1.0, -2.0
FATES: dict[str, Any] = {"good": 2.0, "refused": REFUSED, "stops": STOPS, "unfit": "two"}


def submit(frames: Sequence[Frame], parameters: str) -> Promise[Answer]:
    """Doubles x, and says its text; rows of REFUSED are rejected, one of STOPS stops it all."""
    assert parameters == "{}"
    frame = concat(list(frames))
    promise = Promise[Answer]()
    x = np.asarray(frame.columns[0], np.float64)
    if (x == STOPS).any():
        promise.set_exception(PredictionFailed("stopped"))
    elif (x == REFUSED).any():
        rows = np.flatnonzero(x == REFUSED)[:MOST_PROBLEMS].tolist()
        promise.set_exception(Rejected([Problem("rejected", "refused", "x", row) for row in rows]))
    else:
        texts = list[str | None](f"{value:g}" for value in x)
        promise.set_result(Answer(Frame(("y", "s"), (x * 2, texts), len(x)), "records"))
    return promise


async def answered(raw: RawFrame, ask: Submit = submit, **policy: str) -> Answer:
    """What becomes of a request that was decoded."""
    frame, errors = sift(Coercer(SCHEMA, read_policies(policy)), raw)
    frames = () if frame is None else (frame,)
    read = Read(frames, "{}", raw.rows, tuple(errors.items()))
    whole = await Salvage(ask, SAMPLE).answer(read)
    cut = await Salvage(ask, SAMPLE).answer(read.in_blocks(2))
    assert pack(cut) == pack(whole) and cut.frame.errors == whole.frame.errors
    return whole


@given(st.lists(st.sampled_from([*FATES, "broken"]), min_size=1, max_size=30))
async def test_each_row_meets_its_own_fate(fates: list[str]) -> None:
    numbers = [
        FATES.get(fate, 0) + 0.001 * row if fate == "good" else FATES.get(fate, 0)
        for row, fate in enumerate(fates)
    ]
    broken = tuple((row, "broken") for row, fate in enumerate(fates) if fate == "broken")
    raw = RawFrame({"x": numbers, "g": ["a"] * len(fates)}, len(fates), broken=broken)
    answer = await answered(raw)
    wanted = {
        "refused": "refused",
        "stops": "stopped",
        "unfit": 'x: "two" is not a number',
        "broken": "broken",
    }
    errors = tuple((row, wanted[fate]) for row, fate in enumerate(fates) if fate != "good")
    assert answer.frame.errors == errors
    assert (answer.layout, answer.frame.names, answer.frame.rows) == (
        "records",
        ("y", "s"),
        len(fates),
    )
    doubled, texts = answer.frame.columns
    for row, fate in enumerate(fates):
        number = numbers[row]
        assert texts[row] == (f"{number:g}" if fate == "good" else None)
        assert doubled[row] == 2 * number if fate == "good" else np.isnan(float(doubled[row] or 0))


async def test_more_rows_than_an_error_lists_may_be_bad() -> None:
    count = 3 * MOST_PROBLEMS
    bad = [REFUSED, "two"] * count
    raw = RawFrame({"x": [*bad, 1], "g": ["a"] * (len(bad) + 1)}, len(bad) + 1)
    answer = await answered(raw)
    assert len(answer.frame.errors) == len(bad)
    assert answer.frame.columns[1][-1] == "1"


async def test_what_policies_replaced_is_told_beside_it() -> None:
    raw = RawFrame({"x": [1, "two", 3], "g": ["a", "b", "c"]}, 3)  # row 2 is the second that fits
    answer = await answered(raw, unseen="na")
    assert [row for row, _ in answer.frame.errors] == [1]
    assert answer.frame.replaced == Replacements(1, (Replaced(2, "g", "c", None),))


@pytest.mark.parametrize("columns", [{"x": [1, 2]}, {"g": ["a", "b"]}])
async def test_a_field_that_no_record_has_refuses_all(columns: dict[str, list[object]]) -> None:
    with pytest.raises(InvalidInput, match="is missing"):
        await answered(RawFrame(columns, 2))


async def test_what_is_no_record_s_fault_refuses_all() -> None:
    def full(frames: Sequence[Frame], parameters: str) -> Promise[Answer]:
        raise QueueFull("later")

    raw = RawFrame({"x": [1, "two"], "g": ["a", "a"]}, 2)
    with pytest.raises(QueueFull):
        await answered(raw, full)
