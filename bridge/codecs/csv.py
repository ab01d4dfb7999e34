"""CSV with a header line in; CSV with a header line out.

Every cell is text until ``coerce`` reads it as its field's type. Out, NA is an empty
cell and numbers are the shortest text that reads back to the same bits.
"""

import csv
import io
from typing import Any

import numpy as np

from bridge.answer import Answer
from bridge.errors import MalformedCsv, NoRows
from bridge.frame import Column, RawFrame, plain


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


def _cells(column: Column) -> list[Any]:
    if isinstance(column, list) or column.dtype != np.int8:
        return plain(column)
    return [None if v is None else str(v).upper() for v in plain(column)]


def encode(answer: Answer) -> bytes:
    """A header line with the names (``prediction`` for a plain vector), then a line a row."""
    names = ("prediction",) if answer.layout == "values" else answer.frame.names
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*map(_cells, answer.frame.columns), strict=True))
    return out.getvalue().encode()
