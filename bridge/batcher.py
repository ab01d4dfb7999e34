"""batcher: a bounded queue in front of the workers, which batches while they are busy.

predict() costs R half a millisecond per call and next to nothing per row. So requests
that wait while a worker is busy are asked in its next call, together; a request that
finds no call running never waits. No timer holds a request back.

Merging must not change an answer by one bit, so only those requests are merged for which
that is known (``merge``), and none that holds a missing value: with an NA anywhere in
the model matrix R's ``%*%`` adds up every row in another order. What becomes of the requests
of a call is told by ``outcome``.

Long requests, and the blocks of those that may be cut (see ``bulk``), wait in a queue of their
own. Single requests go before them, but not for ever (see ``turns``).

Is *given* the function that lends a worker; knows nothing of processes or HTTP.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic

from bridge.alarm import Alarm
from bridge.answer import Answer
from bridge.counts import Counts
from bridge.errors import QueueFull
from bridge.failures import too_late
from bridge.frame import Frame
from bridge.outcome import after_failure, after_loss, deliver
from bridge.pace import Pace
from bridge.promise import Promise
from bridge.rate import Rate
from bridge.request import Writer
from bridge.row import Row, assembled
from bridge.ticket import Flight, RowTicket, Ticket, Worker
from bridge.turns import Turns
from bridge.wire import Call, Failure

# While a call runs, requests wait for it before another worker is given to them: more rows
# a call is less work than more calls. So long at most (seconds):
PATIENCE = 0.01
# A merged call is made as large as is answered in about TARGET seconds. One that takes
# MERGED_SECONDS holds a request that hangs, which must not cost the others their time.
TARGET = 0.1
MERGED_SECONDS = 1.0
MERGED_ROWS = 4096
FIRST_GUESS = 0.01  # seconds per row, until the first answer tells
# A call of a block is to take so long, and other calls are long ones above the other (seconds):
BLOCK_SECONDS = 0.02
LONG_SECONDS = 0.1


class Batcher:
    """``take`` gives an idle worker or None; ``pump`` is to be called when one turns idle."""

    def __init__(self, take: Callable[[], Worker | None], limit: int, timeout: float) -> None:
        self.counts = Counts()  # that are told of calls
        self.merge = False
        self.free_rows = False
        self._take = take
        self._limit = self._most = limit
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Ticket] = deque()
        self._long: deque[Ticket] = deque()
        self._pace, self._rate, self._turns = Pace(), Rate(timeout), Turns()
        self._flights: list[Flight] = []  # of requests that may be merged
        self._seconds_per_row = FIRST_GUESS
        self._seconds = 0.0  # that a call of single requests takes
        self._needed = 0.0  # seconds that a call must have to be begun
        self._pumping = False
        self._alarm = Alarm(self.pump)

    def submit(self, frame: Frame, parameters: str = "{}") -> Promise[Answer]:
        """The answer to come, row for row; raises QueueFull at once, other errors later.

        ``parameters`` are those of ``wire.Call``; only requests with the same are merged.
        """
        deadline = self.admit()
        alone = frame.missing or not self.merge or frame.rows > MERGED_ROWS
        ticket = Ticket(frame, deadline - self._timeout, deadline, alone)
        ticket.parameters = parameters
        self._queue.append(ticket)
        self._pump_soon()
        return ticket

    def submit_row(self, row: Row, writer: Writer) -> RowTicket:
        """As ``submit``, for one row that had room when it came; not where ``free_rows``."""
        now = monotonic()
        ticket = RowTicket(row, now, now + self._timeout, not self.merge)
        ticket.writer = writer
        self._queue.append(ticket)
        if not self._pumping:
            self._pump_soon()
        return ticket

    def check_room(self) -> None:
        """Raises QueueFull if a request that comes now has no place to wait."""
        if len(self._queue) >= self._limit:
            raise QueueFull(self._why_full())

    def admit(self) -> float:
        """The deadline of a request that comes now; raises QueueFull."""
        self.check_room()
        return monotonic() + self._timeout

    def _why_full(self) -> str:
        waiting = f"{len(self._queue)} requests are waiting already"
        if self._limit < self._most:
            return f"{waiting}, as many as are answered in {self._timeout:g} s; try again later"
        return f"{waiting}; try again later"

    @property
    def waiting(self) -> int:
        """How many requests, and blocks of long ones, wait for a worker."""
        return len(self._queue) + len(self._long)

    @property
    def can_be_cut(self) -> bool:
        """True if blocks of a request may be asked apart."""
        return self.merge and not self.free_rows

    @property
    def long_rows(self) -> int:
        """A request of more rows is a long one, or is to be cut into blocks of so many."""
        return self._pace.rows

    def submit_long(
        self, frame: Frame, parameters: str, deadline: float, is_block: bool
    ) -> Promise[Answer]:
        """As ``submit``, for a long request that was admitted, or a block of its rows.

        A block fails with Apart where all rows must be asked together.
        """
        ticket = Ticket(frame, monotonic(), deadline, alone=True)
        ticket.parameters = parameters
        ticket.is_block = is_block
        if not self._long:
            self._turns.came_long()
        self._long.append(ticket)
        self._pump_soon()
        return ticket

    def _pump_soon(self) -> None:
        if not self._pumping:
            # Not at once: other requests that came with this one join its call.
            self._pumping = True
            self._loop.call_soon(self.pump)

    def pump(self) -> None:
        """Gives waiting requests to workers."""
        self._pumping = False
        while self._queue or self._long:
            now = monotonic()
            if self._drops(self._queue, now) or (self._long and self._drops(self._long, now)):
                continue
            queue = self._next_queue(now) if self._long else self._queue
            worker = self._worker_for(queue[0], now)
            if worker is None:
                return
            self._send(worker, queue, now)

    def _drops(self, queue: deque[Ticket], now: float) -> bool:
        """True if the first of a queue needs no answer any more, or cannot have it in time.

        A call that is not over at its deadline costs a worker.
        """
        if not queue or (not queue[0].done() and queue[0].deadline > now + self._needed):
            return False
        queue.popleft().set_exception(too_late())  # unless its client has gone
        return True

    def _next_queue(self, now: float) -> deque[Ticket]:
        """That of the single requests or that of the long ones."""
        if not self._queue or self._turns.is_long_next:
            return self._long
        stays = self._is_patient(self._queue[0], now) and self._next_anyway() is None
        return self._long if stays else self._queue

    def _is_patient(self, head: Ticket, now: float) -> bool:
        """True if it need not be given to an idle worker: one that is busy may take it next."""
        return not head.alone and bool(self._flights) and now - head.since < PATIENCE

    def _worker_for(self, head: Ticket, now: float) -> Worker | None:
        """The worker to send the queue's head to now; if None, ``pump`` is called later."""
        if not self._is_patient(head, now):
            worker = self._take()
            if worker is None:
                self._alarm.set(self._nearest_deadline(), now)
            else:  # what it had is over, though we may not have been told yet
                self._flights = [f for f in self._flights if f.worker is not worker]
            return worker
        worker = self._next_anyway()
        if worker is None:
            self._alarm.set(head.since + PATIENCE, now)
        return worker

    def _next_anyway(self) -> Worker | None:
        """The busy worker that is to begin what waits without waiting for us, if there is one.

        As many wait as it works on; and only behind a merged call, which cannot hang for long.
        """
        running = self._flights[0]
        is_full = len(self._flights) == 1 and 1 < len(running.batch) <= len(self._queue)
        return running.worker if is_full else None

    def _nearest_deadline(self) -> float:
        return min(queue[0].deadline for queue in (self._queue, self._long) if queue)

    def _share(self) -> int:
        """How many requests the next call takes, so that calls stay of one size.

        Behind a running call, half of all: with uneven calls the server answers the large
        one while the worker, done with the small one, waits.
        """
        if not self._flights:
            return len(self._queue)
        return (len(self._queue) + len(self._flights[0].batch) + 1) // 2

    def _next_batch(self, queue: deque[Ticket]) -> list[Ticket]:
        if queue[0].alone:
            return [queue.popleft()]
        share = self._share()
        first = queue.popleft()
        batch = [first]
        most = min(MERGED_ROWS, TARGET / self._seconds_per_row)
        rows = first.asked.rows
        while queue and len(batch) < share:
            ticket = queue[0]
            rows += ticket.asked.rows
            if ticket.alone or ticket.parameters != first.parameters or rows > most:
                break
            queue.popleft()
            if not ticket.done():
                batch.append(ticket)
        return batch

    def _send(self, worker: Worker, queue: deque[Ticket], now: float) -> None:
        batch = self._next_batch(queue)
        timeout = batch[0].deadline - now
        if len(batch) > 1:
            timeout = min(timeout, MERGED_SECONDS)
        frame = assembled([ticket.asked for ticket in batch])
        flight = Flight(worker, queue, batch, frame.rows, now)
        if not batch[0].alone:
            self._flights.append(flight)
        if queue is self._long:
            self._turns.began_long()
        # R tells of calls for several requests whether they must be asked apart.
        requests = len(batch) + batch[0].is_block
        call = Call(frame, requests, batch[0].parameters)
        worker.call(call, timeout).add_done_callback(partial(self._done, flight))

    def _done(self, flight: Flight, promise: Promise[Answer | Failure]) -> None:
        if flight in self._flights:
            self._flights.remove(flight)
        now = monotonic()
        self._account(flight, now)
        error = promise.error()
        if isinstance(error, asyncio.CancelledError):  # it was never begun
            self._ask_again(flight, flight.batch)
            return
        reply = error or promise.result()
        self._tell(flight, flight.rows if isinstance(reply, Answer) else 0, now)
        if isinstance(reply, Answer):
            self._learn(flight, now - flight.began)
            self.pump()  # first of all the next call: the worker is waiting
            deliver(reply, flight, self.free_rows)
        elif isinstance(reply, Failure):
            self._ask_again(flight, after_failure(flight.batch, reply))
        else:
            self._ask_again(flight, after_loss(flight.batch, reply))

    def _ask_again(self, flight: Flight, tickets: list[Ticket]) -> None:
        flight.queue.extendleft(reversed(tickets))
        self.pump()

    def _tell(self, flight: Flight, rows: int, now: float) -> None:
        """Tells of a call that has answered so many rows."""
        self.counts.calls.append(flight.ended(now, self._flights))
        self.counts.rows += rows

    def _account(self, flight: Flight, now: float) -> None:
        if flight.queue is self._long:
            self._turns.ended_long(now - flight.began)
            return
        if self._long:
            self._turns.ended_single(now - flight.began)
        if self._queue or self._rate.did_wait:
            self._rate.ended(len(flight.batch), now, bool(self._queue))
            self._limit = int(min(self._most, self._rate.room))

    def _learn(self, flight: Flight, seconds: float) -> None:
        self._pace.learn(flight.rows, seconds, BLOCK_SECONDS if self.can_be_cut else LONG_SECONDS)
        if flight.queue is self._queue:
            self._seconds += 0.1 * (seconds - self._seconds)
            self._needed = min(2 * self._seconds, self._timeout / 2)
        if not flight.batch[0].alone:
            self._seconds_per_row += 0.3 * (seconds / flight.rows - self._seconds_per_row)
