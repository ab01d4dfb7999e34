"""Policies at work: what becomes of cells that do not fit, and that every one is told."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.coerce import MOST_REPLACED, Coercer
from bridge.errors import InvalidInput
from bridge.frame import ABSENT, Frame, RawFrame, Replaced, Replacements, plain
from bridge.policy import NA, Action, Become, Policies
from bridge.schema import Predictor, Schema
from bridge.show import SHOWN_CHARACTERS
from tests.strategies import good_requests, requests, schemas
from tests.test_frame import same

GENDER = Predictor("gender", "factor", ("F", "M"))
AGE = Predictor("age", "number")
BOTH = Schema((GENDER, AGE))
ALL_NA: dict[str, Action] = {"unseen": NA, "invalid": NA, "absent": NA}
NOTHING = Policies(ALL_NA | {"null": None})


def coercer(schema: Schema = BOTH, **general: Action) -> Coercer:
    return Coercer(schema, Policies(general))


def cells(frame: Frame) -> list[list[Any]]:
    return [plain(column) for column in frame.columns]


def replaced(frame: Frame) -> list[tuple[Any, ...]]:
    assert frame.replaced is not None and frame.replaced.total == len(frame.replaced.listed)
    return [tuple(cell) for cell in frame.replaced.listed]


def codes(coerce: Coercer, raw: RawFrame) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        coerce(raw)
    return {problem.code for problem in caught.value.problems}


def test_an_unseen_level_becomes_na_and_is_told() -> None:
    frame = coercer(unseen=NA)(RawFrame({"gender": ["F", "X", None], "age": [1, 2, 3]}, 3))
    assert cells(frame) == [[1, None, None], [1.0, 2.0, 3.0]]
    assert frame.missing and replaced(frame) == [(1, "gender", "X", None)]


def test_an_unseen_level_becomes_the_other_level_and_nothing_is_missing() -> None:
    frame = coercer(unseen=Become("M"))(RawFrame({"gender": ["F", "X", 7], "age": [1, 2, 3]}, 3))
    assert cells(frame)[0] == [1, 2, 2] and not frame.missing
    assert replaced(frame) == [(1, "gender", "X", "M"), (2, "gender", 7, "M")]


def test_invalid_values_become_na_whatever_they_are() -> None:
    raw = RawFrame({"gender": [["F"], "F", "F"], "age": ["5", {"a": 1}, True]}, 3)
    frame = coercer(invalid=NA)(raw)
    assert cells(frame) == [[None, 1, 1], [None, None, None]] and frame.missing
    assert replaced(frame) == [
        (0, "gender", "an array", None),
        (0, "age", "5", None),
        (1, "age", "an object", None),
        (2, "age", True, None),
    ]


def test_csv_cells_come_under_the_same_policies() -> None:
    raw = RawFrame({"gender": ["X", "", "M"], "age": ["old", "1e999", "7"]}, 3, text=True)
    frame = coercer(unseen=Become("F"), invalid=NA)(raw)
    assert cells(frame) == [[1, None, 2], [None, None, 7.0]]
    assert [row[:2] for row in replaced(frame)] == [(0, "gender"), (0, "age"), (1, "age")]


def test_a_field_that_is_absent_becomes_na_in_every_row_that_lacks_it() -> None:
    frame = coercer(absent=NA)(RawFrame({"gender": ["F", ABSENT]}, 2))
    assert cells(frame) == [[1, None], [None, None]] and frame.missing
    assert replaced(frame) == [
        (0, "age", ABSENT, None),
        (1, "gender", ABSENT, None),
        (1, "age", ABSENT, None),
    ]


def test_a_null_may_be_refused_in_json_and_in_csv() -> None:
    coerce = coercer(null=None)
    with pytest.raises(InvalidInput) as caught:
        coerce(RawFrame({"gender": ["F", None], "age": [None, 1]}, 2))
    assert [(p.code, p.row, p.field) for p in caught.value.problems] == [
        ("missing_value", 0, "age"),
        ("missing_value", 1, "gender"),
    ]
    assert str(caught.value.problems[0]) == "age: must have a value (row 0)"
    assert codes(coerce, RawFrame({"gender": [""], "age": ["1"]}, 1, text=True)) == {
        "missing_value"
    }
    assert coerce(RawFrame({"gender": ["F"], "age": [1]}, 1)).replaced is None


def test_an_empty_level_is_not_missing_where_null_is_refused() -> None:
    schema = Schema((Predictor("g", "factor", ("a", "")),))
    frame = coercer(schema, null=None)(RawFrame({"g": ["", "a"]}, 2, text=True))
    assert cells(frame) == [[2, 1]] and not frame.missing


@pytest.mark.parametrize(
    ("allowed", "code"),
    [
        ("unseen", {"missing_field", "missing_value", "wrong_type"}),
        ("invalid", {"missing_field", "missing_value", "unseen_level"}),
        ("absent", {"missing_value", "unseen_level", "wrong_type"}),
        ("null", {"missing_field", "unseen_level", "wrong_type"}),
    ],
)
def test_one_policy_does_not_stand_for_another(allowed: str, code: set[str]) -> None:
    raw = RawFrame({"gender": ["X", ["F"], ABSENT, None]}, 4)
    general: dict[str, Action] = {"null": None, allowed: NA}
    assert codes(coercer(Schema((GENDER,)), **general), raw) == code


def test_a_field_with_a_policy_of_its_own() -> None:
    policies = Policies({"unseen": NA}, {"gender": {"unseen": None}})
    schema = Schema((GENDER, Predictor("sex", "factor", ("F", "M"))))
    coerce = Coercer(schema, policies)
    assert codes(coerce, RawFrame({"gender": ["X"], "sex": ["X"]}, 1)) == {"unseen_level"}
    assert replaced(coerce(RawFrame({"gender": ["F"], "sex": ["X"]}, 1))) == [(0, "sex", "X", None)]


def test_cells_are_counted_by_field_and_policy_where_the_request_was_taken() -> None:
    coerce = coercer(unseen=NA, absent=NA)
    coerce(RawFrame({"gender": ["X", "Y", ABSENT]}, 3))
    coerce(RawFrame({"gender": ["Z"], "age": [1]}, 1))
    coerce(RawFrame({"gender": ["F"], "age": [1]}, 1))
    codes(coerce, RawFrame({"gender": ["X"], "age": ["no number"]}, 1))
    assert coerce.replaced == {
        ("gender", "unseen"): 3,
        ("gender", "absent"): 1,
        ("age", "absent"): 3,
    }


def test_the_first_hundred_are_listed_by_row_and_all_are_counted() -> None:
    cells: list[object] = [*["F"] * 40, *["X"] * 200]
    raw = RawFrame({"gender": cells}, 240)
    frame = coercer(unseen=NA, absent=NA)(raw)
    assert frame.replaced is not None and frame.replaced.total == 440
    listed = frame.replaced.listed
    assert len(listed) == MOST_REPLACED and [cell.row for cell in listed[:40]] == list(range(40))
    assert [(c.row, c.field) for c in listed[-2:]] == [(69, "gender"), (69, "age")]


def test_long_values_are_cut() -> None:
    frame = coercer(Schema((GENDER,)), unseen=NA)(RawFrame({"gender": ["y" * 5000]}, 1))
    told = Replaced(0, "gender", "y" * SHOWN_CHARACTERS + "…", None)
    assert frame.replaced == Replacements(1, (told,))


schemas_and_requests = schemas().flatmap(lambda s: st.tuples(st.just(s), requests(s)))
schemas_and_good_requests = schemas().flatmap(lambda s: st.tuples(st.just(s), good_requests(s)))


def row_of(raw: RawFrame, row: int) -> RawFrame:
    """One record of ``raw``, as if it had been sent alone."""
    return RawFrame({name: [cells[row]] for name, cells in raw.columns.items()}, 1, raw.text)


@given(schemas_and_requests)
def test_what_fits_is_kept_and_what_is_replaced_is_what_would_be_refused(
    case: tuple[Schema, RawFrame],
) -> None:
    schema, raw = Schema(case[0].predictors), case[1]
    frame = Coercer(schema, Policies(ALL_NA))(raw)
    told = {(c.row, c.field) for c in frame.replaced.listed} if frame.replaced else set()
    for place, predictor in enumerate(schema.predictors):
        alone = Coercer(Schema((predictor,)))
        for row in range(raw.rows):
            cell = frame.columns[place][row : row + 1]
            try:
                expected = alone(row_of(raw, row)).columns[0]
            except InvalidInput:
                assert (row, predictor.name) in told and plain(cell) == [None]
            else:
                assert (row, predictor.name) not in told and same(cell, expected)


@given(schemas_and_requests)
def test_missing_is_marked_whatever_policies_made_of_it(case: tuple[Schema, RawFrame]) -> None:
    frame = Coercer(Schema(case[0].predictors), Policies(ALL_NA))(case[1])
    assert frame.missing == any(None in plain(column) for column in frame.columns)


@given(schemas_and_requests)
def test_the_counter_agrees_with_what_is_told(case: tuple[Schema, RawFrame]) -> None:
    coerce = Coercer(Schema(case[0].predictors), Policies(ALL_NA))
    frame = coerce(case[1])
    total = frame.replaced.total if frame.replaced else 0
    assert coerce.replaced.total() == total == np.sum([*coerce.replaced.values()], dtype=int)


@given(schemas_and_good_requests)
def test_policies_change_nothing_where_all_fits(case: tuple[Schema, RawFrame]) -> None:
    schema, raw = case
    plain_frame, lenient = Coercer(schema)(raw), Coercer(schema, Policies(ALL_NA))(raw)
    assert lenient.replaced is None and lenient.missing == plain_frame.missing
    assert all(map(same, lenient.columns, plain_frame.columns))


@given(schemas_and_good_requests)
def test_refused_nulls_are_all_that_is_refused_then(case: tuple[Schema, RawFrame]) -> None:
    schema, raw = case
    nulls = sum(cells.count(None) for cells in raw.columns.values())
    try:
        Coercer(schema, NOTHING)(raw)
    except InvalidInput as error:
        assert [p.code for p in error.problems] == ["missing_value"] * nulls and nulls
    else:
        assert nulls == 0
