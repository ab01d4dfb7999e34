"""The comparison, bit by bit: what is the same, what differs, and what was refused."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.frame import NA_REAL
from bridge.verify.compare import Comparison, compare, same
from bridge.verify.report import DIFFERENT, IDENTICAL, NOTHING, Circumstances, make_report
from bridge.verify.service import Answered, Outcome, Refused, Replaced
from bridge.verify.session import Fresh

NOWHEN = Circumstances("", "", 0.0, 1, 1, {}, [], [], {}, {})


def doubles(*values: float) -> Any:
    return np.array(values, np.float64)


def compared(served: list[Any], own: Any, name: str = "prediction") -> Comparison:
    rows = tuple(range(len(served)))
    return compare([Answered(rows, {"predictions": served})], [Fresh("answer", {name: own})])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_like_itself_alone(value: float) -> None:
    above = math.nextafter(value, math.inf)
    assert same(value, np.float64(value))
    assert math.isinf(above) or not same(above, np.float64(value))
    assert not same(str(value), np.float64(value))
    assert not same(None, np.float64(value))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_one_changed_bit_is_found_in_its_row(values: list[float]) -> None:
    assert compared(list(values), doubles(*values)).identical == len(values)
    changed = [math.nextafter(values[0], 0.0) if values[0] else 5e-324, *values[1:]]
    found = compared(changed, doubles(*values))
    assert [difference.row for difference in found.differences] == [1]


def test_zeros_of_both_signs_differ() -> None:
    assert compared([0.0, -0.0], doubles(-0.0, -0.0)).differing == 1


@pytest.mark.parametrize(
    ("own", "form"),
    [(NA_REAL, None), (math.nan, "NaN"), (math.inf, "Inf"), (-math.inf, "-Inf")],
)
def test_what_is_not_finite_has_one_form(own: float, form: str | None) -> None:
    for served in (None, "NaN", "Inf", "-Inf", 0.0):
        assert same(served, np.float64(own)) == (served == form)


@pytest.mark.parametrize(
    ("served", "own", "like"),
    [
        ("a", "a", True),
        ("a", "b", False),
        (None, None, True),
        ("NA", None, False),
        (True, True, True),
        (1, True, False),
        (3, 3, True),
        (True, 1, False),
        ("3", 3, False),
        (True, np.float64(1), False),
    ],
)
def test_text_booleans_and_integers(served: Any, own: Any, like: bool) -> None:
    assert same(served, own) == like


def test_a_row_with_several_differing_columns_counts_once() -> None:
    outcome = Answered((4, 9), {"a": [1.0, 2.0], "b": [1.5, 2.5]})
    fresh = Fresh("answer", {"b": doubles(1.0, 2.5), "a": doubles(3.0, 2.0)})
    found = compare([outcome], [fresh])
    assert (found.rows, found.identical, found.differing) == (2, 1, 1)
    told = [(d.row, d.column, d.service, d.fresh, d.absolute) for d in found.differences]
    assert told == [(5, "a", "1.0", "3.0", 2.0), (5, "b", "1.5", "1.0", 0.5)]
    report = make_report(found, NOWHEN)
    assert (report.greatest_absolute, report.greatest_relative) == (2.0, 2 / 3)
    assert report.verdict == DIFFERENT


def test_other_columns_are_a_difference_of_every_row() -> None:
    found = compared([1.0, 2.0], doubles(1.0, 2.0), "fit")
    assert found.differing == 2
    assert found.differences[0].column == "(names)"


def test_a_fresh_session_that_fails_where_the_service_answers_is_a_difference() -> None:
    found = compare([Answered((0,), {"predictions": [1.0]})], [Fresh("error", {}, "no")])
    assert found.differences[0].fresh == "error: no"


def refused(status: int, fresh: Fresh) -> Comparison:
    answered: list[Outcome] = [Answered((1,), {"predictions": [1.0]})]
    other = Fresh("answer", {"prediction": doubles(1.0)})
    return compare([*answered, Refused(0, status, "code", "why")], [other, fresh])


@pytest.mark.parametrize(
    ("fresh", "outcome"),
    [
        (Fresh("answer", {"a": doubles(NA_REAL), "b": [None]}), "NA"),
        (Fresh("answer", {"prediction": doubles(2.5)}), "value"),
        (Fresh("answer", {"a": doubles(NA_REAL), "b": doubles(1.0)}), "value"),
        (Fresh("error", {}, "no"), "error"),
        (Fresh("rejected", {}, "no"), "rejected"),
    ],
)
def test_a_refused_row_is_told_with_what_r_made_of_it(fresh: Fresh, outcome: str) -> None:
    found = refused(422, fresh)
    assert (found.rows, found.identical, found.differing) == (2, 1, 0)
    (refusal,) = found.refusals
    assert (refusal.row, refusal.text, refusal.outcome) == (1, "why", outcome)
    assert make_report(found, NOWHEN).verdict == IDENTICAL


def test_a_failure_of_the_service_is_a_difference_if_r_can_answer() -> None:
    value = Fresh("answer", {"prediction": doubles(2.5)})
    assert refused(500, value).differing == 1
    assert refused(500, Fresh("error", {}, "no")).differing == 0


def test_nothing_compared_is_not_identical() -> None:
    found = compare([Refused(0, 422, "code", "why")], [Fresh("error", {}, "no")])
    report = make_report(found, NOWHEN)
    assert (report.verdict, report.is_identical) == (NOTHING, False)


def test_rows_with_a_replaced_cell_are_counted() -> None:
    cells = (Replaced(0, "x", None), Replaced(0, "g", "other"))
    outcome = Answered((0, 1), {"predictions": [1.0, 2.0]}, cells)
    found = compare([outcome], [Fresh("answer", {"prediction": doubles(1.0, 2.0)})])
    assert (found.replaced, found.identical) == (1, 2)
