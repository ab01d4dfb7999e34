"""Long requests in blocks: their order among others, and that nothing of it shows in answers."""

import asyncio

import numpy as np
import pytest

from bridge.answer import Answer
from bridge.bulk import BLOCK_ROWS, Bulk
from bridge.errors import DeadlineExceeded, QueueFull, Rejected, WorkerDied
from bridge.frame import Frame
from bridge.promise import Promise
from bridge.request import WHOLE
from bridge.wire import Call, Failure
from tests.fakes import LONG, SOON, Pool, fails, ids, rows, turn

ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0]]
ALL = [row for block in ROWS for row in block]


def blocks() -> list[Frame]:
    return [rows(*block) for block in ROWS]


async def start(pool: Pool, workers: int = 1) -> tuple[Bulk, Promise[Answer]]:
    bulk = Bulk(pool.batcher, workers)
    promise = bulk.submit(blocks(), "{}")
    await turn()
    return bulk, promise


async def finished(pool: Pool, promise: Promise[Answer]) -> list[float]:
    """Answers all calls until the promise is kept."""
    async with asyncio.timeout(SOON):
        while not promise.done():
            await pool.answer_all()
            await asyncio.sleep(0.001)
    return ids(promise.result().frame)


def asked(pool: Pool) -> list[list[float]]:
    return [ids(call.frame) for call in pool.asked]


async def test_blocks_are_asked_one_after_another_and_joined_in_order() -> None:
    pool = Pool()
    _, promise = await start(pool)
    assert await finished(pool, promise) == [2 * i for i in ALL]
    assert asked(pool) == ROWS


async def test_every_worker_has_a_block_and_answers_may_come_in_any_order() -> None:
    pool = Pool(size=3)
    _, promise = await start(pool, workers=3)
    assert sorted(ids(worker.running.frame) for worker in pool.busy) == ROWS[:3]
    pool.workers[2].reply()
    await turn()
    assert len(pool.busy) == 3
    assert await finished(pool, promise) == [2 * i for i in ALL]


async def test_blocks_of_two_requests_take_turns() -> None:
    pool = Pool()
    bulk, first = await start(pool)
    second = bulk.submit([rows(-1), rows(-2)], "{}")
    await turn()
    assert await finished(pool, second) == [-2, -4]
    assert await finished(pool, first) == [2 * i for i in ALL]
    order = asked(pool)
    assert order.index([-2]) < order.index(ROWS[-1])


async def test_a_block_is_asked_alone_and_whether_it_is_exact() -> None:
    pool = Pool()
    _, promise = await start(pool)
    await finished(pool, promise)
    assert {call.requests for call in pool.asked} == {2}


@pytest.mark.parametrize(
    "failure",
    [
        Failure("apart", ""),
        Failure("failed", "R stopped", "detail"),
        Failure("rejected", "too odd", rows=(0,)),
    ],
)
async def test_a_request_of_which_a_block_fails_is_asked_whole(failure: Failure) -> None:
    pool = Pool()
    _, promise = await start(pool)
    pool.workers[0].reply()
    await turn()
    pool.workers[0].reply(failure)
    assert await finished(pool, promise) == [2 * i for i in ALL]
    assert (asked(pool)[-1], pool.asked[-1].requests) == (ALL, 1)


async def test_what_is_wrong_with_it_is_told_of_the_whole() -> None:
    pool = Pool()
    _, promise = await start(pool)
    pool.workers[0].reply(Failure("rejected", "too odd", rows=(1,)))

    def refusing(call: Call) -> Answer | Failure:
        odd = tuple(place for place, i in enumerate(ids(call.frame)) if i % 2)
        return Failure("rejected", "too odd", rows=odd)

    async with asyncio.timeout(SOON):
        while not promise.done():
            await pool.answer_all(refusing)
            await asyncio.sleep(0.001)
    error = await fails(promise, Rejected)
    assert isinstance(error, Rejected)
    assert [problem.row for problem in error.problems] == [0, 2, 4, 6, 8]


async def test_answers_of_unlike_types_are_asked_whole() -> None:
    pool = Pool()
    _, promise = await start(pool)
    whole = Answer(Frame(("prediction",), (np.array([1], np.int32),), 2), "values")
    pool.workers[0].reply(whole._replace(frame=whole.frame._replace(columns=(np.ones(2, "i4"),))))
    assert await finished(pool, promise) == [2 * i for i in ALL]
    assert asked(pool)[-1] == ALL


@pytest.mark.parametrize("error", [DeadlineExceeded("late"), WorkerDied("twice")])
async def test_what_is_no_matter_of_rows_fails_the_request(error: Exception) -> None:
    pool = Pool()
    _, promise = await start(pool)
    for _ in range(2 if isinstance(error, WorkerDied) else 1):
        pool.workers[0].die(error)
        await turn()
    await fails(promise, type(error))
    await pool.answer_all()
    assert len(pool.asked) < len(ROWS)


async def test_the_deadline_is_that_of_the_request() -> None:
    pool = Pool(timeout=LONG)
    _, promise = await start(pool)
    before = pool.workers[0].timeout
    await asyncio.sleep(0.01)
    pool.workers[0].reply()
    await turn()
    assert pool.workers[0].timeout <= before - 0.01
    await finished(pool, promise)


async def test_of_a_request_that_nobody_waits_for_no_more_is_asked() -> None:
    pool = Pool()
    bulk, promise = await start(pool)
    promise.cancel()
    await turn()
    await pool.answer_all()
    assert asked(pool) == ROWS[:1]
    again = bulk.submit(blocks(), "{}")
    await turn()
    assert await finished(pool, again) == [2 * i for i in ALL]


async def test_it_is_refused_at_once_where_too_many_wait() -> None:
    pool = Pool(limit=1)
    await pool.submit(rows(1))
    await pool.submit(rows(2))
    with pytest.raises(QueueFull):
        Bulk(pool.batcher, 1).submit(blocks(), "{}")
    await pool.answer_all()


async def test_only_what_may_share_a_call_is_cut() -> None:
    batcher = Pool().batcher
    assert Bulk(batcher, 1).block == BLOCK_ROWS
    batcher.free_rows = True
    assert Bulk(batcher, 1).block == WHOLE
    batcher.free_rows, batcher.merge = False, False
    assert Bulk(batcher, 1).block == WHOLE
