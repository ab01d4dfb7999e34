"""JSON in: one record, records, columns, rows, and the conventions of others.

JSON out: in the layout of ``shapes``. Numbers are written as the shortest text that reads
back to the same bits. NA is null; NaN and infinite values, which JSON cannot hold, are the
strings "NaN", "Inf" and "-Inf".
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from bridge.answer import Answer
from bridge.codecs import digits, keys, pieces, shapes
from bridge.codecs.conventions import columns, conventional
from bridge.codecs.parsing import wrong
from bridge.codecs.reading import PLAIN, Reading
from bridge.codecs.records import SHAPES, kind, records
from bridge.errors import MOST_PROBLEMS, WrongShape
from bridge.frame import ABSENT, Frame, RawFrame, Replaced, plain


def decode(body: bytes, reading: Reading = PLAIN, _: Mapping[str, str] | None = None) -> RawFrame:
    """Raises TruncatedJson, MalformedJson, NonFiniteNumber, DuplicateKey, WrongShape, and more."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise wrong(body, error) from None
    keys.check(body, data)
    if type(data) is dict:
        plain = reading.conventions.isdisjoint(data)
        return columns(data) if plain else conventional(data, reading)
    if type(data) is list:
        return records(data, reading)
    raise WrongShape(f"the body is a JSON {kind(data)}; {SHAPES}")


def encode(answer: Answer, layout: str = "") -> bytes:
    """The answer as one JSON document, with what was replaced or wrong in its request."""
    if pieces.is_long(answer):
        return b"".join(in_pieces(answer, layout))
    body = shapes.document(answer, layout)
    frame = answer.frame
    if (frame.errors or frame.replaced is not None) and type(body) is dict:
        body = notes(frame) | body  # a column of such a name stays
    return orjson.dumps(body)


def in_pieces(answer: Answer, layout: str = "", cells: int = pieces.CELLS) -> Iterator[bytes]:
    """The same of a long answer, in pieces of so many cells."""
    if layout == "records":
        yield from _array(map(shapes.rows, pieces.parts(answer, cells)))
        return
    start = b"{"
    for name, value in (notes(answer.frame) | _arrays(answer, layout, cells)).items():
        yield start + orjson.dumps(name) + b":"
        if isinstance(value, Iterator):
            yield from _array(value)
        else:
            yield orjson.dumps(value)
        start = b","
    yield b"}"


def _arrays(answer: Answer, layout: str, cells: int) -> dict[str, Any]:
    """The document without notes; of each array, its elements some after others."""
    if layout == "columns" or (not layout and answer.layout == "columns"):
        return {
            name: iter(pieces.parts(shapes.column(answer, place), cells))
            for place, name in enumerate(shapes.names(answer))
        }
    parts = pieces.parts(answer, cells)
    if layout == "scores":
        return {"predictions": map(shapes.scored, parts)}
    return {"predictions": iter(parts) if answer.layout == "values" else map(shapes.rows, parts)}


def _array(parts: Iterator[Any]) -> Iterator[bytes]:
    """An array whose elements come some after others: rows, or the cells of one column."""
    start = b"["
    for part in parts:
        yield start + (_cells(part) if isinstance(part, Answer) else orjson.dumps(part)[1:-1])
        start = b","
    yield b"]"


def _cells(answer: Answer) -> bytes:
    (column,) = answer.frame.columns
    return digits.as_json(column) or orjson.dumps(plain(column))[1:-1]


def notes(frame: Frame) -> dict[str, Any]:
    """What policies replaced in the request, and what was wrong with rows of placeholders."""
    found: dict[str, Any] = {}
    if frame.replaced is not None:
        found["replaced"] = [_replaced(cell) for cell in frame.replaced.listed]
        found["replaced_count"] = frame.replaced.total
    if frame.errors:
        listed = frame.errors[:MOST_PROBLEMS]
        found["errors"] = [{"row": row, "message": text} for row, text in listed]
        found["error_count"] = len(frame.errors)
    return found


def _replaced(cell: Replaced) -> dict[str, Any]:
    """As JSON; without ``value`` where none was sent."""
    return {key: value for key, value in cell._asdict().items() if value is not ABSENT}
