"""How a bounded number of workers is shared among models."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from bridge.pool import lending
from bridge.pool.handle import WorkerHandle
from bridge.pool.lending import Allowance, Lender
from bridge.pool.workers import Workers


class FakeWorkers:
    """Workers that are ready, and done with what they work on, when the test says so."""

    def __init__(self) -> None:
        self.on_idle: Callable[[], None] = lambda: None
        self.on_gone: Callable[[], None] = lambda: None
        self.on_stuck: Callable[[], None] = lambda: None
        self.stuck = 0
        self.size = 0
        self.idle = 0
        self.ending = 0
        self.linger = False
        self.busy = 0

    def take(self) -> WorkerHandle | None:
        return cast(WorkerHandle, self) if self.idle else None

    def resize(self, size: int) -> None:
        self.ending += max(0, self.size - size)
        if not self.linger:
            asyncio.get_running_loop().call_soon(self.gone)
        self.size = size
        self.idle = min(self.idle, max(0, size - self.busy))

    def gone(self) -> None:
        """Those that were ended are."""
        while self.ending:
            self.ending -= 1
            self.on_gone()

    def ready(self) -> None:
        """Those that were started come up."""
        while self.idle + self.busy < self.size:
            self.idle += 1
            self.on_idle()

    def work(self) -> None:
        self.idle -= 1
        self.busy += 1

    def done(self) -> None:
        self.busy -= 1
        self.idle += 1
        self.on_idle()


class Model:
    """A model with a queue: as a batcher does, it works whenever it can."""

    def __init__(self, allowance: Allowance) -> None:
        self.workers = FakeWorkers()
        self.lender: Lender = allowance.join(cast(Workers, self.workers))
        self.lender.on_idle = self.pump
        self.queue = 0
        self.answered = 0

    def ask(self, requests: int = 1) -> None:
        self.queue += requests
        self.pump()

    def done(self) -> None:
        """An answer comes: its worker is idle, and then the next request is sent."""
        self.workers.done()
        self.pump()

    def pump(self) -> None:
        while self.queue and self.lender.take():
            self.queue -= 1
            self.answered += 1
            self.workers.work()


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def models(count: int, most: int, each: int = 2) -> list[Model]:
    allowance = Allowance(most, each)
    return [Model(allowance) for _ in range(count)]


def sizes(some: list[Model]) -> list[int]:
    return [model.workers.size for model in some]


async def test_a_model_has_no_worker_until_it_is_asked() -> None:
    a, b = models(2, most=4)
    a.ask()
    assert sizes([a, b]) == [1, 0]
    a.workers.ready()
    assert a.answered == 1


async def test_a_busy_model_gets_more_but_not_more_than_its_share() -> None:
    (a,) = models(1, most=4)
    for _ in range(5):
        a.ask()
        a.workers.ready()
    assert (a.workers.size, a.answered) == (2, 2)


async def test_the_idle_worker_of_the_model_asked_longest_ago_makes_room() -> None:
    a, b, c = models(3, most=2)
    for model in (a, b):
        model.ask()
        model.workers.ready()
    b.done()
    a.done()
    a.ask()
    a.done()
    await settle()
    c.ask()
    await settle()
    assert sizes([a, b, c]) == [1, 0, 1]


async def test_a_worker_is_started_once_the_one_that_made_room_is_gone() -> None:
    a, b, c = models(3, most=2)
    for model in (a, b):
        model.workers.linger = True
        model.ask()
        model.workers.ready()
        model.done()
    await settle()
    c.ask()
    assert sizes([a, b, c]) == [0, 1, 0]
    c.ask()
    assert sizes([a, b, c]) == [0, 1, 0]  # one is enough for one that waits
    a.workers.gone()
    assert sizes([a, b, c]) == [0, 1, 1]


async def test_models_without_a_worker_wait_in_turn() -> None:
    a, b, c = models(3, most=1)
    a.ask()
    a.workers.ready()
    b.ask()
    c.ask()
    assert sizes([a, b, c]) == [1, 0, 0]
    a.done()
    await settle()
    assert sizes([a, b, c]) == [0, 1, 0]
    b.workers.ready()
    assert b.answered == 1
    b.done()
    await settle()
    assert sizes([a, b, c]) == [0, 0, 1]


async def test_a_model_that_has_always_work_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(lending, "monotonic", lambda: now)
    a, b = models(2, most=1)
    a.ask(1000)
    a.workers.ready()
    b.ask(1000)
    for _ in range(100):
        now += lending.QUANTUM / 10
        for model in (a, b):
            if model.workers.busy:
                model.done()
            model.workers.ready()
        await settle()
    assert a.answered > 40 and b.answered > 40


async def test_calls_that_last_keep_no_other_model_from_its_first_worker() -> None:
    a, b, c = models(3, most=2)
    a.ask(9)
    a.workers.ready()
    a.workers.ready()
    b.ask(9)
    c.ask()
    assert sizes([a, b, c]) == [2, 0, 0]
    a.workers.stuck = 1
    a.workers.on_stuck()
    assert sizes([a, b, c]) == [2, 1, 0]
    b.workers.ready()
    assert (b.answered, sizes([a, b, c])) == (1, [2, 1, 0])  # one is enough for a call that lasts
    a.workers.stuck = 2
    a.workers.on_stuck()
    assert sizes([a, b, c]) == [2, 1, 1]


async def test_who_waits_for_a_first_worker_gets_it_before_others_take_it() -> None:
    a, b = models(2, most=1)
    waiting = [asyncio.create_task(model.lender.first()) for model in (a, b)]
    await settle()
    a.workers.ready()
    await settle()
    assert waiting[0].done() and not waiting[1].done()
    b.workers.ready()
    await settle()
    assert waiting[1].done()


async def test_what_a_model_leaves_is_for_those_that_wait() -> None:
    a, b = models(2, most=1)
    a.ask()
    a.workers.ready()
    b.ask()
    a.lender._allowance.leave(a.lender)
    assert b.workers.size == 1
    a.ask()
    assert a.workers.size == 1


async def test_workers_that_have_nothing_to_do_end_after_a_while() -> None:
    a, b = models(2, most=4)
    for model in (a, b):
        model.ask()
        model.workers.ready()
    a.done()
    a.lender._allowance.rest(0)
    assert sizes([a, b]) == [0, 1]
    a.ask()
    a.workers.ready()
    assert a.answered == 2
