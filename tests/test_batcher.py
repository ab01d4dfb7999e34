"""Batcher: what is asked together, and that every request gets its own answer or error.

The workers are fakes which keep the contract of ``bridge.pool.handle``: they answer when
the test says so, with the double of each row's ``id``.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from bridge.answer import Answer
from bridge.batcher import MERGED_ROWS, Batcher
from bridge.errors import (
    DeadlineExceeded,
    PredictionFailed,
    Problem,
    QueueFull,
    Rejected,
    WorkerDied,
)
from bridge.frame import Frame
from bridge.wire import Call, Failure

Reply = Answer | Failure
LONG = 60.0  # seconds; no test waits for it
SOON = 5.0  # seconds that a busy machine may take for what is due in milliseconds


def rows(*ids: float, missing: bool = False) -> Frame:
    """A request for these ids."""
    return Frame(("id", "name"), (np.array(ids), [f"n{i:g}" for i in ids]), len(ids), missing)


def ids(frame: Frame) -> list[float]:
    return [float(value) for value in frame.columns[0]]  # type: ignore[arg-type]


def doubled(call: Call) -> Answer:
    """The right answer to a call."""
    column = np.asarray(call.frame.columns[0]) * 2
    return Answer(Frame(("prediction",), (column,), call.frame.rows), "values")


class Worker:
    """Works on the first of its calls until told how it ends."""

    def __init__(self, pool: "Pool") -> None:
        self.calls: deque[tuple[Call, float, asyncio.Future[Reply]]] = deque()
        self._pool = pool

    def call(self, call: Call, timeout: float) -> asyncio.Future[Reply]:
        assert self in self._pool.workers and len(self.calls) < 2
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.calls.append((call, timeout, future))
        self._pool.asked.append(call)
        return future

    @property
    def running(self) -> Call:
        return self.calls[0][0]

    @property
    def timeout(self) -> float:
        return self.calls[0][1]

    def reply(self, reply: Reply | None = None) -> None:
        """Ends the running call, with the right answer if no other is given."""
        call, _, future = self.calls.popleft()
        if not self.calls:
            self._pool.batcher.pump()
        future.set_result(reply or doubled(call))

    def die(self, error: Exception | None = None) -> None:
        """The running call fails, one that waits behind it never begins; another worker comes."""
        self._pool.workers.remove(self)
        for i, (_, _, future) in enumerate(self.calls):
            if i:
                future.cancel()
            else:
                future.set_exception(error or WorkerDied("the R process ended"))
        self.calls.clear()
        self._pool.add()


class Pool:
    """Some workers, and the batcher that is lent them."""

    def __init__(self, size: int = 1, limit: int = 100, timeout: float = LONG) -> None:
        self.asked: list[Call] = []
        self.workers: list[Worker] = []
        self.batcher = Batcher(self.take, limit, timeout)
        self.batcher.merge = True
        for _ in range(size):
            self.workers.append(Worker(self))

    def add(self) -> None:
        self.workers.append(Worker(self))
        self.batcher.pump()

    def take(self) -> Worker | None:
        return next((worker for worker in self.workers if not worker.calls), None)

    @property
    def busy(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.calls]

    async def submit(self, *frames: Frame) -> list[asyncio.Future[Answer]]:
        """Submits requests that come in together, and lets the batcher have its turn."""
        futures = [self.batcher.submit(frame) for frame in frames]
        await turn()
        return futures

    async def answer_all(self, reply: Callable[[Call], Reply] = doubled) -> None:
        """Answers every call until none is left."""
        while self.busy:
            for worker in self.busy:
                worker.reply(reply(worker.running))
            await turn()


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def until(true: Callable[[], object]) -> None:
    """Waits for what time alone brings about."""
    async with asyncio.timeout(SOON):
        while not true():
            await asyncio.sleep(0.001)


async def answers(futures: list[asyncio.Future[Answer]]) -> list[list[float]]:
    return [ids((await future).frame) for future in futures]


async def fails(future: Awaitable[Answer], error: type[Exception]) -> Exception:
    with pytest.raises(error) as caught:
        await future
    return caught.value


async def test_a_lone_request_does_not_wait() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1, 2))
    assert pool.workers[0].running.requests == 1
    assert 0 < pool.workers[0].timeout <= LONG
    pool.workers[0].reply()
    assert await answers(futures) == [[2, 4]]


async def test_requests_that_come_together_are_asked_together() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2, 3), rows(4))
    (call,) = pool.asked
    assert (call.requests, ids(call.frame)) == (3, [1, 2, 3, 4])
    pool.workers[0].reply()
    assert await answers(futures) == [[2], [4, 6], [8]]


async def test_requests_that_come_while_a_worker_is_busy_are_asked_together_next() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1))
    for i in (2, 3, 4):
        futures += await pool.submit(rows(i))
    assert [ids(call.frame) for call in pool.asked] == [[1]]
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1], [2, 3, 4]]
    assert await answers(futures) == [[2], [4], [6], [8]]


async def test_where_merging_is_not_exact_each_request_is_asked_by_itself() -> None:
    pool = Pool()
    pool.batcher.merge = False
    futures = await pool.submit(rows(1), rows(2), rows(3))
    await pool.answer_all()
    assert [(call.requests, ids(call.frame)) for call in pool.asked] == [(1, [i]) for i in (1, 2, 3)]
    assert await answers(futures) == [[2], [4], [6]]


async def test_a_request_with_missing_values_is_asked_by_itself_in_its_turn() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2), rows(3, missing=True), rows(4), rows(5))
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1, 2], [3], [4, 5]]
    assert await answers(futures) == [[2], [4], [6], [8], [10]]


async def test_a_request_as_large_as_any_call_is_asked_whole() -> None:
    pool = Pool()
    large = list(range(MERGED_ROWS + 1))
    futures = await pool.submit(rows(*large), rows(7))
    await pool.answer_all()
    assert [call.requests for call in pool.asked] == [1, 1]
    assert (await answers(futures))[0] == [2 * i for i in large]


async def test_calls_do_not_grow_beyond_what_a_worker_can_be_expected_to_answer() -> None:
    pool = Pool()
    futures = await pool.submit(*[rows(*[float(i)] * 1000) for i in range(20)])
    await pool.answer_all()
    assert max(call.frame.rows for call in pool.asked) <= MERGED_ROWS
    assert [set(answer) for answer in await answers(futures)] == [{2.0 * i} for i in range(20)]


async def test_requests_that_cannot_be_merged_go_to_every_idle_worker_at_once() -> None:
    pool = Pool(size=3)
    pool.batcher.merge = False
    await pool.submit(rows(1), rows(2), rows(3), rows(4))
    assert sorted(ids(worker.running.frame)[0] for worker in pool.busy) == [1, 2, 3]
    await pool.answer_all()


async def test_a_second_worker_helps_when_the_first_takes_its_time() -> None:
    pool = Pool(size=2)
    slow = await pool.submit(rows(1))
    quick = await pool.submit(rows(2))
    await until(lambda: len(pool.busy) == 2)
    pool.workers[1].reply()
    assert await answers(quick) == [[4]] and not slow[0].done()
    pool.workers[0].reply()
    assert await answers(slow) == [[2]]


async def test_more_requests_than_may_wait_are_refused_at_once() -> None:
    pool = Pool(limit=2)
    futures = await pool.submit(rows(1))
    futures += await pool.submit(rows(2), rows(3))
    with pytest.raises(QueueFull, match="2 requests are waiting already"):
        pool.batcher.submit(rows(4))
    await pool.answer_all()
    assert await answers(futures) == [[2], [4], [6]]
    futures = await pool.submit(rows(5))
    await pool.answer_all()
    assert await answers(futures) == [[10]]


async def test_refused_rows_are_told_to_their_owners_alone_by_their_own_numbers() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1, 2), rows(3), rows(4, 5, 6))
    refusal = Failure("rejected", "too odd", field="name", rows=(1, 5, 3))
    pool.workers[0].reply(refusal)
    await turn()
    await pool.answer_all()
    assert await answers([futures[1]]) == [[6]]
    first, last = await fails(futures[0], Rejected), await fails(futures[2], Rejected)
    assert isinstance(first, Rejected) and isinstance(last, Rejected)
    assert first.problems == [Problem("rejected", "too odd", "name", 1, "n2")]
    assert [(p.row, p.value) for p in last.problems] == [(0, "n4"), (2, "n6")]
    assert [ids(call.frame) for call in pool.asked] == [[1, 2, 3, 4, 5, 6], [3]]


async def test_a_refusal_without_a_field_names_none() -> None:
    pool = Pool()
    (future,) = await pool.submit(rows(1))
    pool.workers[0].reply(Failure("rejected", "no", rows=(0,)))
    error = await fails(future, Rejected)
    assert isinstance(error, Rejected)
    assert error.problems == [Problem("rejected", "no", None, 0, None)]


async def test_requests_that_must_be_asked_apart_are() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2), rows(3))
    pool.workers[0].reply(Failure("apart", ""))
    await turn()
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1, 2, 3], [1], [2], [3]]
    assert await answers(futures) == [[2], [4], [6]]


def failing(call: Call) -> Reply:
    """R stops wherever the id 2 is."""
    if 2 in ids(call.frame):
        return Failure("failed", "no luck with 2", "in eval(x)")
    return doubled(call)


async def test_of_a_merged_call_that_fails_only_the_guilty_request_fails() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2), rows(3))
    await pool.answer_all(failing)
    error = await fails(futures[1], PredictionFailed)
    assert isinstance(error, PredictionFailed)
    assert (str(error), error.detail) == ("no luck with 2", "in eval(x)")
    assert await answers([futures[0], futures[2]]) == [[2], [6]]


async def test_of_a_merged_call_whose_worker_dies_every_request_is_asked_by_itself() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2))
    pool.workers[0].die()
    await turn()
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1, 2], [1], [2]]
    assert await answers(futures) == [[2], [4]]


async def test_a_request_whose_worker_dies_is_asked_once_more() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1))
    pool.workers[0].die()
    await turn()
    await pool.answer_all()
    assert await answers(futures) == [[2]]


async def test_a_request_whose_workers_die_twice_fails() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1))
    for _ in range(2):
        pool.workers[0].die()
        await turn()
    await fails(futures[0], WorkerDied)
    assert len(pool.asked) == 2
    assert not pool.busy
