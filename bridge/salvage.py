"""salvage: answers the good records of a request, and says of each bad one what was wrong.

What ``on_error = "placeholder"`` does: a record that cannot be read, does not fit the schema,
is refused by a hook or stops R has a row of NA in the answer and its error beside it, so that
every record has its own row, in order. What is wrong with the whole request, or with the
server, still fails the whole request.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from bridge.answer import Answer
from bridge.errors import PredictionFailed, Rejected
from bridge.frame import (
    NA_BOOL,
    NA_INT,
    NA_REAL,
    Column,
    Frame,
    Replacements,
    concat,
    plain,
)
from bridge.promise import Promise
from bridge.request import Read
from bridge.sift import note
from bridge.texts import Texts

_NA = {np.dtype(np.float64): NA_REAL, np.dtype(np.int32): NA_INT, np.dtype(np.int8): NA_BOOL}
log = logging.getLogger(__name__)
_MANY_ROWS = 10_000  # which the event loop is not to count
Submit = Callable[[Sequence[Frame], str], Promise[Answer]]


class Part(NamedTuple):
    """The answer to some of a request's rows."""

    rows: Sequence[int]
    answer: Answer


class Salvage:
    """``sample`` is an answer of the model, which shows the shape that its answers have."""

    def __init__(self, submit: Submit, sample: Answer) -> None:
        self._submit = submit
        self._sample = sample

    async def answer(self, read: Read) -> Answer:
        """A row for each row of the request."""
        errors, rows = await _sorted_out(read)
        parts = await self._ask(read.frames, rows, read.parameters, errors)
        answer = await asyncio.to_thread(self._joined, parts, errors, read.rows, read.replaced)
        if errors:
            row, text = answer.frame.errors[0]
            log.warning(
                "%d of %d records have a placeholder: %s (row %d)",
                *(len(errors), read.rows, text, row),
            )
        return answer

    async def _ask(
        self,
        frames: Sequence[Frame],
        rows: Sequence[int],
        parameters: str,
        errors: dict[int, str],
    ) -> list[Part]:
        """The answers to ``rows``; where R stops, each half is asked by itself."""
        while rows:
            try:
                return [Part(rows, await self._submit(frames, parameters))]
            except Rejected as error:
                kept = note(error.problems, rows, errors)
                frames = [_of_frame(concat(list(frames)), kept)]
                rows = [rows[place] for place in kept]
            except PredictionFailed as error:
                if len(rows) == 1:
                    errors[rows[0]] = str(error)
                    return []
                middle = len(rows) // 2
                halves = range(middle), range(middle, len(rows))
                frame = concat(list(frames))
                return [
                    part
                    for half in halves
                    for part in await self._ask(
                        [_of_frame(frame, half)], [rows[i] for i in half], parameters, errors
                    )
                ]
        return []

    def _joined(
        self, parts: list[Part], errors: dict[int, str], rows: int, replaced: Replacements | None
    ) -> Answer:
        frame, layout = parts[0].answer if parts else self._sample
        if not errors and len(parts) == 1:
            return Answer(frame._replace(replaced=replaced), layout)
        columns = tuple(
            _column(frame.columns[i], [(p.rows, p.answer.frame.columns[i]) for p in parts], rows)
            for i in range(len(frame.columns))
        )
        told = tuple((row, errors[row]) for row in range(rows) if row in errors)
        return Answer(Frame(frame.names, columns, rows, True, replaced, told), layout)


async def _sorted_out(read: Read) -> tuple[dict[int, str], Sequence[int]]:
    """What is wrong with the rows that are not asked, and those that are."""
    if not read.errors:
        return {}, range(read.rows)
    if read.rows > _MANY_ROWS:
        return await asyncio.to_thread(_others, read)
    return _others(read)


def _others(read: Read) -> tuple[dict[int, str], list[int]]:
    errors = {row: text for row, text in read.errors}  # noqa: C416  as dict() no thread runs beside
    return errors, [row for row in range(read.rows) if row not in errors]


def _of_frame(frame: Frame, places: list[int] | range) -> Frame:
    columns = tuple(_cells(column, places) for column in frame.columns)
    return frame._replace(columns=columns, rows=len(places))


def _cells(column: Any, places: list[int] | range) -> Column:
    if isinstance(column, list | Texts):
        cells = plain(column)
        return [cells[i] for i in places]
    chosen: Column = column[np.array(places, np.intp)]
    return chosen


def _column(like: Column, parts: list[tuple[Sequence[int], Any]], rows: int) -> Column:
    """Each part in its rows, NA in the others."""
    if isinstance(like, list | Texts):
        column: Any = [None] * rows
        for places, cells in parts:
            for place, cell in zip(places, cells, strict=True):
                column[place] = cell
        return list(column)
    whole = np.full(rows, _NA[like.dtype], like.dtype)
    for places, cells in parts:
        if cells.dtype != like.dtype:
            raise PredictionFailed("the answers to some rows are of another type than others")
        whole[places] = cells
    return whole
