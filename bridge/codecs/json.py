"""JSON in: one record, records, columns, rows, and the conventions of others.

JSON out: in the layout of ``shapes``. Numbers are written as the shortest text that reads
back to the same bits. NA is null; NaN and infinite values, which JSON cannot hold, are the
strings "NaN", "Inf" and "-Inf".
"""

from collections.abc import Mapping
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
    frame = answer.frame
    noted = bool(frame.errors) or frame.replaced is not None
    if frame.rows > pieces.MANY_ROWS and not noted and _is_by_row(answer, layout):
        return _array(answer, layout)
    body = shapes.document(answer, layout)
    if (frame.errors or frame.replaced is not None) and type(body) is dict:
        body = notes(frame) | body  # a column of such a name stays
    return orjson.dumps(body)


def encode_each(answer: Answer, layout: str = "") -> list[bytes]:
    """``encode`` of each row by itself, of an answer without notes."""
    return list(map(orjson.dumps, shapes.documents(answer, layout)))


def _is_by_row(answer: Answer, layout: str) -> bool:
    """True of an array with an element a row."""
    return layout in ("records", "predictions") or (not layout and answer.layout != "columns")


def _array(answer: Answer, layout: str) -> bytes:
    """The same of a long answer, some rows after others: other threads run in between."""
    parts = pieces.parts(answer)
    if layout == "records":
        return b"[" + b",".join([orjson.dumps(shapes.rows(part))[1:-1] for part in parts]) + b"]"
    return b'{"predictions":[' + b",".join(map(_elements, parts)) + b"]}"


def _elements(answer: Answer) -> bytes:
    """Of an array of predictions, without its brackets."""
    if answer.layout != "values":
        return orjson.dumps(shapes.rows(answer))[1:-1]
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
