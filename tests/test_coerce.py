"""coerce: every field type from JSON and from CSV, and every problem, told all at once."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.coerce import Coercer
from bridge.errors import MOST_PROBLEMS, InvalidInput, Problem
from bridge.frame import ABSENT, NA_BOOL, NA_INT, NA_REAL, Column, Frame, RawFrame, plain
from bridge.schema import FIELD_TYPES, FieldType, Predictor, Schema
from bridge.show import SHOWN_CHARACTERS
from bridge.texts import Texts
from tests.strategies import fitting, good_requests, requests, schemas
from tests.test_frame import same

DTYPES: dict[str, Any] = {
    "number": np.float64,
    "integer": np.int32,
    "boolean": np.int8,
    "date": np.float64,
    "datetime": np.float64,
    "factor": np.int32,
}
GENDER = Predictor("gender", "factor", ("F", "M"))
LEVELS = ("NA", "TRUE", "007", "", "naïve", "日本", " x ")
NA_BITS = 0x7FF00000000007A2


def convert(predictor: Predictor, cells: list[Any], text: bool = False) -> Column:
    """The typed column of one field."""
    raw = RawFrame({predictor.name: cells}, len(cells), text)
    return Coercer(Schema((predictor,)))(raw).columns[0]


def problems(predictor: Predictor, cells: list[Any], text: bool = False) -> list[Problem]:
    """The problems of one field."""
    with pytest.raises(InvalidInput) as caught:
        convert(predictor, cells, text)
    return caught.value.problems


def field(kind: FieldType) -> Predictor:
    return Predictor("x", kind, ("a", "b") if kind == "factor" else ())


JSON_GOOD: list[tuple[FieldType, list[Any], Column]] = [
    ("number", [1.5, 2, -0.0], np.array([1.5, 2.0, -0.0])),
    ("number", [2**53 + 2, -(2**63), 2**64 - 1], np.array([2.0**53 + 2, -(2.0**63), 2.0**64])),
    ("number", [5e-324, 1.7976931348623157e308], np.array([5e-324, 1.7976931348623157e308])),
    ("number", [None, 1], np.array([NA_REAL, 1.0])),
    ("integer", [1, -(2**31) + 1, 2**31 - 1], np.array([1, -(2**31) + 1, 2**31 - 1], np.int32)),
    ("integer", [3.0, -0.0, None], np.array([3, 0, NA_INT], np.int32)),
    ("string", ["a", "", "NA", "日本", None], ["a", "", "NA", "日本", None]),
    ("boolean", [True, False, None], np.array([1, 0, NA_BOOL], np.int8)),
    ("date", ["1970-01-01", "1969-12-31", "2024-02-29", None], np.array([0, -1, 19782, NA_REAL])),
    (
        "datetime",
        ["1970-01-01T00:00:01Z", "2024-02-29 12:00:00.5+02:00", None],
        np.array([1, 1709200800.5, NA_REAL]),
    ),
    ("factor", ["b", "a", None], np.array([2, 1, NA_INT], np.int32)),
]
CSV_GOOD: list[tuple[FieldType, list[str], Column]] = [
    (
        "number",
        ["1", "-.5", "+2.", "1e-3", "NA", ""],
        np.array([1, -0.5, 2, 1e-3, NA_REAL, NA_REAL]),
    ),
    ("number", ["0.1", "1E5", "007"], np.array([0.1, 1e5, 7.0])),
    ("integer", ["1", "-7", "+007", "NA", ""], np.array([1, -7, 7, NA_INT, NA_INT], np.int32)),
    ("string", ["1.5", "NA", "TRUE", ""], ["1.5", "NA", "TRUE", None]),
    ("boolean", ["TRUE", "true", "True", "T", "NA"], np.array([1, 1, 1, 1, NA_BOOL], np.int8)),
    ("boolean", ["FALSE", "false", "F", ""], np.array([0, 0, 0, NA_BOOL], np.int8)),
    ("date", ["1970-01-02", "NA", ""], np.array([1, NA_REAL, NA_REAL])),
    ("datetime", ["1970-01-02 00:00:00", "NA", ""], np.array([86400, NA_REAL, NA_REAL])),
    ("factor", ["b", "NA", ""], np.array([2, NA_INT, NA_INT], np.int32)),
]
JSON_BAD: list[tuple[FieldType, list[Any]]] = [
    ("number", ["5", "", "NaN", True, False, [1], {}, [], "1,5"]),
    ("integer", [1.5, 2**31, -(2**31), 2**63, 1e300, "1", True, [], {}]),
    ("string", [1, 1.5, True, [], {}, ["a"]]),
    ("boolean", [0, 1, "true", "TRUE", 1.0, [], {}]),
    ("date", ["2024-02-30", "2024-2-3", "20240203", "", "0000-01-01", 5, "٢٠٢٤-٠١-٠١", [], True]),
    ("datetime", ["2024-01-01", "1704067200", 1704067200, "", True, [], {}]),
    ("factor", ["A", "c", "", "NA", 1, True, [], {}, ["a"], 1.0]),
]
CSV_BAD: list[tuple[FieldType, list[str]]] = [
    (
        "number",
        ["five", "1,5", " 1", "1 ", "0x10", "1_000", "NaN", "Inf", "-inf", "١", "1e", "1e999"],
    ),
    ("integer", ["1.5", "1e3", "2147483648", "-2147483648", "9" * 30, "1_0", " 1"]),
    ("boolean", ["yes", "0", "1", "tRUE", "TRUE "]),
    ("date", ["2024-02-30", "1/2/2024", "2024-01-01T00:00:00"]),
    ("datetime", ["2024-02-30T00:00:00Z", "1704067200", "2024-01-01"]),
    ("factor", ["A", "1", " a"]),
]


@pytest.mark.parametrize(("kind", "cells", "column"), JSON_GOOD)
def test_json_cells_become_the_fields_type(
    kind: FieldType, cells: list[Any], column: Column
) -> None:
    assert same(convert(field(kind), cells), column)


@pytest.mark.parametrize(("kind", "cells", "column"), CSV_GOOD)
def test_csv_cells_are_read_as_the_fields_type(
    kind: FieldType, cells: list[str], column: Column
) -> None:
    assert same(convert(field(kind), list(cells), text=True), column)


@pytest.mark.parametrize(("kind", "cells"), JSON_BAD)
def test_json_cells_of_another_type_are_refused_each(kind: FieldType, cells: list[Any]) -> None:
    found = problems(field(kind), cells)
    assert [p.row for p in found] == list(range(len(cells)))
    assert {p.code for p in found} <= {"wrong_type", "unseen_level"}


@pytest.mark.parametrize(("kind", "cells"), CSV_BAD)
def test_csv_cells_that_cannot_be_read_are_refused_each(kind: FieldType, cells: list[str]) -> None:
    found = problems(field(kind), list(cells), text=True)
    assert [p.row for p in found] == list(range(len(cells)))


@pytest.mark.parametrize("kind", FIELD_TYPES)
@pytest.mark.parametrize("text", [False, True])
def test_missing_is_na_and_the_frame_says_so(kind: FieldType, text: bool) -> None:
    schema = Schema((field(kind),))
    raw = RawFrame({"x": ["" if text else None]}, 1, text)
    frame = Coercer(schema)(raw)
    assert frame.missing and plain(frame.columns[0]) == [None]


@pytest.mark.parametrize("kind", ["number", "date"])
@pytest.mark.parametrize("beside", [[], [1.0], [1], [1, 1.0]])
def test_na_keeps_rs_bits(kind: FieldType, beside: list[Any]) -> None:
    cells = [None, *(beside if kind == "number" else ["1970-01-01"] * len(beside))]
    column = np.asarray(convert(field(kind), cells), np.float64)
    assert column.view(np.uint64)[0] == NA_BITS


def test_a_frame_without_missing_cells_says_so() -> None:
    frame = Coercer(Schema((field("number"), GENDER)))(RawFrame({"x": [1], "gender": ["F"]}, 1))
    assert not frame.missing


def test_levels_that_look_like_something_else_are_levels() -> None:
    odd = Predictor("x", "factor", LEVELS)
    codes = np.arange(1, len(LEVELS) + 1, dtype=np.int32)
    assert same(convert(odd, list(LEVELS)), codes)
    assert same(convert(odd, list(LEVELS), text=True), codes)


@pytest.mark.parametrize("cells", [[math.nan], [math.inf, 1], [None, -math.inf]])
def test_a_number_that_is_not_finite_has_a_code_of_its_own(cells: list[Any]) -> None:
    assert [p.code for p in problems(field("number"), cells)] == ["non_finite_number"]


@pytest.mark.parametrize("beside", [1, 1.5, None])
@pytest.mark.parametrize("huge", [10**400, -(10**5000)], ids=["10^400", "-10^5000"])
def test_an_int_too_large_for_a_double_is_refused(beside: Any, huge: int) -> None:
    assert [p.row for p in problems(field("number"), [beside, huge])] == [1]
    assert [p.row for p in problems(field("integer"), [1, huge])] == [1]


def test_a_string_with_a_nul_is_refused_because_r_cannot_hold_it() -> None:
    assert [p.row for p in problems(field("string"), ["a", "a\0b"])] == [1]
    assert [p.row for p in problems(field("string"), ["a\0b"], text=True)] == [0]


def test_an_unseen_level_is_told_with_row_value_and_levels() -> None:
    (problem,) = problems(GENDER, ["X"])
    assert problem == Problem(
        "unseen_level", 'gender: "X" is not one of "F", "M"', "gender", 0, "X", ("F", "M")
    )
    assert str(problem) == 'gender: "X" is not one of "F", "M" (row 0)'


@pytest.mark.parametrize(
    ("kind", "cell", "text"),
    [
        ("number", "5", 'x: "5" is not a number'),
        ("number", True, "x: true is not a number"),
        ("number", [1], "x: an array is not a number"),
        ("number", {"a": 1}, "x: an object is not a number"),
        ("integer", 1.5, "x: 1.5 is not a whole number that fits 32 bits"),
        ("string", 5, "x: 5 is not a string"),
        ("boolean", 1, "x: 1 is not true or false"),
        ("date", "1/2/2024", 'x: "1/2/2024" is not a date as "YYYY-MM-DD"'),
        ("datetime", "noon", 'x: "noon" is not a time as "YYYY-MM-DDTHH:MM:SSZ"'),
        ("factor", 1, 'x: 1 is not one of "a", "b"'),
        ("factor", [1], 'x: an array is not a string (one of "a", "b")'),
        ("number", 'say "hi"', 'x: "say \\"hi\\"" is not a number'),
    ],
)
def test_a_problem_says_what_came_and_what_would_be_right(
    kind: FieldType, cell: Any, text: str
) -> None:
    (problem,) = problems(field(kind), [cell])
    assert (problem.text, problem.field, problem.row) == (text, "x", 0)


def test_all_problems_of_all_fields_come_together_sorted_by_row() -> None:
    schema = Schema((field("number"), GENDER, Predictor("absent", "date")))
    raw = RawFrame({"x": [1, "b", "c"], "gender": ["X", "F", "Y"]}, 3)
    with pytest.raises(InvalidInput) as caught:
        Coercer(schema)(raw)
    found = [(p.row, p.field, p.code, p.value) for p in caught.value.problems]
    assert found == [
        (None, "absent", "missing_field", None),
        (0, "gender", "unseen_level", "X"),
        (1, "x", "wrong_type", "b"),
        (2, "x", "wrong_type", "c"),
        (2, "gender", "unseen_level", "Y"),
    ]
    assert caught.value.code == "invalid_input"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (RawFrame({"gender": ["X", "Y"]}, 2), "unseen_level"),
        (RawFrame({}, 1), "missing_field"),
        (RawFrame({"gender": ["F", ABSENT]}, 2), "missing_field"),
        (RawFrame({"gender": [1]}, 1), "unseen_level"),
        (RawFrame({"gender": [["F"]]}, 1), "wrong_type"),
    ],
)
def test_problems_of_one_kind_give_the_error_their_code(raw: RawFrame, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Coercer(Schema((GENDER,)))(raw)
    assert caught.value.code == code


def test_a_field_absent_from_some_records_is_told_by_row() -> None:
    found = problems(GENDER, ["F", ABSENT, None])
    assert [(p.code, p.row, p.text) for p in found] == [("missing_field", 1, "gender: is missing")]


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_an_absent_cell_is_a_missing_field_whatever_the_type(kind: FieldType) -> None:
    assert [p.code for p in problems(field(kind), [ABSENT])] == ["missing_field"]


def test_no_more_problems_are_told_than_anyone_reads() -> None:
    assert len(problems(field("number"), ["x"] * 10_000)) == MOST_PROBLEMS
    schema = Schema(tuple(Predictor(f"f{i}", "number") for i in range(500)))
    with pytest.raises(InvalidInput) as caught:
        Coercer(schema)(RawFrame({}, 1))
    assert len(caught.value.problems) == MOST_PROBLEMS


def test_long_values_are_cut_and_many_levels_are_counted() -> None:
    many = Predictor("x", "factor", tuple(f"level{i}" for i in range(500)))
    (problem,) = problems(many, ["y" * 5000])
    assert problem.value == "y" * SHOWN_CHARACTERS + "…"
    assert problem.text.endswith("and 480 more") and len(problem.text) < 400
    assert problem.allowed == many.levels[:20]


def test_unknown_fields_are_ignored() -> None:
    frame = Coercer(Schema((GENDER,)))(RawFrame({"shoe": [[]], "gender": ["F"]}, 1))
    assert frame.names == ("gender",) and len(frame.columns) == 1


def test_unknown_fields_are_refused_where_bridge_toml_says_so() -> None:
    coerce = Coercer(Schema((GENDER,), refuse_unknown=True))
    with pytest.raises(InvalidInput) as caught:
        coerce(RawFrame({"shoe": [1], "gender": ["F"]}, 1))
    (problem,) = caught.value.problems
    assert (problem.code, problem.field, problem.row) == ("unknown_field", "shoe", None)
    assert "shoe" in problem.text and caught.value.code == "unknown_field"
    assert coerce(RawFrame({"gender": ["F"]}, 1)).rows == 1


def test_a_model_without_fields_takes_rows_of_nothing() -> None:
    assert Coercer(Schema(()))(RawFrame({"any": [1, 2]}, 2)) == Frame((), (), 2)


schemas_and_requests = schemas().flatmap(lambda s: st.tuples(st.just(s), requests(s)))
schemas_and_good_requests = schemas().flatmap(lambda s: st.tuples(st.just(s), good_requests(s)))


def check_frame(frame: Frame, schema: Schema, rows: int) -> None:
    assert (frame.names, frame.rows, len(frame.columns)) == (schema.names, rows, len(schema.names))
    for predictor, column in zip(schema.predictors, frame.columns, strict=True):
        assert len(column) == rows
        if isinstance(column, list | Texts):
            assert predictor.type == "string"
        else:
            assert column.dtype == DTYPES[predictor.type]


@given(schemas_and_requests)
def test_whatever_comes_is_a_frame_of_the_schema_or_invalid_input(
    case: tuple[Schema, RawFrame],
) -> None:
    schema, raw = case
    try:
        frame = Coercer(schema)(raw)
    except InvalidInput as error:
        assert 1 <= len(error.problems) <= MOST_PROBLEMS
        rows = [-1 if p.row is None else p.row for p in error.problems]
        assert rows == sorted(rows) and max(rows) < raw.rows
    else:
        check_frame(frame, schema, raw.rows)


@given(schemas_and_good_requests)
def test_what_fits_is_taken_and_missing_is_marked(case: tuple[Schema, RawFrame]) -> None:
    schema, raw = case
    frame = Coercer(schema)(raw)
    check_frame(frame, schema, raw.rows)
    assert frame.missing == any(None in cells for cells in raw.columns.values())


@given(st.data())
def test_one_bad_cell_is_found_where_it_is(data: st.DataObject) -> None:
    predictor = Predictor("x", data.draw(st.sampled_from(FIELD_TYPES)), ("a",))
    cells = data.draw(st.lists(fitting(predictor), min_size=1, max_size=5))
    row = data.draw(st.integers(0, len(cells) - 1))
    cells[row] = {"no": "type"}
    assert [p.row for p in problems(predictor, cells)] == [row]


def test_levels_of_a_number_are_read_from_csv_as_numbers() -> None:
    gear = Predictor("gear", "factor", ("3", "4.5"), numeric=True)
    coerce = Coercer(Schema((gear,)))
    cells: list[object] = ["3", "3.0", "4.50", "", "NA"]
    frame = coerce(RawFrame({"gear": cells}, 5, text=True))
    assert list(frame.columns[0]) == [1, 1, 2, NA_INT, NA_INT]
    with pytest.raises(InvalidInput, match="gear"):
        coerce(RawFrame({"gear": ["4"]}, 1, text=True))
