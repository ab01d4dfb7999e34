"""outcome: what becomes of the requests of a call: an answer each, an error, or another call.

What goes wrong in a merged call goes wrong for nobody else: its requests are asked again, apart.
"""

import logging

from bridge.answer import Answer
from bridge.errors import PredictionFailed, WorkerDied
from bridge.failures import failed, rejected
from bridge.ticket import Apart, Flight, Ticket, divide
from bridge.wire import Failure

DEATHS_ALONE = 2  # of workers, until a request is not asked again
log = logging.getLogger(__name__)


def deliver(answer: Answer, flight: Flight, free_rows: bool) -> None:
    """Gives each request its part; all of it to one whose answer may have any number of rows."""
    if free_rows:
        flight.batch[0].set_result(answer)
    elif answer.frame.rows == flight.rows:
        divide(answer, flight.batch)
    else:
        log.error("R answered %d rows for %d", answer.frame.rows, flight.rows)
        for ticket in flight.batch:
            ticket.set_exception(
                PredictionFailed("the answer does not have a row for every row asked")
            )


def after_loss(batch: list[Ticket], error: BaseException) -> list[Ticket]:
    """Those to be asked again when a worker did not answer; the others get the error."""
    first = batch[0]
    if len(batch) > 1:
        return _apart(batch)
    if isinstance(error, WorkerDied) and first.deaths + 1 < DEATHS_ALONE:
        first.deaths += 1
        return batch
    first.set_exception(error)
    return []


def after_failure(batch: list[Ticket], failure: Failure) -> list[Ticket]:
    """Those to be asked again when R gave no answer; the others get its error."""
    if failure.kind == "rejected":
        return _reject(batch, failure)
    if len(batch) > 1:
        return _apart(batch)
    batch[0].set_exception(Apart() if failure.kind == "apart" else failed(failure))
    return []


def _reject(batch: list[Ticket], failure: Failure) -> list[Ticket]:
    """Fails the requests that own refused rows."""
    refused = set(failure.rows)
    start, innocent = 0, []
    for ticket in batch:
        stop = start + ticket.asked.rows
        rows = [row - start for row in range(start, stop) if row in refused]
        if rows:
            ticket.set_exception(rejected(failure, rows, ticket.asked))
        else:
            innocent.append(ticket)
        start = stop
    return innocent


def _apart(batch: list[Ticket]) -> list[Ticket]:
    for ticket in batch:
        ticket.alone = True
    return batch
