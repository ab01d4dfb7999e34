"""sift: the rows of a request that fit a schema, and what is wrong with the others. Pure."""

from collections.abc import Sequence
from typing import Any

from bridge.cells import Cells
from bridge.coerce import Coercer
from bridge.errors import InvalidInput, Problem
from bridge.frame import Frame, RawFrame


def sift(coerce: Coercer, raw: RawFrame) -> tuple[Frame | None, dict[int, str]]:
    """The rows that fit, None if none does; the errors of the others, by row.

    Raises InvalidInput where it is not about rows.
    """
    errors = dict(raw.broken)
    while rows := [row for row in range(raw.rows) if row not in errors]:
        try:
            return _numbered(coerce(_part(raw, rows), most=None), rows), errors
        except InvalidInput as error:
            note(error.problems, rows, errors)
    return None, errors


def note(problems: list[Problem], rows: Sequence[int], errors: dict[int, str]) -> list[int]:
    """Writes down what is wrong with which of ``rows``; the places of those that are good."""
    if any(problem.row is None for problem in problems):
        raise InvalidInput([problem for problem in problems if problem.row is None])
    bad = dict[int, list[str]]()
    for problem in problems:
        bad.setdefault(problem.row or 0, []).append(problem.text)
    errors.update({rows[place]: "; ".join(texts) for place, texts in bad.items()})
    return [place for place in range(len(rows)) if place not in bad]


def _numbered(frame: Frame, rows: list[int]) -> Frame:
    """What policies replaced in the part, with the rows' numbers in the whole."""
    if frame.replaced is None:
        return frame
    listed = tuple(cell._replace(row=rows[cell.row]) for cell in frame.replaced.listed)
    return frame._replace(replaced=frame.replaced._replace(listed=listed))


def _part(raw: RawFrame, rows: list[int]) -> RawFrame:
    if len(rows) == raw.rows:
        return raw
    columns = {name: _cells(cells, rows) for name, cells in raw.columns.items()}
    return raw._replace(columns=columns, rows=len(rows))


def _cells(cells: Any, rows: list[int]) -> Any:
    if not len(cells):  # a column that is not read, for its name may matter
        return cells
    return cells.take(rows) if isinstance(cells, Cells) else [cells[row] for row in rows]
