"""Answer: what a model gave back, row for row with what it was asked. Pure data."""

from bisect import bisect_left
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
