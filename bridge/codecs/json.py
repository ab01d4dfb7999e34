"""JSON in: one record, records, columns, rows, and the conventions of others.

JSON out: in the layout of ``shapes``. Numbers are written as the shortest text that reads
back to the same bits. NA is null; NaN and infinite values, which JSON cannot hold, are the
strings "NaN", "Inf" and "-Inf".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from bridge.answer import Answer
from bridge.codecs import digits, keys, pieces, shapes
from bridge.codecs.conventions import columns, conventional
from bridge.codecs.parsing import wrong
from bridge.codecs.reading import PLAIN, Reading
from bridge.codecs.records import SHAPES, kind, records
from bridge.errors import MOST_PROBLEMS, WrongShape
from bridge.frame import ABSENT, Frame, RawFrame, Replaced


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
    frame = answer.frame
    if frame.rows > 1 and pieces.is_long(answer):
        return b"".join(in_pieces(answer, layout))
    body = shapes.document(answer, layout)
    if (frame.errors or frame.replaced is not None) and type(body) is dict:
        body = notes(frame) | body  # a column of such a name stays
    return orjson.dumps(body)


def encode_each(answer: Answer, layout: str = "") -> list[bytes]:
    """``encode`` of each row by itself, of an answer without notes."""
    return list(map(orjson.dumps, shapes.documents(answer, layout)))


def in_pieces(answer: Answer, layout: str = "", cells: int = pieces.CELLS) -> Iterator[bytes]:
    """The same of a long answer, in pieces of so many cells."""
    if layout == "records":
        yield from array(_rows(shapes.rows, answer, cells))
        return
    start = b"{"
    for name, value in (notes(answer.frame) | _arrays(answer, layout, cells)).items():
        yield start + orjson.dumps(name) + b":"
        if isinstance(value, Iterator):
            yield from array(value)
        else:
            yield orjson.dumps(value)
        start = b","
    yield b"}"


def _arrays(answer: Answer, layout: str, cells: int) -> dict[str, Any]:
    """The document without notes; of each array, its elements some after others."""
    columns = answer.frame.columns
    if layout == "columns" or (not layout and answer.layout == "columns"):
        found = [digits.elements(column, cells) for column in columns]
        return dict(zip(shapes.names(answer), found, strict=True))
    if layout == "scores":
        return {"predictions": _rows(shapes.scored, answer, cells)}
    if answer.layout == "values":
        return {"predictions": digits.elements(columns[0], cells)}
    return {"predictions": _rows(shapes.rows, answer, cells)}


def _rows(shape: Callable[[Answer], list[Any]], answer: Answer, cells: int) -> Iterator[bytes]:
    """The elements of an array with one a row, some after others."""
    return (orjson.dumps(shape(part))[1:-1] for part in pieces.parts(answer, cells))


def array(elements: Iterator[bytes]) -> Iterator[bytes]:
    """The array whose elements come some after others."""
    start = b"["
    for some in elements:
        yield start + some
        start = b","
    yield b"]"


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
