"""merging: what settles whether requests share a call of R, and what is proof of it."""

import json
import logging
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.errors import WorkerDied
from bridge.frame import NA_REAL, Frame, concat
from bridge.merging import MOST_PROOFS, decide, golden_frames, is_exact
from bridge.schema import Predictor, Schema
from bridge.wire import Call, Failure

COERCE = Coercer(Schema((Predictor("x", "number"),)))
Model = Callable[[np.ndarray], np.ndarray]  # type: ignore[type-arg]
Ask = Callable[[Call], Awaitable[Answer | Failure]]


def asking(model: Model) -> Ask:
    """A worker whose model turns the column x into a prediction."""

    async def ask(call: Call) -> Answer:
        column = model(np.asarray(call.frame.columns[0]))
        return Answer(Frame(("prediction",), (column,), call.frame.rows), "values")

    return ask


async def nobody(call: Call) -> Answer | Failure:
    raise AssertionError("R is not asked")


def golden(*requests: object, status: int = 200) -> list[str]:
    return [json.dumps({"request": r, "status": status, "response": {}}) for r in requests]


def frame(*values: float) -> Frame:
    return Frame(("x",), (np.array(values),), len(values))


THREE = golden({"x": 1}, {"x": 2.5}, [{"x": 3}, {"x": 4}])


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("obstacle", ["", "scale() in the formula"])
async def test_bridge_toml_has_the_last_word(wanted: bool, obstacle: str) -> None:
    assert await decide(wanted, obstacle, True, THREE, COERCE, nobody) is wanted


async def test_an_obstacle_in_the_formula_is_enough() -> None:
    assert not await decide(None, "scale() in the formula", False, THREE, COERCE, nobody)


async def test_a_row_by_row_formula_without_hooks_is_enough() -> None:
    assert await decide(None, "", False, [], COERCE, nobody)


async def test_hooks_that_give_the_same_bits_prove_it() -> None:
    assert await decide(None, "", True, THREE, COERCE, asking(lambda x: x * 0.1))


@pytest.mark.parametrize(
    "model",
    [
        lambda x: x - x.mean(),
        lambda x: x + np.spacing(x) * (len(x) > 2),
        lambda x: np.sort(x)[::-1],
        lambda x: np.where(len(x) > 2, NA_REAL, x),
        lambda x: np.where(len(x) > 2, -0.0, 0.0 * x),
    ],
)
async def test_hooks_whose_answers_differ_by_a_bit_are_not_merged(model: Model) -> None:
    assert not await decide(None, "", True, THREE, COERCE, asking(model))


@pytest.mark.parametrize("lines", [[], golden({"x": 1}), golden({"x": 1}, {"x": 2}, status=422)])
async def test_without_two_golden_answers_nothing_is_proven(lines: list[str]) -> None:
    assert not await decide(None, "", True, lines, COERCE, nobody)


@pytest.mark.parametrize("fails", [lambda call: call.requests > 1, lambda call: call.requests == 1])
async def test_a_failure_proves_nothing(fails: Callable[[Call], bool]) -> None:
    ask = asking(lambda x: x)

    async def failing(call: Call) -> Answer | Failure:
        return Failure("failed", "R stopped") if fails(call) else await ask(call)

    assert not await is_exact([frame(1.0), frame(2.0)], failing)


async def test_a_worker_that_dies_of_the_proof_proves_nothing() -> None:
    async def dying(call: Call) -> Answer | Failure:
        raise WorkerDied("the R process ended")

    assert not await decide(None, "", True, THREE, COERCE, dying)


async def test_the_merged_call_holds_all_rows_of_all_requests() -> None:
    calls: list[Call] = []
    ask = asking(lambda x: x)

    async def recording(call: Call) -> Answer | Failure:
        calls.append(call)
        return await ask(call)

    frames = golden_frames(THREE, COERCE)
    assert await is_exact(frames, recording)
    assert sorted(call.requests for call in calls) == [1, 1, 1, 3]
    merged = max(calls, key=lambda call: call.requests).frame
    assert list(merged.columns[0]) == list(concat(frames).columns[0]) == [1.0, 2.5, 3.0, 4.0]


def test_only_requests_that_are_answered_and_whole_are_proof(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines = [*golden({"x": 1}), *golden({"x": "no"}, status=422), *golden({"x": None}, {"x": "no"})]
    frames = golden_frames(lines, COERCE)
    assert [list(f.columns[0]) for f in frames] == [[1.0]]
    assert "golden.jsonl" in caplog.text and '"no" is not a number' in caplog.text


def test_no_more_proofs_than_a_start_has_time_for() -> None:
    assert len(golden_frames(golden(*({"x": i} for i in range(500))), COERCE)) == MOST_PROOFS


@pytest.mark.parametrize("line", ["", "  ", "{", '{"status": 200}'])
def test_a_line_that_is_no_golden_answer_does_not_stop_the_start(line: str) -> None:
    frames = golden_frames([*golden({"x": 1}), line, *golden({"x": 2})], COERCE)
    assert [list(f.columns[0]) for f in frames] == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("wanted", "obstacle", "told"),
    [
        (True, "", "requests are merged: bridge.toml says so"),
        (None, "scale() is not row by row", "asked one by one: scale() is not row by row"),
        (None, "", "requests are merged: the formula is row by row"),
    ],
)
async def test_the_log_says_why(
    wanted: bool | None, obstacle: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await decide(wanted, obstacle, False, [], COERCE, nobody)
    assert told in caplog.text
