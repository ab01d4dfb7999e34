"""JSON in every shape that is taken, each error as its reader sees it, and JSON out."""

import json as stdlib_json
import math
from decimal import Context, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer import LAYOUTS, Answer, Layout
from bridge.codecs import json
from bridge.codecs.reading import Reading
from bridge.errors import (
    MalformedJson,
    NonFiniteNumber,
    NoRows,
    RequestError,
    TruncatedJson,
    UnevenColumns,
    WrongShape,
)
from bridge.frame import (
    ABSENT,
    NA_BOOL,
    NA_INT,
    NA_REAL,
    Column,
    Frame,
    RawFrame,
    Replaced,
    Replacements,
)
from tests.strategies import doubles, finite, json_cells, texts

SHAPES: list[tuple[bytes, RawFrame]] = [
    (b'{"x": 1, "g": "F"}', RawFrame({"x": [1], "g": ["F"]}, 1)),
    (b'[{"x": 1}, {"x": 2.5}]', RawFrame({"x": [1, 2.5]}, 2)),
    (b'{"x": [1, 2], "g": ["F", null]}', RawFrame({"x": [1, 2], "g": ["F", None]}, 2)),
    (b'{"x": [1]}', RawFrame({"x": [1]}, 1)),
    (b'[{"x": 1}, {"g": "F"}]', RawFrame({"x": [1, ABSENT], "g": [ABSENT, "F"]}, 2)),
    (b'{"instances": [{"x": 1}, {"x": 2}]}', RawFrame({"x": [1, 2]}, 2)),
    (
        b'{"instances": [{"x": 1}], "parameters": {"type": "link"}}',
        RawFrame({"x": [1]}, 1, parameters={"type": "link"}),
    ),
    (
        b'{"x": [1, 2], "parameters": {"level": 0.9}}',
        RawFrame({"x": [1, 2]}, 2, parameters={"level": 0.9}),
    ),
    (b"{}", RawFrame({}, 1)),
    (b"[{}, {}, {}]", RawFrame({}, 3)),
    (b' \r\n\t{"x": null}\n', RawFrame({"x": [None]}, 1)),
    (b'{"x": {"a": [1]}}', RawFrame({"x": [{"a": [1]}]}, 1)),
    (
        '{"größe": "日本 \\u00e9 \U0001f600"}'.encode(),
        RawFrame({"größe": ["日本 é \U0001f600"]}, 1),
    ),
]
SHAPE_ERRORS: list[tuple[bytes, type[RequestError], str]] = [
    (b"null", WrongShape, "the body is a JSON null"),
    (b'"text"', WrongShape, "the body is a JSON string"),
    (b"1.5", WrongShape, "the body is a JSON number"),
    (b"true", WrongShape, "the body is a JSON boolean"),
    (b"[1, 2]", WrongShape, "row 0 is a JSON number, not an object"),
    (b'[{"x": 1}, [2]]', WrongShape, "row 1 is a JSON array, not an object"),
    (b'[{"x": 1}, null]', WrongShape, "row 1 is a JSON null, not an object"),
    (b'{"x": [1], "g": "F"}', WrongShape, '"g" is a single value beside arrays'),
    (b'{"g": {}, "x": []}', WrongShape, '"g" is a single value beside arrays'),
    (b"[]", NoRows, "the array is empty; send at least one record"),
    (b'{"x": [], "g": []}', NoRows, "the arrays are empty; send at least one row"),
    (b'{"x": [1], "g": []}', UnevenColumns, "the arrays differ in length (x: 1, g: 0)"),
    (b'{"x": [1, 2, 3], "g": ["F"]}', UnevenColumns, "the arrays differ in length (x: 3, g: 1)"),
]
NON_FINITE: list[tuple[bytes, str]] = [
    (b'{"x": NaN}', "NaN at line 1, column 7"),
    (b'[{"x": 1},\n {"x": NaN}]', "NaN at line 2, column 8"),
    ('{"ünïcode": NaN}'.encode(), "NaN at line 1, column 13"),
    (b'{"x": Infinity}', "Infinity at line 1, column 7"),
    (b'{"x": -Infinity}', "-Infinity at line 1, column 7"),
    (b'{"x": [1, -Inf, 2]}', "-Inf at line 1, column 11"),
    (b'{"x": nan}', "nan at line 1, column 7"),
    (b'{"x": 1e999}', "a number too large for a double at line 1"),
    (b'{"x": [1, -1e999]}', "a number too large for a double at line 1"),
    (b'{"x": 1' + b"0" * 400 + b"}", "a number too large for a double at line 1"),
]
MALFORMED: list[tuple[bytes, str]] = [
    (b'{"x": 1,}', "line 1, column 8"),
    (b"{'x': 1}", "line 1, column 2"),
    (b'{"x": 1} {"x": 2}', "line 1, column 10"),
    (b'{"x": 01}', "line 1, column 7"),
    (b'{"x":\n\n nothing}', "line 3, column 2"),
    (b"hmtime=1:30:20&gender=M", "line 1, column 1"),
    (b'{"x": NaNny}', "line 1, column 7"),
    (b'{"x": "\xff"}', "UTF-8"),
    (b'\xef\xbb\xbf{"x": 1}', "byte order mark"),
    (b'{"x": "\\ud800"}', "surrogate"),
    (b"[" * 100_000, "depth"),
]


@pytest.mark.parametrize(("body", "frame"), SHAPES)
def test_each_shape_is_read(body: bytes, frame: RawFrame) -> None:
    assert json.decode(body) == frame


@pytest.mark.parametrize(("body", "error", "message"), SHAPE_ERRORS)
def test_a_wrong_shape_is_told_with_the_cure(
    body: bytes, error: type[RequestError], message: str
) -> None:
    with pytest.raises(error) as caught:
        json.decode(body)
    assert type(caught.value) is error and str(caught.value).startswith(message)
    if error is WrongShape:
        assert str(caught.value).endswith('or columns {"field": [...], ...}')


@pytest.mark.parametrize(("body", "message"), NON_FINITE)
def test_numbers_that_are_not_finite_are_named_with_their_place(body: bytes, message: str) -> None:
    with pytest.raises(NonFiniteNumber) as caught:
        json.decode(body)
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("is no finite number; send null for missing")


@pytest.mark.parametrize(("body", "place"), MALFORMED)
def test_what_is_not_json_is_told_with_its_place(body: bytes, place: str) -> None:
    with pytest.raises(MalformedJson, match="the body is not JSON: ") as caught:
        json.decode(body)
    assert place in str(caught.value)


def test_a_value_that_only_looks_like_nan_is_text() -> None:
    assert json.decode(b'{"x": "NaN", "Infinity": "-Infinity"}').columns["x"] == ["NaN"]


def test_long_names_do_not_make_long_errors() -> None:
    uneven = stdlib_json.dumps({f"{'n' * 900}{i}": [0] * i for i in range(50)}).encode()
    with pytest.raises(UnevenColumns) as caught:
        json.decode(uneven)
    assert len(str(caught.value)) < 400
    with pytest.raises(WrongShape) as shape:
        json.decode(b'{"x": [1], "%s": 1}' % (b"n" * 9000))
    assert len(str(shape.value)) < 400


@given(st.dictionaries(texts, json_cells, min_size=1, max_size=3), st.data())
def test_a_document_cut_anywhere_is_truncated_json(
    record: dict[str, object], data: st.DataObject
) -> None:
    body = stdlib_json.dumps(record).encode()
    cut = data.draw(st.integers(1, len(body) - 1))
    with pytest.raises(TruncatedJson, match=r"the JSON ends too early \(line 1, column \d+\)"):
        json.decode(body[:cut])


@given(st.lists(st.dictionaries(texts, json_cells, max_size=3), min_size=1, max_size=4))
def test_records_keep_every_cell_in_its_row(records: list[dict[str, object]]) -> None:
    frame = json.decode(stdlib_json.dumps(records).encode())
    assert frame.rows == len(records) and not frame.text
    back = [
        {name: cells[row] for name, cells in frame.columns.items() if cells[row] is not ABSENT}
        for row in range(frame.rows)
    ]
    assert back == records


@given(st.binary(max_size=40))
def test_any_bytes_are_a_frame_or_a_request_error(body: bytes) -> None:
    try:
        assert json.decode(body).rows >= 1
    except RequestError as error:
        assert str(error)


def answer(layout: Layout, **columns: Column) -> Answer:
    rows = len(next(iter(columns.values())))
    return Answer(Frame(tuple(columns), tuple(columns.values()), rows), layout)


ENCODED: list[tuple[Answer, bytes]] = [
    (answer("values", prediction=np.array([1.0, 2.5])), b'{"predictions":[1.0,2.5]}'),
    (answer("values", prediction=["a", None]), b'{"predictions":["a",null]}'),
    (answer("columns", time=["03:23:30"]), b'{"time":["03:23:30"]}'),
    (
        answer("records", fit=np.array([1.0, 2.0]), ok=np.array([1, NA_BOOL], np.int8)),
        b'{"predictions":[{"fit":1.0,"ok":true},{"fit":2.0,"ok":null}]}',
    ),
    (answer("columns", n=np.array([7, NA_INT], np.int32)), b'{"n":[7,null]}'),
    (
        answer("values", p=np.array([NA_REAL, np.nan, np.inf, -np.inf])),
        b'{"predictions":[null,"NaN","Inf","-Inf"]}',
    ),
    (answer("columns", größe=["日本"]), '{"größe":["日本"]}'.encode()),
    (answer("values", p=np.array([-0.0, 0.1, 5e-324])), b'{"predictions":[-0.0,0.1,5e-324]}'),
]


@pytest.mark.parametrize(("given_answer", "body"), ENCODED)
def test_an_answer_is_written_in_its_layout(given_answer: Answer, body: bytes) -> None:
    assert json.encode(given_answer) == body


def digits(number: Decimal) -> tuple[int, ...]:
    """The significant digits; Python's repr has the fewest that read back to the same bits."""
    return number.normalize(Context(prec=400)).as_tuple().digits


@given(st.lists(finite, min_size=1, max_size=8))
def test_doubles_read_back_to_the_same_bits_from_the_shortest_text(values: list[float]) -> None:
    body = json.encode(answer("values", p=np.array(values)))
    back = stdlib_json.loads(body)["predictions"]
    assert np.array(back).tobytes() == np.array(values).tobytes()
    written = stdlib_json.loads(body, parse_float=Decimal)["predictions"]
    assert [digits(v) for v in written] == [digits(Decimal(repr(v))) for v in values]


@given(doubles(5))
def test_any_bits_become_valid_json_that_tells_na_nan_and_infinite_apart(column: Column) -> None:
    body = json.encode(answer("values", p=column))
    back = stdlib_json.loads(body, parse_constant=pytest.fail)["predictions"]
    for cell, value in zip(back, np.asarray(column), strict=True):
        low_word = int(value.view(np.uint64)) & 0xFFFFFFFF
        if math.isnan(value):
            assert cell == (None if low_word == 1954 else "NaN")
        elif math.isinf(value):
            assert cell == ("Inf" if value > 0 else "-Inf")
        else:
            assert cell == value


TOUCHED = Replacements(
    120, (Replaced(0, "g", "X", None), Replaced(1, "g", 7, "F"), Replaced(2, "x", ABSENT, None))
)
TOLD = [
    {"row": 0, "field": "g", "value": "X", "became": None},
    {"row": 1, "field": "g", "value": 7, "became": "F"},
    {"row": 2, "field": "x", "became": None},
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_policies_replaced_is_told_beside_the_answer(layout: Layout) -> None:
    plain_answer = answer(layout, p=np.array([1.0]))
    touched = plain_answer._replace(frame=plain_answer.frame._replace(replaced=TOUCHED))
    body = stdlib_json.loads(json.encode(touched))
    assert (body.pop("replaced"), body.pop("replaced_count")) == (TOLD, 120)
    assert body == stdlib_json.loads(json.encode(plain_answer))


def test_a_column_called_replaced_stays() -> None:
    named = answer("columns", replaced=np.array([1.0]))
    touched = named._replace(frame=named.frame._replace(replaced=TOUCHED))
    assert stdlib_json.loads(json.encode(touched)) == {"replaced": [1.0], "replaced_count": 120}


def test_of_a_field_that_is_not_read_only_the_name_is_kept() -> None:
    body = b'[{"x":1,"y":2},{"y":3,"z":4}]'
    columns = {"x": [1, ABSENT], "y": [], "z": []}
    assert json.decode(body, Reading(("w", "x"))) == RawFrame(columns, 2)
