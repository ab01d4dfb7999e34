"""Batcher under any schedule of requests, answers and deaths: nobody is lost or mixed up.

What becomes of a request is written in its rows: one that is refused, one that stops R or
kills it, one that never ends. The workers act on it, in the order that hypothesis picks.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.answer import Answer
from bridge.batcher import PATIENCE
from bridge.errors import DeadlineExceeded, PredictionFailed, QueueFull, Rejected, WorkerDied
from bridge.frame import Frame
from bridge.promise import Promise
from bridge.wire import Call, Failure
from tests.fakes import Pool, Worker, doubled, error_of, ids, turn

FATES = ["good", "good", "good", "missing", "infinite", "refused", "stops", "kills", "hangs"]
LIMIT = 6


@dataclass
class Request:
    """What was submitted, what came of it, and what happened to it on the way."""

    number: int
    fates: list[str]
    is_long: bool = False
    future: Promise[Answer] | None = None
    deaths_alone: int = 0
    hung_alone: bool = False

    @property
    def frame(self) -> Frame:
        """Row k of request n has the id 10 n + k; its fate is its second column."""
        numbers = np.array([10.0 * self.number + row for row in range(len(self.fates))])
        columns = (numbers, list[str | None](self.fates))
        return Frame(("id", "fate"), columns, len(self.fates), "missing" in self.fates)


@dataclass
class Schedule:
    """A run of a batcher: every step of it, and what was seen."""

    pool: Pool
    requests: dict[int, Request] = field(default_factory=dict)
    refused: int = 0

    def submit(self, fates: list[str], is_long: bool) -> None:
        request = Request(len(self.requests), fates, is_long)
        batcher = self.pool.batcher
        try:
            if is_long:
                deadline = batcher.admit()
                request.future = batcher.submit_long(request.frame, "{}", deadline, is_block=False)
            else:
                request.future = batcher.submit(request.frame)
        except QueueFull:
            self.refused += 1
        self.requests[request.number] = request

    def end(self, worker: Worker, crash: bool = False) -> None:
        """The worker's running call ends as its rows want, or with a crash of its own."""
        call = worker.running
        owners = self.owners(call)
        fates = [str(fate) for fate in call.frame.columns[1]]
        if crash or "kills" in fates:
            if len(owners) == 1:
                owners[0].deaths_alone += 1
            worker.die()
        elif "hangs" in fates:
            owners[0].hung_alone = len(owners) == 1
            worker.die(DeadlineExceeded("the answer was not there in time"))
        else:
            worker.reply(outcome(call, fates))

    def owners(self, call: Call) -> list[Request]:
        """The requests in a call, which must be whole, and alone where they are to be."""
        numbers = list(dict.fromkeys(int(number // 10) for number in ids(call.frame)))
        owners = [self.requests[number] for number in numbers]
        wanted = [number for owner in owners for number in ids(owner.frame)]
        assert ids(call.frame) == wanted and call.requests == len(owners)
        is_long = any(owner.is_long for owner in owners)
        alone = call.frame.missing or not self.pool.batcher.merge or is_long
        assert call.requests == 1 or not alone
        return owners


def outcome(call: Call, fates: list[str]) -> Answer | Failure:
    """What R replies to these rows."""
    refused = tuple(row for row, fate in enumerate(fates) if fate == "refused")
    if refused:
        return Failure("rejected", "no", field="fate", rows=refused)
    if "stops" in fates:
        return Failure("failed", "no luck")
    if call.requests > 1 and "infinite" in fates:
        return Failure("apart", "")
    return doubled(call)


def check(request: Request) -> None:
    """The request has its own answer, or the error that it or its workers earned."""
    assert request.future is not None and request.future.done()
    error = error_of(request.future)
    if isinstance(error, asyncio.CancelledError):
        return
    if error is None:
        assert not {"refused", "stops", "kills", "hangs"} & set(request.fates)
        assert ids(request.future.result().frame) == [2 * number for number in ids(request.frame)]
    elif isinstance(error, Rejected):
        rows = [row for row, fate in enumerate(request.fates) if fate == "refused"]
        assert rows and [problem.row for problem in error.problems] == rows
        assert {problem.value for problem in error.problems} == {"refused"}
    elif isinstance(error, PredictionFailed):
        assert "stops" in request.fates
    elif isinstance(error, DeadlineExceeded):
        assert request.hung_alone
    else:
        assert isinstance(error, WorkerDied) and request.deaths_alone == 2


steps = st.one_of(
    st.tuples(st.just("submit"), st.lists(st.sampled_from(FATES), min_size=1, max_size=3)),
    st.tuples(st.just("submit"), st.just(["good"])),
    st.tuples(st.just("long"), st.lists(st.sampled_from(FATES), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["end", "crash", "cancel"]), st.integers(0, 9)),
    st.tuples(st.just("turn"), st.none()),
    st.tuples(st.just("wait"), st.none()),
)


async def run(size: int, merge: bool, plan: list[tuple[str, object]]) -> Schedule:
    """Plays ``plan``, then lets everything come to its end."""
    schedule = Schedule(Pool(size, LIMIT))
    pool, requests = schedule.pool, schedule.requests
    pool.batcher.merge = merge
    for verb, what in plan:
        if isinstance(what, list):
            schedule.submit(what, is_long=verb == "long")
        elif verb == "cancel" and requests:
            future = requests[int(str(what)) % len(requests)].future
            if future is not None:
                future.cancel()
        elif verb in ("end", "crash") and pool.busy:
            schedule.end(pool.busy[int(str(what)) % len(pool.busy)], crash=verb == "crash")
        elif verb == "wait":
            await asyncio.sleep(1.2 * PATIENCE)
        else:
            await turn()
            waits = bool(pool.batcher._queue or pool.batcher._long)
            assert pool.batcher.merge or not waits or len(pool.busy) == size
    await finish(schedule)
    return schedule


async def finish(schedule: Schedule) -> None:
    """Ends every call, as often as needed, until nothing is asked any more."""
    for _ in range(200):
        await turn()
        if not schedule.pool.busy:
            await asyncio.sleep(1.2 * PATIENCE)
            if not schedule.pool.busy:
                return
        for worker in schedule.pool.busy:
            schedule.end(worker)
    raise AssertionError("there is no end to it")


GOOD = ("submit", ["good"])


@given(st.integers(1, 3), st.booleans(), st.lists(steps, max_size=25))
@example(1, True, [GOOD, GOOD, ("turn", None), GOOD, GOOD, ("crash", 0)])
@example(1, True, [GOOD, GOOD, ("turn", None), ("submit", ["good"] * 3), GOOD, ("crash", 0), GOOD])
@example(
    2, True, [GOOD, GOOD, ("turn", None), GOOD, ("long", ["good"]), ("turn", None), ("end", 1)]
)
@example(1, False, [("long", ["kills"]), GOOD, ("turn", None), ("long", ["good"]), ("end", 0)])
def test_every_request_gets_its_own_answer_or_error(
    size: int, merge: bool, plan: list[tuple[str, object]]
) -> None:
    schedule = asyncio.run(run(size, merge, plan))
    submitted = [request for request in schedule.requests.values() if request.future is not None]
    assert len(submitted) + schedule.refused == len(schedule.requests)
    for request in submitted:
        check(request)


@given(st.lists(st.lists(st.sampled_from(FATES), min_size=1, max_size=3), min_size=1, max_size=6))
@example([["good"], ["refused"], ["missing"], ["good"], ["good"], ["missing"]])
def test_without_crashes_every_request_meets_its_own_fate(batch: list[list[str]]) -> None:
    schedule = asyncio.run(run(1, True, [("submit", fates) for fates in batch]))
    met = Counter[str]()
    for request in schedule.requests.values():
        check(request)
        assert request.future is not None
        met[type(error_of(request.future)).__name__] += 1
    harmless = {"good", "missing", "infinite"}
    assert met["NoneType"] == sum(set(fates) <= harmless for fates in batch)
    assert met["WorkerDied"] == sum("kills" in fates for fates in batch)
