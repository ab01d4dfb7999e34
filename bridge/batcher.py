"""batcher: a bounded queue in front of the workers, which batches while they are busy.

predict() costs R half a millisecond per call and next to nothing per row. So requests
that wait while a worker is busy are asked in its next call, together; a request that
finds no call running never waits. No timer holds a request back.

Merging must not change an answer by one bit, so only those requests are merged for which
that is known (``merge``), and none that holds a missing value: with an NA anywhere in
the model matrix R's ``%*%`` adds up every row in another order. What goes wrong in a
merged call goes wrong for nobody else: its requests are asked again, one by one.

Is *given* the function that lends a worker; knows nothing of processes or HTTP.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from math import inf
from time import monotonic
from typing import Protocol

from bridge.answer import Answer
from bridge.errors import (
    MOST_PROBLEMS,
    DeadlineExceeded,
    InsufficientMemory,
    PredictionFailed,
    Problem,
    QueueFull,
    Rejected,
    ServiceError,
    WorkerDied,
    is_of_memory,
)
from bridge.frame import Frame, concat
from bridge.promise import Promise
from bridge.texts import Texts
from bridge.wire import Call, Failure

log = logging.getLogger(__name__)

# While a call runs, requests wait for it before another worker is given to them: more rows
# a call is less work than more calls. So long at most (seconds):
PATIENCE = 0.01
# A merged call is made as large as is answered in about TARGET seconds. One that takes
# MERGED_SECONDS holds a request that hangs, which must not cost the others their time.
TARGET = 0.1
MERGED_SECONDS = 1.0
MERGED_ROWS = 4096
FIRST_GUESS = 0.01  # seconds per row, until the first answer tells
DEATHS_ALONE = 2


class Worker(Protocol):
    """What is lent: something that takes a call, and one more while it works on that.

    The future of a call that was never begun is cancelled.
    """

    def call(self, call: Call, timeout: float) -> asyncio.Future[Answer | Failure]: ...


class Apart(Exception):
    """A block of a request whose rows must be asked in one call."""


class Ticket(Promise[Answer]):
    """One request that waits for its answer, which is what it promises."""

    __slots__ = ("alone", "deadline", "deaths", "frame", "is_block", "parameters", "since")

    def __init__(
        self, frame: Frame, parameters: str, since: float, deadline: float, alone: bool
    ) -> None:
        super().__init__()
        self.is_block = False
        self.frame = frame
        self.parameters = parameters
        self.since = since
        self.deadline = deadline
        self.alone = alone
        self.deaths = 0


class Flight:
    """One call on its way: the requests in it, and the worker that has it."""

    __slots__ = ("batch", "began", "rows", "worker")

    def __init__(self, worker: Worker, batch: list[Ticket], rows: int, began: float) -> None:
        self.worker = worker
        self.batch = batch
        self.rows = rows
        self.began = began


class Batcher:
    """``take`` gives an idle worker or None; ``pump`` is to be called when one turns idle."""

    def __init__(self, take: Callable[[], Worker | None], limit: int, timeout: float) -> None:
        self.merge = False
        self.free_rows = False
        self._take = take
        self._limit = limit
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Ticket] = deque()
        self._flights: list[Flight] = []  # of requests that may be merged
        self._seconds_per_row = FIRST_GUESS
        self._pumping = False
        self._wake: asyncio.TimerHandle | None = None
        self._wake_time = inf

    def submit(self, frame: Frame, parameters: str = "{}") -> Promise[Answer]:
        """The answer to come, row for row; raises QueueFull at once, other errors later.

        ``parameters`` are those of ``wire.Call``; only requests with the same are merged.
        """
        deadline = self.admit()
        alone = frame.missing or not self.merge or frame.rows > MERGED_ROWS
        ticket = Ticket(frame, parameters, deadline - self._timeout, deadline, alone)
        self._enqueue(ticket)
        return ticket

    def admit(self) -> float:
        """The deadline of a request that comes now; raises QueueFull."""
        if len(self._queue) >= self._limit:
            raise QueueFull(f"{self._limit} requests are waiting already; try again later")
        return monotonic() + self._timeout

    def submit_admitted(
        self, frame: Frame, parameters: str, deadline: float, is_block: bool
    ) -> Promise[Answer]:
        """The same for a request that was admitted, asked in a call of its own.

        If the frame is a block of its rows, fails with Apart where all must be asked together.
        """
        ticket = Ticket(frame, parameters, monotonic(), deadline, alone=True)
        ticket.is_block = is_block
        self._enqueue(ticket)
        return ticket

    def _enqueue(self, ticket: Ticket) -> None:
        self._queue.append(ticket)
        if not self._pumping:
            # Not at once: other requests that came with this one join its call.
            self._pumping = True
            self._loop.call_soon(self.pump)

    def pump(self) -> None:
        """Gives waiting requests to workers."""
        self._pumping = False
        while self._queue:
            now = monotonic()
            head = self._queue[0]
            if head.done():  # its client has gone
                self._queue.popleft()
                continue
            if head.deadline <= now:
                self._queue.popleft().set_exception(_too_late())
                continue
            worker = self._worker_for(head, now)
            if worker is None:
                return
            self._send(worker, self._next_batch(self._share()), now)

    def _worker_for(self, head: Ticket, now: float) -> Worker | None:
        """The worker to send the queue's head to now; if None, ``pump`` is called later."""
        if head.alone or not self._flights or now - head.since >= PATIENCE:
            worker = self._take()
            if worker is None:
                self._wake_in(head.deadline - now)
            else:  # what it had is over, though we may not have been told yet
                self._flights = [f for f in self._flights if f.worker is not worker]
            return worker
        # As many wait as are being worked on: hand them to the same worker, which begins
        # them without waiting for us. Only behind a merged call, which cannot hang for long.
        running = self._flights[0]
        if len(self._flights) == 1 and 1 < len(running.batch) <= len(self._queue):
            return running.worker
        self._wake_in(head.since + PATIENCE - now)
        return None

    def _wake_in(self, seconds: float) -> None:
        """Pumps again then, unless that is to happen sooner anyway."""
        when = monotonic() + seconds
        if when < self._wake_time:
            if self._wake is not None:
                self._wake.cancel()
            self._wake_time = when
            self._wake = self._loop.call_later(seconds, self._woken)

    def _woken(self) -> None:
        self._wake, self._wake_time = None, inf
        self.pump()

    def _share(self) -> int:
        """How many requests the next call takes, so that calls stay of one size.

        Behind a running call, half of all: with uneven calls the server answers the large
        one while the worker, done with the small one, waits.
        """
        if not self._flights:
            return len(self._queue)
        return (len(self._queue) + len(self._flights[0].batch) + 1) // 2

    def _next_batch(self, share: int) -> list[Ticket]:
        batch = [self._queue.popleft()]
        if batch[0].alone:
            return batch
        most = min(MERGED_ROWS, TARGET / self._seconds_per_row)
        rows = batch[0].frame.rows
        while self._queue and len(batch) < share and _joins(self._queue[0], batch[0]):
            rows += self._queue[0].frame.rows
            if rows > most:
                break
            ticket = self._queue.popleft()
            if not ticket.done():
                batch.append(ticket)
        return batch

    def _send(self, worker: Worker, batch: list[Ticket], now: float) -> None:
        timeout = batch[0].deadline - now
        if len(batch) > 1:
            timeout = min(timeout, MERGED_SECONDS)
        frame = concat([ticket.frame for ticket in batch])
        flight = Flight(worker, batch, frame.rows, now)
        if not batch[0].alone:
            self._flights.append(flight)
        # R tells of calls for several requests whether they must be asked apart.
        requests = len(batch) + batch[0].is_block
        call = Call(frame, requests, batch[0].parameters)
        worker.call(call, timeout).add_done_callback(partial(self._done, flight))

    def _done(self, flight: Flight, future: asyncio.Future[Answer | Failure]) -> None:
        if flight in self._flights:
            self._flights.remove(flight)
        if future.cancelled():
            self._queue.extendleft(reversed(flight.batch))
        elif (error := future.exception()) is not None:
            self._lost(flight.batch, error)
        elif isinstance(reply := future.result(), Answer):
            self._learn(flight)
            self.pump()  # first of all the next call: the worker is waiting
            self._deliver(flight, reply)
            return
        else:
            self._failed(flight.batch, reply)
        self.pump()

    def _learn(self, flight: Flight) -> None:
        taken = (monotonic() - flight.began) / flight.rows
        self._seconds_per_row += 0.3 * (taken - self._seconds_per_row)

    def _lost(self, batch: list[Ticket], error: BaseException) -> None:
        if len(batch) > 1:
            self._ask_apart(batch)
        elif isinstance(error, WorkerDied):
            self._died_alone(batch[0], error)
        else:
            batch[0].set_exception(error)

    def _deliver(self, flight: Flight, answer: Answer) -> None:
        if self.free_rows:
            parts = [answer]
        elif answer.frame.rows == flight.rows:
            parts = answer.split([ticket.frame.rows for ticket in flight.batch])
        else:
            log.error("R answered %d rows for %d", answer.frame.rows, flight.rows)
            for ticket in flight.batch:
                ticket.set_exception(
                    PredictionFailed("the answer does not have a row for every row asked")
                )
            return
        for ticket, part in zip(flight.batch, parts, strict=True):
            ticket.set_result(part)

    def _failed(self, batch: list[Ticket], failure: Failure) -> None:
        if failure.kind == "rejected":
            self._reject(batch, failure)
        elif len(batch) > 1:
            self._ask_apart(batch)
        elif failure.kind == "apart":
            batch[0].set_exception(Apart())
        else:
            batch[0].set_exception(_failed(failure))

    def _reject(self, batch: list[Ticket], failure: Failure) -> None:
        """Fails the requests that own refused rows; the others are asked again."""
        refused = set(failure.rows)
        start, innocent = 0, []
        for ticket in batch:
            stop = start + ticket.frame.rows
            rows = [row - start for row in range(start, stop) if row in refused]
            if rows:
                ticket.set_exception(_rejected(failure, rows, ticket.frame))
            else:
                innocent.append(ticket)
            start = stop
        self._queue.extendleft(reversed(innocent))

    def _ask_apart(self, batch: list[Ticket]) -> None:
        for ticket in batch:
            ticket.alone = True
        self._queue.extendleft(reversed(batch))

    def _died_alone(self, ticket: Ticket, error: WorkerDied) -> None:
        ticket.deaths += 1
        if ticket.deaths == DEATHS_ALONE:
            ticket.set_exception(error)
        else:
            self._queue.appendleft(ticket)


def _joins(ticket: Ticket, first: Ticket) -> bool:
    return not ticket.alone and ticket.parameters == first.parameters


def _too_late() -> DeadlineExceeded:
    return DeadlineExceeded("the answer was not there in time")


def _failed(failure: Failure) -> ServiceError:
    if is_of_memory(failure.message):
        return InsufficientMemory(failure.message)
    return PredictionFailed(failure.message, failure.detail)


def _rejected(failure: Failure, rows: list[int], frame: Frame) -> Rejected:
    column = dict(zip(frame.names, frame.columns, strict=True)).get(failure.field)
    values = column if isinstance(column, list | Texts) else None
    field = failure.field or None
    return Rejected(
        [
            Problem("rejected", failure.message, field, row, values[row] if values else None)
            for row in rows[:MOST_PROBLEMS]
        ]
    )
