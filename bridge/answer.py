"""Answer: what a model gave back, row for row with what it was asked. Pure data."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Literal, NamedTuple

from bridge.frame import Frame

Layout = Literal["values", "records", "columns"]
LAYOUTS: tuple[Layout, ...] = ("values", "records", "columns")


class Answer(NamedTuple):
    """``frame`` holds one row per row asked.

    ``layout`` says how predict() shaped it: ``values``, a vector (one column);
    ``records``, a matrix or data.frame; ``columns``, the named list of an output_fn.
    """

    frame: Frame
    layout: Layout

    def part(self, start: int, stop: int) -> "Answer":
        """The rows from ``start`` to before ``stop``, or to the end."""
        frame = self.frame
        columns = tuple([column[start:stop] for column in frame.columns])
        first, last = (bisect_left(frame.errors, (row,)) for row in (start, stop))
        errors = tuple((row - start, text) for row, text in frame.errors[first:last])
        rows = min(stop, frame.rows) - start
        return Answer(Frame(frame.names, columns, rows, errors=errors), self.layout)


class Shared:
    """An answer of which each row is for another request: it is written for all at once."""

    __slots__ = ("_written", "answer")

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self._written: dict[Callable[[Answer], list[bytes]], list[bytes]] = {}

    def written(self, each: Callable[[Answer], list[bytes]]) -> list[bytes]:
        """What ``each`` makes of the answer, a text a row; made when it is first asked for."""
        texts = self._written.get(each)
        if texts is None:
            texts = self._written[each] = each(self.answer)
        return texts


class Part(NamedTuple):
    """The row of a shared answer that is for one request."""

    shared: Shared
    row: int
