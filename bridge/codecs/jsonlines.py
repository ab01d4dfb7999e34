"""JSON Lines: a record a line, in and out. Empty lines are none."""

from collections.abc import Mapping
from typing import Any

import orjson

from bridge.answer import Answer
from bridge.codecs import jsonlines_columns, keys, shapes
from bridge.codecs.digits import as_json
from bridge.codecs.parsing import wrong
from bridge.codecs.reading import PLAIN, Reading
from bridge.codecs.records import records
from bridge.errors import RequestError, TooManyColumns, TooManyRows
from bridge.frame import ABSENT, Column, RawFrame, plain
from bridge.texts import Texts

_OF_ALL = TooManyColumns, TooManyRows  # not of a line, which alone could be replaced


def decode(body: bytes, reading: Reading = PLAIN, _: Mapping[str, str] | None = None) -> RawFrame:
    """Raises what JSON does; errors of syntax name the line."""
    if reading.schema is not None:
        raw = jsonlines_columns.read(body, reading.schema, reading.most_columns)
        if raw is not None:
            return raw
    numbered = enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    lines = [(number, line) for number, line in numbered if line and not line.isspace()]
    try:
        return records([_value(line, number) for number, line in lines], reading)
    except _OF_ALL:
        raise
    except RequestError:
        if not reading.lenient or not lines:
            raise
    return _sifted(lines, reading)


def _sifted(lines: list[tuple[int, bytes]], reading: Reading) -> RawFrame:
    """The records among the lines; what is wrong with the others."""
    values, broken = dict[int, Any](), dict[int, str]()
    for row, (number, line) in enumerate(lines):
        try:
            value = _value(line, number)
            records([value], reading, start=row)
        except _OF_ALL:
            raise
        except RequestError as error:
            broken[row] = str(error)
            continue
        values[row] = value
        first = next(iter(values))
        if type(value) is not type(values[first]):
            broken[row] = f"row {row} is not of the form of row {first}"
            del values[row]
    if not values:
        return RawFrame({}, len(lines), broken=tuple(broken.items()))
    return _spread(records(list(values.values()), reading), list(values), broken)


def _spread(found: RawFrame, rows: list[int], broken: dict[int, str]) -> RawFrame:
    """``found`` in these rows, between those that are broken."""
    count = len(rows) + len(broken)
    columns = {name: list[Any]([ABSENT] * count) for name in found.columns}
    for name, cells in found.columns.items():
        for row, cell in zip(rows, cells, strict=True):
            columns[name][row] = cell
    return RawFrame(columns, count, broken=tuple(broken.items()))


def _value(line: bytes, number: int) -> Any:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise wrong(line, error, number) from None
    keys.check(line, value)
    return value


def encode(answer: Answer, layout: str = "") -> bytes:
    """An object a line, joined by line feeds: no line feed follows the last.

    A placeholder tells what was wrong as ``error``.
    """
    if layout != "scores" and not answer.frame.errors and answer.frame.rows > 1:
        return _lines(shapes.names(answer), answer.frame.columns)
    found = shapes.scored(answer) if layout == "scores" else shapes.rows(answer)
    for row, text in answer.frame.errors:
        found[row].setdefault("error", text)
    return b"\n".join(map(orjson.dumps, found))


def _lines(names: tuple[str, ...], columns: tuple[Column, ...]) -> bytes:
    keys = [orjson.dumps(name).decode() for name in names]
    numbers = as_json(columns[0]) if len(columns) == 1 else None
    if numbers is not None:
        start = f"{{{keys[0]}:".encode()
        return start + numbers.replace(b",", b"}\n" + start) + b"}"
    line = "{" + ",".join(key.replace("%", "%%") + ":%s" for key in keys) + "}"
    return "\n".join([line % row for row in zip(*map(_cells, columns), strict=True)]).encode()


def _cells(column: Column) -> list[str]:
    """Each cell as JSON."""
    numbers = as_json(column)
    if numbers is not None:
        return numbers.decode().split(",")
    values = plain(column)
    if isinstance(column, list | Texts):
        written = {value: orjson.dumps(value).decode() for value in set(values)}
        return [written[value] for value in values]
    return [orjson.dumps(value).decode() for value in values]
