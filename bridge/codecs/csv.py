"""CSV with a header line in; CSV with a header line out.

Every cell is text until ``coerce`` reads it as its field's type. Out, numbers are the
shortest text that reads back to the same bits, NaN, Inf and -Inf stand as such, NA is an
empty cell and an empty string ``""``. No line is empty, since readers pass over such lines:
alone in its line, NA too is ``""``.
"""

import csv
import io
import re

import numpy as np

from bridge.answer import Answer
from bridge.errors import MalformedCsv, NoRows
from bridge.frame import Column, RawFrame, plain

_NUMERIC = {float, int}
_SPECIAL = re.compile(r'[",\r\n]')


def decode(body: bytes) -> RawFrame:
    """Raises MalformedCsv, NoRows."""
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedCsv(f"the body is not UTF-8 CSV: {error}") from None
    rows = [line for line in lines[1:] if line]
    if not rows:
        raise NoRows("the CSV holds a header at most; send a header line and at least one row")
    header = lines[0]
    if len(set(header)) < len(header):
        raise MalformedCsv("the header names a column twice")
    for row, line in enumerate(rows):
        if len(line) != len(header):
            raise MalformedCsv(f"row {row} has {len(line)} cells, the header {len(header)}")
    cells = [list(column) for column in zip(*rows, strict=True)]
    return RawFrame(dict(zip(header, cells, strict=True)), len(rows), text=True)


def encode(answer: Answer) -> bytes:
    """A header line with the names (``prediction`` for a plain vector), then a line a row."""
    names = ("prediction",) if answer.layout == "values" else answer.frame.names
    columns = [_cells(column) for column in answer.frame.columns]
    if len(columns) == 1:
        columns = [[cell or '""' for cell in columns[0]]]
    lines = map(",".join, zip(*columns, strict=True))
    return "\n".join([",".join(map(_quoted, names)), *lines, ""]).encode()


def _cells(column: Column) -> list[str]:
    values = plain(column)
    if isinstance(column, list):
        return ["" if v is None else _quoted(v) for v in values]
    if column.dtype == np.int8:
        return ["" if v is None else str(v).upper() for v in values]
    if set(map(type, values)) <= _NUMERIC:
        return list(map(repr, values))
    return ["" if v is None else v if type(v) is str else repr(v) for v in values]


def _quoted(text: str) -> str:
    if text and not _SPECIAL.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'
