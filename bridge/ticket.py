"""ticket: one request that waits, and a call of R with those that share it."""

from collections import deque
from collections.abc import Iterable
from typing import Any, Final, Protocol

from bridge.answer import Answer
from bridge.codecs.gzip import LEAST_BYTES
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

    deaths = 0
    is_block = False
    parameters = NONE

    def __init__(self, asked: Frame | Row, since: float, deadline: float, alone: bool) -> None:
        self.asked = asked
        self.since = since
        self.deadline = deadline
        self.alone = alone


class RowTicket(Ticket):
    """A request of one row, which is promised the text of its part of an answer.

    ``writer`` writes many at once.
    """

    is_long: Final = False
    writer: Writer

    @property
    def answer(self) -> Promise[bytes]:
        return self

    def reply(self) -> Reply:
        """The reply, once the answer is there; raises the error that it got instead."""
        return self.writer.reply_to_row(self.result())

    @property
    def plain(self) -> bytes | None:
        """The body of the reply, if it is there and the reply tells no more."""
        body: bytes | None = self.kept
        return body if body is not None and len(body) < LEAST_BYTES else None


class Flight:
    """One call on its way: the requests in it, the queue they are of, the worker that has it.

    Sent when it ``began``; the worker is at it ``since`` then, or since the call before it ended.
    """

    __slots__ = ("batch", "began", "queue", "rows", "since", "worker")

    def __init__(
        self, worker: Worker, queue: deque[Ticket], batch: list[Ticket], rows: int, began: float
    ) -> None:
        self.worker = worker
        self.queue = queue
        self.batch = batch
        self.rows = rows
        self.began = self.since = began

    def ended(self, now: float, others: Iterable["Flight"]) -> float:
        """How long the worker was at it; that of the ``others`` which waits behind begins now."""
        for other in others:
            if other.worker is self.worker:
                other.since = now
        return now - self.since


def divide(answer: Answer, batch: list[Ticket]) -> None:
    """Gives each request the rows that are its own; fails those that cannot be written."""
    written: dict[Any, list[bytes]] = {}  # all rows, by what has written them
    each: Any = None
    start = 0
    try:
        for ticket in batch:
            if type(ticket) is RowTicket:
                if each is not ticket.writer.each:
                    each = ticket.writer.each
                    if each not in written:
                        written[each] = each(answer)
                    texts = written[each]
                ticket.set_result(texts[start])
                start += 1
            else:
                stop = start + ticket.asked.rows
                ticket.set_result(answer.part(start, stop))
                start = stop
    except Exception as error:
        for ticket in batch:
            ticket.set_exception(error)  # unless it has its answer
