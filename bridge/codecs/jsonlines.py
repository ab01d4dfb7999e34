"""JSON Lines: a record a line, in and out. Empty lines are none."""

from collections.abc import Mapping
from typing import Any

import orjson

from bridge.answer import Answer
from bridge.codecs import shapes
from bridge.codecs.parsing import wrong
from bridge.codecs.reading import PLAIN, Reading
from bridge.codecs.records import records
from bridge.frame import RawFrame


def decode(body: bytes, reading: Reading = PLAIN, _: Mapping[str, str] | None = None) -> RawFrame:
    """Raises what JSON does; errors of syntax name the line."""
    lines = enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    values = [_value(line, number) for number, line in lines if line and not line.isspace()]
    return records(values, reading)


def _value(line: bytes, number: int) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise wrong(line, error, number) from None


def encode(answer: Answer, layout: str = "") -> bytes:
    """An object a line, joined by line feeds: no line feed follows the last."""
    found = shapes.scored(answer) if layout == "scores" else shapes.rows(answer)
    return b"\n".join(map(orjson.dumps, found))
