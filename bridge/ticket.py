"""ticket: one request that waits, and a call of R with those that share it."""

from collections import deque
from typing import Any, Final, Protocol

from bridge.answer import Answer, Part, Shared
from bridge.frame import Frame
from bridge.parameters import NONE
from bridge.promise import Promise
from bridge.request import Reply, Writer
from bridge.row import Row
from bridge.wire import Call, Failure


class Worker(Protocol):
    """What is lent: something that takes a call, and one more while it works on that.

    A call that was never begun is cancelled.
    """

    def call(self, call: Call, timeout: float) -> Promise[Answer | Failure]: ...


class Apart(Exception):
    """A block of a request whose rows must be asked in one call."""


class Ticket(Promise[Any]):
    """One request that waits for its answer, which is what it promises."""

    __slots__ = ("alone", "asked", "deadline", "deaths", "is_block", "parameters", "since")

    def __init__(
        self, asked: Frame | Row, parameters: str, since: float, deadline: float, alone: bool
    ) -> None:
        super().__init__()
        self.is_block = False
        self.asked = asked
        self.parameters = parameters
        self.since = since
        self.deadline = deadline
        self.alone = alone
        self.deaths = 0


class RowTicket(Ticket):
    """A request of one row, and how its part of the answer to all rows of a call is written."""

    __slots__ = ("writer",)
    is_long: Final = False

    def __init__(
        self, row: Row, writer: Writer, since: float, deadline: float, alone: bool
    ) -> None:
        super().__init__(row, NONE, since, deadline, alone)
        self.writer = writer

    @property
    def answer(self) -> Promise[Part]:
        return self

    def reply(self) -> Reply:
        """The reply, once the answer is there; raises the error that it got instead."""
        return self.writer.reply_to_row(self.result())


class Flight:
    """One call on its way: the requests in it, the queue they are of, the worker that has it."""

    __slots__ = ("batch", "began", "queue", "rows", "worker")

    def __init__(
        self, worker: Worker, queue: deque[Ticket], batch: list[Ticket], rows: int, began: float
    ) -> None:
        self.worker = worker
        self.queue = queue
        self.batch = batch
        self.rows = rows
        self.began = began


def joins(ticket: Ticket, first: Ticket) -> bool:
    """True if a request may be asked in the call of another."""
    return not ticket.alone and ticket.parameters == first.parameters


def divide(answer: Answer, batch: list[Ticket]) -> None:
    """Gives each request the rows that are its own."""
    shared, start = Shared(answer), 0
    for ticket in batch:
        if type(ticket.asked) is Row:
            ticket.set_result(Part(shared, start))
            start += 1
        else:
            stop = start + ticket.asked.rows
            ticket.set_result(answer.part(start, stop))
            start = stop
