"""fakes: workers that answer when the test says so, and the pool that lends them.

They keep the contract of ``bridge.batcher.Worker``: one call runs and one may wait behind it;
what never begins, because the worker is dead, is cancelled. The right answer to a call is the
double of each row's ``id``.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.errors import WorkerDied
from bridge.frame import Frame
from bridge.promise import Promise
from bridge.wire import Call, Failure

Reply = Answer | Failure
LONG = 60.0  # seconds; no test waits for it
SOON = 5.0  # seconds that a busy machine may take for what is due in milliseconds


def rows(*ids: float, missing: bool = False) -> Frame:
    """A request for these ids."""
    named = list[str | None](f"n{i:g}" for i in ids)
    columns = (np.array(ids, np.float64), named)
    return Frame(("id", "name"), columns, len(ids), missing)


def ids(frame: Frame) -> list[float]:
    return [float(value) for value in frame.columns[0]]  # type: ignore[arg-type]


def doubled(call: Call) -> Answer:
    """The right answer to a call."""
    column = np.asarray(call.frame.columns[0]) * 2
    return Answer(Frame(("prediction",), (column,), call.frame.rows), "values")


class Worker:
    """Works on the first of its calls until told how it ends."""

    def __init__(self, pool: "Pool") -> None:
        self.calls: deque[tuple[Call, float, Promise[Reply]]] = deque()
        self._pool = pool

    def call(self, call: Call, timeout: float) -> Promise[Reply]:
        assert len(self.calls) < 2
        promise = Promise[Reply]()
        if self not in self._pool.workers:
            asyncio.get_running_loop().call_soon(promise.cancel)
            return promise
        self.calls.append((call, timeout, promise))
        self._pool.asked.append(call)
        return promise

    @property
    def running(self) -> Call:
        return self.calls[0][0]

    @property
    def timeout(self) -> float:
        return self.calls[0][1]

    def reply(self, reply: Reply | None = None) -> None:
        """Ends the running call, with the right answer if no other is given."""
        call, _, promise = self.calls.popleft()
        if not self.calls:
            self._pool.batcher.pump()
        promise.set_result(reply or doubled(call))

    def die(self, error: Exception | None = None) -> None:
        """The running call fails, one behind it never begins; later another worker comes."""
        self._pool.workers.remove(self)
        loop = asyncio.get_running_loop()
        for i, (_, _, promise) in enumerate(self.calls):
            if i:
                loop.call_soon(promise.cancel)
            else:
                ended = error or WorkerDied("the R process ended")
                loop.call_soon(promise.set_exception, ended)
        self.calls.clear()
        loop.call_soon(self._pool.add)


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

    async def submit(self, *frames: Frame) -> list[Promise[Answer]]:
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


async def answers(futures: list[Promise[Answer]]) -> list[list[float]]:
    async with asyncio.timeout(SOON):
        return [ids((await future).frame) for future in futures]


def error_of(promise: Promise[Answer]) -> BaseException | None:
    """What a kept promise was failed with."""
    try:
        promise.result()
    except BaseException as error:
        return error
    return None


async def fails(future: Awaitable[Answer], error: type[Exception]) -> Exception:
    with pytest.raises(error) as caught:
        async with asyncio.timeout(SOON):
            await future
    return caught.value
