"""CSV in, with a header line or by position; CSV out, a line a record.

The first line is a header if at least half of the model's fields stand in it by name;
otherwise its cells, like those of all lines, are the fields in the model's order. A
Content-Type with ``header=present`` or ``header=absent`` (RFC 4180) decides it, and so does
``csv_header`` in bridge.toml. ``label_size=N`` passes over the first N cells of each line.

Every cell is text until ``coerce`` reads it as its field's type. Out, numbers are the
shortest text that reads back to the same bits, NaN, Inf and -Inf stand as such, NA is an
empty cell and an empty string ``""``. No line is empty, since readers pass over such lines:
alone in its line, NA too is ``""``. Lines are joined by line feeds: none follows the last.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from bridge.answer import Answer
from bridge.codecs import csv_columns, csv_split
from bridge.codecs.digits import as_repr
from bridge.codecs.reading import PLAIN, Reading
from bridge.codecs.shapes import names
from bridge.errors import MalformedCsv, NoRows
from bridge.frame import ABSENT, Column, RawFrame, plain
from bridge.texts import Texts

_SPECIAL = re.compile(r'[",\r\n]')
_LABEL_SIZE = re.compile(r"\d{1,4}", re.ASCII)
_NOTHING: Mapping[str, str] = {}


def decode(
    body: bytes, reading: Reading = PLAIN, parameters: Mapping[str, str] = _NOTHING
) -> RawFrame:
    """Raises MalformedCsv, NoRows."""
    raw = None if parameters.get("label_size") else _columns(body, reading, parameters)
    if raw is not None:
        return raw
    rows = _lines(body, _label_size(parameters))
    if rows and _has_header(rows[0], reading, parameters):
        header, rows = rows[0], rows[1:]
        told = f"the header {len(header)}"
        if len(set(header)) < len(header):
            raise MalformedCsv("the header names a column twice")
    else:
        header, told = list(reading.names), f"the model {reading.told()}"
    if not rows:
        raise NoRows("the CSV holds a header at most; send at least one row")
    broken: list[tuple[int, str]] = []
    for row, problem in _broken(rows, len(header), told):
        if not reading.lenient:
            raise MalformedCsv(problem)
        broken.append((row, problem))
        rows[row] = [ABSENT] * len(header)
    columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
    return RawFrame(columns, len(rows), text=True, broken=tuple(broken))


def _columns(body: bytes, reading: Reading, parameters: Mapping[str, str]) -> RawFrame | None:
    """The columns, where they can be read whole; else None, as where something is wrong."""
    if reading.schema is not None:
        header = partial(_header, reading, parameters)
        if (raw := csv_columns.read(body, reading.schema, header)) is not None:
            return raw
    found = csv_split.cells(body)
    if found is None:
        return None
    cells, width = found
    start = width if _has_header(cells[:width], reading, parameters) else 0
    names = cells[:start] or list(reading.names)
    if not len(set(names)) == len(names) == width or len(cells) == start:
        return None
    columns = [cells[start + place :: width] for place in range(width)]
    return RawFrame(dict(zip(names, columns, strict=True)), len(columns[0]), text=True)


def _header(reading: Reading, parameters: Mapping[str, str], first: bytes) -> list[str] | None:
    """The names in the first line, or None if it is a record like the others."""
    cells = _lines(first, 0)[0]
    return cells if _has_header(cells, reading, parameters) else None


def _broken(rows: list[list[Any]], width: int, told: str) -> Iterator[tuple[int, str]]:
    """The rows that are not so wide, and what is wrong with each."""
    for row, line in enumerate(rows):
        if len(line) != width:
            yield row, f"row {row} has {len(line)} cells, {told}"


def _lines(body: bytes, skipped: int) -> list[list[Any]]:
    """The cells of each line that is not empty, without the first ``skipped``."""
    try:
        text = io.StringIO(body.decode("utf-8-sig"), newline="")
        return [line[skipped:] for line in csv.reader(text, strict=True) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedCsv(f"the body is not UTF-8 CSV: {error}") from None


def _label_size(parameters: Mapping[str, str]) -> int:
    text = parameters.get("label_size", "0")
    if not _LABEL_SIZE.fullmatch(text):
        raise MalformedCsv(f'label_size is "{text[:60]}", not a number of columns')
    return int(text)


def _has_header(first: list[str], reading: Reading, parameters: Mapping[str, str]) -> bool:
    said = parameters.get("header")
    if said in ("present", "absent"):
        return said == "present"
    if reading.csv_header is not None or not reading.names:
        return reading.csv_header is not False
    return 2 * len(set(reading.names).intersection(first)) >= len(reading.names)


def encode(answer: Answer, header: bool = False) -> bytes:
    """A line a row; before them one with the names, if ``header``."""
    lines = [",".join(map(_quoted, names(answer))).encode()] if header else []
    if answer.frame.rows and answer.frame.columns:
        lines.append(_rows(answer.frame.columns))
    return b"\n".join(lines)


def _rows(columns: tuple[Column, ...]) -> bytes:
    if len(columns) > 1:
        return "\n".join(map(",".join, zip(*map(_cells, columns), strict=True))).encode()
    numbers = as_repr(columns[0])
    if numbers is not None:
        return numbers.replace(b",", b"\n")
    return "\n".join([cell or '""' for cell in _cells(columns[0])]).encode()


def _cells(column: Column) -> list[str]:
    numbers = as_repr(column)
    if numbers is not None:
        return numbers.decode().split(",")
    values = plain(column)
    if isinstance(column, list | Texts):
        quoted = {v: "" if v is None else _quoted(v) for v in set(values)}
        return [quoted[v] for v in values]
    if column.dtype == np.int8:
        return ["" if v is None else str(v).upper() for v in values]
    return ["" if v is None else v if type(v) is str else repr(v) for v in values]


def _quoted(text: str) -> str:
    if text and not _SPECIAL.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'
