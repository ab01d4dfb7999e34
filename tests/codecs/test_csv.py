"""CSV in with and without a header, each error as its reader sees it, and CSV out."""

import csv as stdlib_csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer import Answer
from bridge.codecs import csv
from bridge.codecs.reading import Reading
from bridge.coerce import Coercer
from bridge.errors import MalformedCsv, NoRows, RequestError
from bridge.frame import (
    NA_BOOL,
    NA_INT,
    NA_REAL,
    Column,
    Frame,
    RawFrame,
    Replaced,
    Replacements,
)
from bridge.schema import Predictor, Schema
from tests.strategies import columns, doubles, finite, names, texts


def text_frame(rows: int, **columns: list[object]) -> RawFrame:
    return RawFrame(columns, rows, text=True)


READ: list[tuple[bytes, RawFrame]] = [
    (b"x,g\n1,F\n2,M\n", text_frame(2, x=["1", "2"], g=["F", "M"])),
    (b"x,g\n1,F", text_frame(1, x=["1"], g=["F"])),
    (b"\xef\xbb\xbfx,g\r\n1,F\r\n", text_frame(1, x=["1"], g=["F"])),
    (b"x\r1\r2\r", text_frame(2, x=["1", "2"])),
    (b'x,g\n"a,b","say ""hi"""\n', text_frame(1, x=["a,b"], g=['say "hi"'])),
    (b'x,g\n"two\nlines",F\n', text_frame(1, x=["two\nlines"], g=["F"])),
    (b'x,g\r\n"two\r\nlines",F\r\n', text_frame(1, x=["two\r\nlines"], g=["F"])),
    (b"x,g\n,\n", text_frame(1, x=[""], g=[""])),
    (b"x\n\n1\n\n2\n", text_frame(2, x=["1", "2"])),
    (b'x\n""\n', text_frame(1, x=[""])),
    (b"x,g\n 1 ,F \n", text_frame(1, x=[" 1 "], g=["F "])),
    ("größe\n日本\n".encode(), text_frame(1, größe=["日本"])),
]
ERRORS: list[tuple[bytes, type[RequestError], str]] = [
    (b"x,g\n", NoRows, "the CSV holds a header at most"),
    (b"x,g", NoRows, "the CSV holds a header at most"),
    (b"\n\n", NoRows, "the CSV holds a header at most"),
    (b"x,g,x\n1,2,3\n", MalformedCsv, "the header names a column twice"),
    (b"x,g\n1,2\n3\n", MalformedCsv, "row 1 has 1 cells, the header 2"),
    (b"x,g\n1,2,3\n", MalformedCsv, "row 0 has 3 cells, the header 2"),
    (b'x,g\n"1,2\n', MalformedCsv, "the body is not UTF-8 CSV: "),
    (b'x,g\n"1"2,3\n', MalformedCsv, "the body is not UTF-8 CSV: "),
    (b"x\n\xff\n", MalformedCsv, "the body is not UTF-8 CSV: "),
    ("x\n1\n".encode("utf-16"), MalformedCsv, "the body is not UTF-8 CSV: "),
]


@pytest.mark.parametrize(("body", "frame"), READ)
def test_csv_is_read_as_text(body: bytes, frame: RawFrame) -> None:
    assert csv.decode(body) == frame


@pytest.mark.parametrize(("body", "error", "message"), ERRORS)
def test_what_is_wrong_is_told(body: bytes, error: type[RequestError], message: str) -> None:
    with pytest.raises(error) as caught:
        csv.decode(body)
    assert type(caught.value) is error and str(caught.value).startswith(message)


FIELDS = Reading(("hmtime", "gender", "age"))
HEADED: list[bytes] = [
    b"hmtime,gender,age\n1:30:20,M,30",
    b"age,id,gender,hmtime\n30,7,M,1:30:20\n",
    b'\xef\xbb\xbf"gender","age","hmtime"\r\nM,30,1:30:20\r\n',
    b"gender,hmtime,agee,age\nM,1:30:20,31,30",
]


@pytest.mark.parametrize("body", HEADED)
def test_a_first_line_with_the_fields_is_a_header(body: bytes) -> None:
    columns = csv.decode(body, FIELDS).columns
    assert [columns[name] for name in FIELDS.names] == [["1:30:20"], ["M"], ["30"]]


POSITIONAL: list[bytes] = [
    b"1:30:20,M,30",
    b"1:30:20,M,30\n",
    b"\xef\xbb\xbf1:30:20,M,30\r\n",
    b'\n"1:30:20","M","30"\n\n',
]


@pytest.mark.parametrize("body", POSITIONAL)
def test_other_lines_are_the_fields_in_order(body: bytes) -> None:
    assert csv.decode(body, FIELDS) == text_frame(1, hmtime=["1:30:20"], gender=["M"], age=["30"])


def test_half_of_the_fields_make_a_header_and_fewer_do_not() -> None:
    four = Reading(("a", "b", "c", "d"))
    assert csv.decode(b"b,a\n1,2", four) == text_frame(1, b=["1"], a=["2"])
    assert csv.decode(b"b,x,y,z\n1,2,3,4", four).columns["a"] == ["b", "1"]


SETTLED = [
    (Reading(("a", "b"), csv_header=False), {}, 2),
    (Reading(("a", "b"), csv_header=True), {}, 1),
    (Reading(("a", "b")), {"header": "absent"}, 2),
    (Reading(("x", "y")), {"header": "present"}, 1),
    (Reading(("x", "y"), csv_header=False), {"header": "present"}, 1),
    (Reading(("a", "b"), csv_header=True), {"header": "absent"}, 2),
    (Reading(("a", "b")), {"header": "perhaps"}, 1),
]


@pytest.mark.parametrize(("reading", "parameters", "rows"), SETTLED)
def test_a_content_type_settles_it_then_bridge_toml_then_the_first_line(
    reading: Reading, parameters: dict[str, str], rows: int
) -> None:
    assert csv.decode(b"a,b\na,b\n", reading, parameters).rows == rows


@pytest.mark.parametrize("body", [b"7,8,1,2\n9,9,3,4", b"y,z,a,b\n7,8,1,2\n9,9,3,4"])
def test_labels_in_front_are_passed_over(body: bytes) -> None:
    frame = csv.decode(body, Reading(("a", "b")), {"label_size": "2"})
    assert frame == text_frame(2, a=["1", "3"], b=["2", "4"])


WRONG_WIDTH = [
    (b"1,2,3", {}, "row 0 has 3 cells, the model 2 fields (a, b)"),
    (b"1,2\n3\n", {}, "row 1 has 1 cells, the model 2 fields (a, b)"),
    (b"1,2", {"label_size": "1"}, "row 0 has 1 cells, the model 2 fields (a, b)"),
    (b"1,2", {"label_size": "one"}, 'label_size is "one", not a number of columns'),
    (b"1,2", {"label_size": "-1"}, 'label_size is "-1", not a number of columns'),
]


@pytest.mark.parametrize(("body", "parameters", "message"), WRONG_WIDTH)
def test_lines_that_are_not_the_fields_are_told(
    body: bytes, parameters: dict[str, str], message: str
) -> None:
    with pytest.raises(MalformedCsv) as caught:
        csv.decode(body, Reading(("a", "b")), parameters)
    assert str(caught.value) == message


@given(st.binary(max_size=40))
def test_any_bytes_are_a_frame_or_a_request_error(body: bytes) -> None:
    try:
        frame = csv.decode(body)
    except RequestError as error:
        assert str(error)
    else:
        assert frame.text and all(len(cells) == frame.rows for cells in frame.columns.values())


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    cells = st.lists(texts, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(cells, min_size=1, max_size=4))


@given(_tables())
def test_what_a_csv_writer_writes_is_read_as_it_was(
    table: tuple[list[str], list[list[str]]],
) -> None:
    header, rows = table
    out = io.StringIO()
    stdlib_csv.writer(out, quoting=stdlib_csv.QUOTE_ALL).writerows([header, *rows])
    frame = csv.decode(b"\xef\xbb\xbf" + out.getvalue().encode())
    assert list(frame.columns) == header
    assert [list(row) for row in zip(*frame.columns.values(), strict=True)] == rows


def test_a_vector_is_written_under_the_name_prediction() -> None:
    column = np.array([0.1, NA_REAL, 1e22])
    answer = Answer(Frame(("p",), (column,), 3), "values")
    assert csv.encode(answer, header=True) == b'prediction\n0.1\n""\n1e+22'


def test_columns_are_written_under_their_names_and_na_as_an_empty_cell() -> None:
    columns = (np.array([7, NA_INT], np.int32), ["a,b", None], np.array([np.nan, 2.5]))
    answer = Answer(Frame(("n", "s", "x"), columns, 2), "columns")
    assert csv.encode(answer, header=True) == b'n,s,x\n7,"a,b",NaN\n,,2.5'


def test_nan_and_infinite_numbers_stand_as_r_writes_them() -> None:
    column = np.array([np.nan, np.inf, -np.inf, NA_REAL])
    answer = Answer(Frame(("a", "b"), (column, column), 4), "records")
    lines = [b"NaN,NaN", b"Inf,Inf", b"-Inf,-Inf", b","]
    assert csv.encode(answer).split(b"\n") == lines


def test_an_empty_string_is_quoted_and_na_is_not() -> None:
    columns: tuple[Column, ...] = (["", None, "NA"], ["a", "", None])
    answer = Answer(Frame(("s", "t"), columns, 3), "columns")
    assert csv.encode(answer) == b'"",a\n,""\nNA,'


@pytest.mark.parametrize("column", [["a", None, ""], np.array([1.0, NA_REAL, NA_REAL])])
def test_no_line_is_empty_since_readers_pass_over_such_lines(column: Column) -> None:
    body = csv.encode(Answer(Frame(("p",), (column,), 3), "values"))
    assert body.split(b"\n")[1:] == [b'""', b'""']
    assert csv.decode(body, Reading(("p",))).rows == 3


def _csv_texts(columns: list[Column]) -> list[list[str]]:
    """The cells of ``columns``, written and read again by a reader that is not ours."""
    named = tuple(f"c{i}" for i in range(len(columns)))
    answer = Answer(Frame(named, tuple(columns), len(columns[0])), "records")
    body = csv.encode(answer, header=True)
    rows = list(stdlib_csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
    assert rows[0] == list(named)
    return [list(cells) for cells in zip(*rows[1:], strict=True)]


@given(st.lists(st.tuples(st.none() | texts, texts), min_size=1, max_size=5))
def test_any_strings_read_back_as_they_were(rows: list[tuple[str | None, str]]) -> None:
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    assert _csv_texts([list(first), list(second)]) == [[v or "" for v in first], second]
    assert _csv_texts([list(first)]) == [[v or "" for v in first]]


@given(st.integers(1, 4).flatmap(lambda rows: st.tuples(doubles(rows), columns(rows))))
def test_any_column_has_one_cell_a_row(pair: tuple[Column, Column]) -> None:
    assert [len(cells) for cells in _csv_texts(list(pair))] == [len(pair[0])] * 2


def test_what_policies_replaced_leaves_csv_as_it_is() -> None:
    touched = Replacements(1, (Replaced(0, "g", "X", None),))
    frame = Frame(("x",), (np.array([1.0]),), 1)
    assert csv.encode(Answer(frame._replace(replaced=touched), "columns")) == b"1.0"


@given(st.lists(finite, min_size=1, max_size=8))
def test_doubles_read_back_to_the_same_bits(values: list[float]) -> None:
    body = csv.encode(Answer(Frame(("x",), (np.array(values),), len(values)), "columns"))
    frame = Coercer(Schema((Predictor("x", "number"),)))(csv.decode(body, Reading(("x",))))
    assert np.asarray(frame.columns[0]).tobytes() == np.array(values).tobytes()


def test_booleans_are_written_as_they_are_read() -> None:
    column = np.array([1, 0, NA_BOOL], np.int8)
    body = csv.encode(Answer(Frame(("b",), (column,), 3), "columns"))
    frame = Coercer(Schema((Predictor("b", "boolean"),)))(csv.decode(body, Reading(("b",))))
    assert np.asarray(frame.columns[0]).tolist() == [1, 0, NA_BOOL]
