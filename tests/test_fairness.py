"""Single requests beside long ones: whose turn it is, how large blocks are. Time is made up."""

import asyncio
from collections.abc import Callable

import pytest

from bridge import batcher as batcher_module
from bridge import bulk as bulk_module
from bridge.answer import Answer
from bridge.bulk import Bulk
from bridge.errors import QueueFull
from bridge.frame import Frame
from bridge.promise import Promise
from tests.fakes import SOON, Pool, Worker, answers, ids, rows, turn

SINGLE = 0.005  # seconds that R takes for one
PER_ROW = 0.001


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    made = Clock()
    monkeypatch.setattr(batcher_module, "monotonic", made)
    monkeypatch.setattr(bulk_module, "monotonic", made)
    return made


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def long(count: int, first: int = 1000) -> Frame:
    return rows(*range(first, first + count))


def row_by_row(worker: Worker) -> float:
    return PER_ROW * worker.running.frame.rows


async def work(pool: Pool, clock: Clock, seconds: Callable[[Worker], float]) -> None:
    """All workers that are busy end their calls, one after another, each in its time."""
    for worker in pool.busy:
        clock.now += seconds(worker)
        worker.reply()
        await settle()


async def settle() -> None:
    """Blocks are cut by another thread."""
    for _ in range(3):
        await turn()
        await asyncio.sleep(0.001)


async def finish(pool: Pool, clock: Clock, promise: Promise[Answer]) -> list[float]:
    async with asyncio.timeout(SOON):
        while not promise.done():
            await work(pool, clock, row_by_row)
            await settle()
    return ids(promise.result().frame)


def sizes(pool: Pool) -> list[int]:
    return [call.frame.rows for call in pool.asked]


async def test_blocks_are_made_so_large_that_each_takes_its_time(clock: Clock) -> None:
    pool = Pool()
    promise = Bulk(pool.batcher, 1).submit([long(600)], "{}")
    await settle()
    assert await finish(pool, clock, promise) == [2 * i for i in range(1000, 1600)]
    assert max(sizes(pool)) <= 64 and set(sizes(pool)[8:-1]) == {20}, sizes(pool)


@pytest.mark.parametrize(
    ("count", "call", "row", "calls", "largest"),
    [
        pytest.param(40_000, 0.0005, 1e-7, 12, 10_000, id="quick-ones-are-large-at-once"),
        pytest.param(5000, 0.2, 1e-5, 30, 500, id="the-cost-of-a-call-is-not-paid-for-few-rows"),
    ],
)
async def test_blocks_grow(
    clock: Clock, count: int, call: float, row: float, calls: int, largest: int
) -> None:
    """Where a call takes ``call`` seconds, and ``row`` seconds more for each row."""
    pool = Pool()
    promise = Bulk(pool.batcher, 1).submit([long(count)], "{}")
    await settle()
    async with asyncio.timeout(SOON):
        while not promise.done():
            await work(pool, clock, lambda worker: call + row * worker.running.frame.rows)
            await settle()
    assert len(pool.asked) < calls and max(sizes(pool)) > largest, sizes(pool)
    assert ids(promise.result().frame) == [2 * i for i in range(1000, 1000 + count)]


async def test_a_single_request_goes_before_the_blocks_that_wait(clock: Clock) -> None:
    pool = Pool()
    promise = Bulk(pool.batcher, 1).submit([long(300)], "{}")
    await settle()
    singles = await pool.submit(rows(1))
    blocks = len(pool.asked)
    await work(pool, clock, row_by_row)
    assert [call.frame.rows for call in pool.asked[blocks:]] == [1]
    await finish(pool, clock, promise)
    assert await answers(singles) == [[2]]


async def test_where_both_want_all_the_time_both_get_their_share(clock: Clock) -> None:
    pool = Pool(limit=1000)
    pool.batcher.merge = True
    promise = Bulk(pool.batcher, 1).submit([long(2000)], "{}")
    spent = {"single": 0.0, "long": 0.0}

    def timed(worker: Worker) -> float:
        is_long = ids(worker.running.frame)[0] >= 1000
        taken = row_by_row(worker) if is_long else SINGLE
        spent["long" if is_long else "single"] += taken
        return taken

    for i in range(200):
        await pool.submit(rows(float(i), missing=True))
    while sum(spent.values()) < 0.8:
        await work(pool, clock, timed)
        await settle()
    assert 0.2 < spent["long"] / sum(spent.values()) < 0.3
    promise.cancel()


async def test_when_requests_that_cannot_be_cut_hold_all_workers_another_is_beside_them(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_module, "KEPT_SECONDS", 0.05)
    pool = Pool(size=2)
    pool.batcher.merge = False
    kept: list[int] = []
    bulk = Bulk(pool.batcher, 2, keep_beside=kept.append)
    promises = [bulk.submit([long(100 + i)], "{}") for i in (1, 2, 3)]
    await settle()
    assert sizes(pool) == [101, 102] and set(kept) == {1}
    pool.add()
    singles = await pool.submit(rows(1))
    assert sizes(pool) == [101, 102, 1]  # the third must not take the place
    for promise in promises:
        await finish(pool, clock, promise)
    assert await answers(singles) == [[2]]
    await asyncio.sleep(0.1)
    assert kept[-1] == 0


async def test_so_many_long_requests_may_wait_as_single_ones(clock: Clock) -> None:
    pool = Pool()
    bulk = Bulk(pool.batcher, 1, limit=2)
    promises = [bulk.submit([long(100)], "{}") for _ in range(2)]
    await settle()
    with pytest.raises(QueueFull, match="2 long requests are waiting"):
        bulk.submit([long(100)], "{}")
    for promise in promises:
        await finish(pool, clock, promise)


async def test_no_more_may_wait_than_can_be_answered_in_time(clock: Clock) -> None:
    pool = Pool(limit=1000, timeout=10.0)
    pool.batcher.merge = False
    await pool.submit(*[rows(i) for i in range(30)])
    for _ in range(20):
        await work(pool, clock, lambda worker: 0.5)
    for i in range(30):
        try:
            await pool.submit(rows(i))
        except QueueFull as error:
            full = str(error)
            break
    # Two a second, of which the last is to be begun before four fifths of its time are over.
    assert full == (
        "16 requests are waiting already, as many as are answered in 10 s; try again later"
    )
    await pool.answer_all()


async def test_what_cannot_be_answered_in_time_any_more_is_not_begun(clock: Clock) -> None:
    pool = Pool(timeout=10.0)
    pool.batcher.merge = False
    asked = await pool.submit(*[rows(i) for i in range(4)])
    for _ in range(4):
        await work(pool, clock, lambda worker: 3.3)
    assert sizes(pool) == [1, 1, 1]
    assert [promise.done() for promise in asked] == [True] * 4


async def test_without_merging_requests_are_answered_in_their_order(clock: Clock) -> None:
    pool = Pool(size=2)
    pool.batcher.merge = False
    await pool.submit(*[rows(i) for i in range(10)])
    while pool.busy:
        assert len(pool.busy) == 2 or len(pool.asked) == 10
        await work(pool, clock, row_by_row)
    assert [ids(call.frame) for call in pool.asked] == [[i] for i in range(10)]
