"""record: what is read straight to a row is read as the general road reads it, or not at all."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.codecs.json import decode
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.errors import RequestError
from bridge.frame import Frame
from bridge.record import RecordReader
from bridge.row import Row, assembled, stacked
from bridge.schema import Predictor, Schema
from tests.strategies import fitting, json_cells, names, schemas
from tests.test_wire import same_frame

MOST_TEXT = 40
RUNNER = Schema((Predictor("time", "number"), Predictor("gender", "factor", ("F", "M"))))


def row_of(schema: Schema, body: bytes) -> Row | None:
    return RecordReader(schema, MOST_TEXT).read(body)


def general(schema: Schema, body: bytes) -> Frame | None:
    """What the general road reads; None if it refuses the body."""
    reading = Reading.of(schema, None, Sizes())
    try:
        return Coercer(schema, most_text=MOST_TEXT)(decode(body, reading))
    except RequestError:
        return None


@st.composite
def bodies(draw: st.DrawFn, schema: Schema) -> bytes:
    """Records, good and bad, in all spellings of JSON."""
    record: dict[str, object] = {}
    for predictor in schema.predictors:
        if draw(st.integers(0, 20)):
            record[predictor.name] = draw(fitting(predictor) | fitting(predictor) | json_cells)
    if not draw(st.integers(0, 9)):
        record[draw(names)] = draw(json_cells)
    spaces = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")]))
    body = json.dumps(record, separators=spaces, ensure_ascii=draw(st.booleans())).encode()
    if record and not draw(st.integers(0, 9)):  # a key twice
        again = orjson.dumps({draw(st.sampled_from(list(record))): draw(json_cells)})
        body = again[:-1] + b"," + body[1:]
    cut = draw(st.integers(0, 9)) or draw(st.integers(-len(body), 0))
    return body if cut > 0 else body[: len(body) + cut]


@given(st.data())
def test_a_record_is_read_as_the_general_road_reads_it(data: st.DataObject) -> None:
    schema = data.draw(schemas().filter(lambda schema: schema.predictors))
    body = data.draw(bodies(schema))
    row, frame = row_of(schema, body), general(schema, body)
    if row is not None:
        assert frame is not None and same_frame(stacked([row]), frame)
    elif frame is not None:  # what is left to the general road is no common record
        is_common = not frame.missing and len(orjson.loads(body)) == len(schema.predictors)
        assert not is_common or b"\\" in body or _has_odd_cells(schema, body)


def _has_odd_cells(schema: Schema, body: bytes) -> bool:
    """True of cells that are not of their field's own JSON type, or longer than they may be."""
    types: dict[str, Any] = {"number": (int, float), "integer": int, "boolean": bool}
    record = orjson.loads(body)
    cells = [(record[p.name], types.get(p.type, str)) for p in schema.predictors]
    odd = any(type(v) not in (t if isinstance(t, tuple) else (t,)) for v, t in cells)
    return odd or len(body) > MOST_TEXT


def test_the_cells_are_those_that_r_gets() -> None:
    row = row_of(RUNNER, b'{"gender": "M", "time": 3}')
    assert row is not None and list(row.cells) == [3, 2]
    frame = stacked([row])
    assert [list(column) for column in frame.columns] == [[3.0], [2]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"[]",
        b"null",
        b'"time"',
        b'[{"time": 1, "gender": "M"}]',
        b'{"time": 1}',
        b'{"time": 1, "gender": "M", "club": 2}',
        b'{"time": 1, "gender": "X"}',
        b'{"time": 1, "gender": null}',
        b'{"time": "1", "gender": "M"}',
        b'{"time": true, "gender": "M"}',
        b'{"time": [1], "gender": ["M"]}',
        b'{"time": 1, "time": 1, "gender": "M"}',
        b'{"time": 1, "gender": "F", "gender": "M"}',
        b'{"time": {"time": 1}, "gender": "M"}',
        b'{"time": 1, "gender": "\\u004d"}',
        b'{"time": 1, "gender": "M"',
        b'{"time": 1, "gender": "M"} {}',
        b'{"time": NaN, "gender": "M"}',
        b'{"time": 1e999, "gender": "M"}',
        b'{"time": 1, "gender": "M", "instances": []}',
        b'{"time": 1, "gender": "' + b"M" * MOST_TEXT + b'"}',
    ],
)
def test_what_is_no_plain_record_is_left_to_others(body: bytes) -> None:
    assert row_of(RUNNER, body) is None


def test_a_record_of_one_field() -> None:
    row = row_of(Schema((Predictor("x", "string"),)), '{"x": "é"}'.encode())
    assert row is not None and stacked([row]).columns == (["é"],)


def test_rows_and_frames_are_joined_in_order() -> None:
    reader = RecordReader(RUNNER, MOST_TEXT)
    rows = [reader.read(b'{"time": %d, "gender": "F"}' % time) for time in (1, 2)]
    frame = Coercer(RUNNER)(decode(b'{"time": [3, 4], "gender": ["M", "M"]}'))
    parts: list[Any] = [rows[0], frame, rows[1]]
    joined = assembled(parts)
    assert [list(column) for column in joined.columns] == [[1, 3, 4, 2], [1, 2, 2, 1]]
    assert joined.rows == 4
