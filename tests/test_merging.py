"""merging: what settles whether requests share a call of R, and what is proof of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from bridge.answer import Answer
from bridge.errors import WorkerDied
from bridge.folder import read_folder
from bridge.frame import NA_REAL, Frame
from bridge.merging import decide, is_exact
from bridge.service import Opened, decide_merging
from bridge.wire import Call, Failure
from tests.fakes import Pool, answers, doubled, ids, rows, turn
from tests.serving import MARATHON

Model = Callable[[np.ndarray], np.ndarray]
Ask = Callable[[Call], Awaitable[Answer | Failure]]


def asking(model: Model) -> Ask:
    """A worker whose model turns the column x into a prediction."""

    async def ask(call: Call) -> Answer:
        column = model(np.asarray(call.frame.columns[0]))
        return Answer(Frame(("prediction",), (column,), call.frame.rows), "values")

    return ask


async def nobody(call: Call) -> Answer | Failure:
    raise AssertionError("R is not asked")


def frame(*values: float) -> Frame:
    return Frame(("x",), (np.array(values),), len(values))


THREE = [frame(1.0), frame(2.5), frame(3.0, 4.0)]


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("obstacle", ["", "scale() in the formula"])
async def test_bridge_toml_has_the_last_word(wanted: bool, obstacle: str) -> None:
    assert await decide(wanted, obstacle, True, THREE, nobody) is wanted


async def test_an_obstacle_in_the_formula_is_enough() -> None:
    assert not await decide(None, "scale() in the formula", False, THREE, nobody)


async def test_a_row_by_row_formula_without_hooks_is_enough() -> None:
    assert await decide(None, "", False, [], nobody)


async def test_hooks_that_give_the_same_bits_prove_it() -> None:
    assert await decide(None, "", True, THREE, asking(lambda x: x * 0.1))


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
    assert not await decide(None, "", True, THREE, asking(model))


@pytest.mark.parametrize("golden", [[], THREE[:1]])
async def test_fewer_than_two_requests_prove_nothing(golden: list[Frame]) -> None:
    assert not await decide(None, "", True, golden, nobody)


@pytest.mark.parametrize("fails", [lambda call: call.requests > 1, lambda call: call.requests == 1])
async def test_a_failure_proves_nothing(fails: Callable[[Call], bool]) -> None:
    ask = asking(lambda x: x)

    async def failing(call: Call) -> Answer | Failure:
        return Failure("failed", "R stopped") if fails(call) else await ask(call)

    assert not await is_exact([frame(1.0), frame(2.0)], failing)


async def test_a_worker_that_dies_of_the_proof_proves_nothing() -> None:
    async def dying(call: Call) -> Answer | Failure:
        raise WorkerDied("the R process ended")

    assert not await decide(None, "", True, THREE, dying)


async def test_the_merged_call_holds_all_rows_of_all_requests() -> None:
    calls: list[Call] = []
    ask = asking(lambda x: x)

    async def recording(call: Call) -> Answer | Failure:
        calls.append(call)
        return await ask(call)

    assert await is_exact(THREE, recording)
    assert sorted(call.requests for call in calls) == [1, 1, 1, 3]
    merged = max(calls, key=lambda call: call.requests).frame
    assert list(merged.columns[0]) == [1.0, 2.5, 3.0, 4.0]


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
        await decide(wanted, obstacle, False, [], nobody)
    assert told in caplog.text


async def decided(pool: Pool, reply: Callable[[Call], Answer | Failure]) -> None:
    """What the server does once a model with hooks answers; its golden requests are 1 and 2."""
    pool.batcher.merge = False
    told = {"merge_obstacle": "", "hooked": True}
    opened = Opened(pool.batcher, [rows(1), rows(2)])
    deciding = asyncio.create_task(decide_merging(opened, read_folder(MARATHON), told))
    await turn()
    waiting = await pool.submit(rows(8), rows(9))
    await pool.answer_all(reply)
    await deciding
    assert await answers(waiting) == [[16], [18]]


async def test_requests_are_answered_one_by_one_until_the_proof_is_there() -> None:
    pool = Pool()
    await decided(pool, doubled)
    assert sorted(ids(call.frame) for call in pool.asked) == [[1], [1, 2], [2], [8], [9]]
    assert pool.batcher.merge


@pytest.mark.parametrize(
    "refusal",
    [Failure("failed", "R stopped"), Failure("rejected", "no", rows=(0,)), Failure("apart", "")],
)
@pytest.mark.parametrize("of", [[1], [1, 2]])
async def test_golden_requests_that_fail_cost_the_proof_alone(
    refusal: Failure, of: list[float]
) -> None:
    pool = Pool()
    await decided(pool, lambda call: refusal if ids(call.frame) == of else doubled(call))
    assert not pool.batcher.merge
