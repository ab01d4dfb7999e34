"""divide(): each request of a call gets its own rows, as what it is promised.

And how long a worker was at a call.
"""

from collections import deque
from typing import Any, cast

import pytest

from bridge.answer import Answer
from bridge.codecs import EachEncoder, json
from bridge.frame import Frame
from bridge.request import Writer
from bridge.row import Row, RowType
from bridge.ticket import Flight, RowTicket, Ticket, divide
from tests.fakes import rows

TYPE = RowType(("id",), (None,))


def asked(count: int) -> Ticket:
    """A request of a frame of so many rows."""
    return Ticket(rows(*range(count)), 0.0, 1.0, alone=False)


def asked_row(each: EachEncoder) -> RowTicket:
    """A request of one row, written by ``each``."""
    ticket = RowTicket(Row(TYPE, ("a",)), 0.0, 1.0, alone=False)
    ticket.writer = Writer("application/json", json.encode, "", False, each)
    return ticket


def answer(*values: float) -> Answer:
    return Answer(Frame(("fit",), (list(map(str, values)),), len(values)), "values")


def test_rows_and_frames_get_their_own_part_in_order() -> None:
    batch: list[Ticket] = [asked_row(json.encode_each), asked(2), asked_row(json.encode_each)]
    divide(answer(1, 2, 3, 4), batch)
    first, frame, last = (ticket.result() for ticket in batch)
    assert (first, last) == (b'{"predictions":["1"]}', b'{"predictions":["4"]}')
    assert frame.frame.columns == (["2", "3"],)


def test_rows_that_are_written_alike_are_written_at_once() -> None:
    calls = []

    def each(whole: Answer) -> list[bytes]:
        calls.append(whole)
        return [b"%d" % i for i in range(whole.frame.rows)]

    batch: list[Ticket] = [asked_row(each) for _ in range(3)]
    divide(answer(1, 2, 3), batch)
    assert [ticket.result() for ticket in batch] == [b"0", b"1", b"2"]
    assert len(calls) == 1


def test_what_cannot_be_written_fails_and_nobody_waits_for_ever() -> None:
    def broken(_: Answer) -> list[bytes]:
        raise ValueError("cannot be written")

    before, row, after = asked(1), asked_row(broken), asked(1)
    divide(answer(1, 2, 3), [before, row, after])
    assert before.result().frame.rows == 1
    for ticket in (row, after):
        with pytest.raises(ValueError, match="cannot be written"):
            ticket.result()


def test_a_call_that_waits_behind_another_begins_when_that_ends() -> None:
    one, other = cast(Any, object()), cast(Any, object())
    first, second, elsewhere = (
        Flight(worker, deque(), [], 1, began)
        for worker, began in ((one, 1.0), (one, 2.0), (other, 3.0))
    )
    assert first.ended(5.0, [second, elsewhere]) == 4.0
    assert second.ended(6.0, [elsewhere]) == 1.0
    assert elsewhere.ended(6.0, []) == 3.0
