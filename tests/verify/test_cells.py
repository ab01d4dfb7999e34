"""Cells of the data: what the service is sent, and what the fresh session gets."""

import math

import pytest

from bridge.frame import ABSENT, RawFrame
from bridge.schema import FieldType, Predictor, Schema
from bridge.verify.cannot import CannotVerify
from bridge.verify.cells import prepare


def both(cell: object, type: FieldType, text: bool, levels: tuple[str, ...] = ()) -> object:
    """What is sent for one cell, and the one value that R gets."""
    schema = Schema((Predictor("x", type, levels),))
    prepared = prepare(RawFrame({"x": [cell]}, 1, text), schema)
    (vector,) = prepared.vectors
    return prepared.records[0].get("x", ABSENT), vector.values[0]


@pytest.mark.parametrize(
    ("cell", "sent", "own"),
    [
        ("0.1", 0.1, 0.1),
        ("1e3", 1000.0, 1000.0),
        ("2.2250738585072011e-308", 2.225073858507201e-308, 2.225073858507201e-308),
        (" 5", 5.0, 5.0),
        ("", None, None),
        ("NA", None, None),
        ("NaN", None, None),
        ("-Inf", "-Inf", -math.inf),
        ("1e999", "Inf", math.inf),
        ("1_000", "1_000", None),
        ("oops", "oops", None),
        ("٣", "٣", None),
    ],
)
def test_a_number_of_a_csv(cell: str, sent: object, own: object) -> None:
    assert both(cell, "number", text=True) == (sent, own)


@pytest.mark.parametrize(
    ("cell", "sent", "own"),
    [
        (5, 5, 5.0),
        (0.1, 0.1, 0.1),
        (None, None, None),
        ("5", "5", None),
        (True, True, None),
        (math.nan, None, None),
        (math.inf, "Inf", math.inf),
        (10**400, 10**400, None),
        ([1], [1], None),
    ],
)
def test_a_number_with_a_type_is_sent_as_it_stands(cell: object, sent: object, own: object) -> None:
    assert both(cell, "number", text=False) == (sent, own)


@pytest.mark.parametrize("level", ["007", "NA", "TRUE", "1e3", "", "a,b", 'a "b"'])
def test_a_level_of_a_csv_is_the_text_of_the_cell(level: str) -> None:
    assert both(level, "factor", True, ("x", level)) == (level, level)


def test_an_empty_cell_and_na_are_missing_where_they_are_no_level() -> None:
    assert both("", "factor", True, ("x",)) == (None, None)
    assert both("NA", "factor", True, ("x",)) == (None, None)
    assert both("NA", "string", True) == ("NA", "NA")
    assert both("", "string", True) == (None, None)


@pytest.mark.parametrize(
    ("cell", "text"), [(4, "4"), (4.0, "4"), (True, "TRUE"), (1e5, "100000"), (0.1, "0.1")]
)
def test_r_gets_the_text_of_a_number_sent_for_a_factor(cell: object, text: str) -> None:
    assert both(cell, "factor", False, (text,)) == (cell, text)


def test_text_that_r_cannot_hold_is_sent_nonetheless() -> None:
    assert both("a\0b", "string", text=False) == ("a\0b", None)
    assert both("\ud800", "string", text=False) == ("\ud800", None)


@pytest.mark.parametrize(
    ("cell", "sent", "own"),
    [("5", 5, 5), ("5.5", 5.5, None), ("3000000000", 3000000000, None), ("x", "x", None)],
)
def test_an_integer_of_a_csv(cell: str, sent: object, own: object) -> None:
    assert both(cell, "integer", text=True) == (sent, own)


def test_a_boolean_of_a_csv() -> None:
    assert both("T", "boolean", text=True) == (True, True)
    assert both("yes", "boolean", text=True) == ("yes", None)


def test_a_field_that_a_record_lacks_is_not_sent() -> None:
    assert both(ABSENT, "number", text=False) == (ABSENT, None)


def test_columns_that_are_no_field_are_left_out() -> None:
    schema = Schema((Predictor("x", "number"),))
    prepared = prepare(RawFrame({"id": [7], "x": [1.0]}, 1), schema)
    assert prepared.records == [{"x": 1.0}] and len(prepared.vectors) == 1


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    schema = Schema((Predictor("x", "number"), Predictor("y", "number")))
    with pytest.raises(CannotVerify, match="no column y: the model takes x, y, the data hold x, z"):
        prepare(RawFrame({"x": [1.0], "z": [1.0]}, 1), schema)
