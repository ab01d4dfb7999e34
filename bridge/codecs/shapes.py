"""shapes: an answer as the values that JSON writes.

By itself a vector is ``{"predictions": [...]}``, a table the same with an object a row, and
a named list from an output_fn an object of arrays. A client, or bridge.toml, may ask for a
layout: ``predictions``; ``records``, an array of objects; ``columns``, an object of arrays;
or ``scores``, SageMaker's ``{"predictions": [{"score": ..., "predicted_label": ...}]}``.
"""

from typing import Any

from bridge.answer import Answer
from bridge.frame import plain
from bridge.texts import Texts

LAYOUTS = ("predictions", "records", "columns", "scores")
_LABEL, _SCORE = "predicted_label", "score"


def names(answer: Answer) -> tuple[str, ...]:
    """The columns' names; a plain vector is called ``prediction``."""
    return ("prediction",) if answer.layout == "values" else answer.frame.names


def columns(answer: Answer) -> list[list[Any]]:
    """The cells of each column."""
    return [plain(column) for column in answer.frame.columns]


def rows(answer: Answer) -> list[dict[str, Any]]:
    """One object a row."""
    return _objects(names(answer), columns(answer))


def scored(answer: Answer) -> list[dict[str, Any]]:
    """One object a row with ``score``, ``predicted_label`` or both.

    Texts and booleans are labels, numbers are scores, unless a column's name says it. Of
    several, as of classes, there is an array.
    """
    kinds: dict[str, list[list[Any]]] = {_LABEL: [], _SCORE: []}
    for name, column, cells in zip(
        names(answer), answer.frame.columns, columns(answer), strict=True
    ):
        kind = _LABEL if isinstance(column, list | Texts) or column.dtype.itemsize == 1 else _SCORE
        kinds[name if name in kinds else kind].append(cells)
    found = {kind: _together(parts) for kind, parts in kinds.items() if parts}
    return _objects(tuple(found), list(found.values()))


def document(answer: Answer, layout: str) -> Any:
    """The whole answer; ``layout`` is one of LAYOUTS, or empty."""
    if layout == "columns" or (not layout and answer.layout == "columns"):
        return {
            name: plain(column)
            for name, column in zip(names(answer), answer.frame.columns, strict=True)
        }
    if layout == "scores":
        return {"predictions": scored(answer)}
    if layout == "records":
        return rows(answer)
    return {"predictions": columns(answer)[0] if answer.layout == "values" else rows(answer)}


def documents(answer: Answer, layout: str) -> list[Any]:
    """``document`` of each row by itself."""
    if layout == "columns" or (not layout and answer.layout == "columns"):
        keys = names(answer)
        cells = [[[cell] for cell in column] for column in columns(answer)]
        return _objects(keys, cells)
    if layout == "records":
        return [[record] for record in rows(answer)]
    if layout == "scores":
        return [{"predictions": [record]} for record in scored(answer)]
    elements: list[Any] = columns(answer)[0] if answer.layout == "values" else rows(answer)
    return [{"predictions": [element]} for element in elements]


def _objects(named: tuple[str, ...], cells: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(named, row, strict=True)) for row in zip(*cells, strict=True)]


def _together(parts: list[list[Any]]) -> list[Any]:
    return parts[0] if len(parts) == 1 else [list(row) for row in zip(*parts, strict=True)]
