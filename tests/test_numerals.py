"""Texts that are read as numbers all at once: as each would be by itself, or not at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.convert import Unfit, converter, read_text
from bridge.frame import ABSENT
from bridge.numerals import doubles, int32s
from bridge.schema import FieldType, Predictor

NOTATIONS = ["0", "1", "-1", "1.5", "-0.0", "1e3", "1E-3", "0.1", "9007199254740993", "1" * 30]
NOTATIONS += ["5e-324", "1.7976931348623157e308", "2147483647", "-2147483647"]
NOT_AT_ONCE = ["-0", "+1", ".5", "5.", "007", "1e999", "-1e999", "NaN", "Infinity", "null", "true"]
NOT_AT_ONCE += ["", "NA", " 1", "1 ", "1\n", "\t1", "1,2", "[1]", "[1", "1]", "1_0", "٣", "e", "-"]
NOT_AT_ONCE += ["2147483648.5x", '"1"', "0x10"]


def one_by_one(texts: list[str], kind: FieldType) -> bytes | None:
    """The bits of the column that ``convert`` makes of the cells; None if one does not fit."""
    cells = [read_text([text], kind, ())[0] for text in texts]
    try:
        return np.asarray(converter(Predictor("x", kind))(cells)).tobytes()
    except Unfit:
        return None


texts = st.lists(
    st.sampled_from(NOTATIONS + NOT_AT_ONCE)
    | st.floats().map(repr)
    | st.integers().map(str)
    | st.text("0123456789+-.eE,", min_size=1, max_size=6),
    min_size=1,
    max_size=5,
)


@given(texts)
def test_numbers_have_the_bits_of_each(some: list[str]) -> None:
    column = doubles(some)
    assert column is None or column.tobytes() == one_by_one(some, "number")


@given(texts)
def test_whole_numbers_are_those_of_each(some: list[str]) -> None:
    column = int32s(some)
    assert column is None or column.tobytes() == one_by_one(some, "integer")


@pytest.mark.parametrize("text", NOTATIONS)
def test_numbers_of_json_are_read_at_once(text: str) -> None:
    assert doubles([text, "1"]) is not None


@pytest.mark.parametrize("text", NOT_AT_ONCE)
def test_anything_else_is_not(text: str) -> None:
    assert doubles([text]) is None and doubles(["1", text, "2"]) is None


@pytest.mark.parametrize("texts", [["1,2"], ["[1", "2]"], ["1", "2,3"], ["1,2", ""]])
def test_a_cell_is_one_number(texts: list[str]) -> None:
    assert doubles(texts) is None and int32s(texts) is None


@pytest.mark.parametrize("text", ["1.0", "1e3", "2147483648", "-2147483648", "-0", ""])
def test_only_whole_numbers_that_fit_are_whole_numbers(text: str) -> None:
    assert int32s([text]) is None and int32s(["0", "-2147483647", "2147483647"]) is not None


def test_where_a_line_has_no_cell_nothing_is_read() -> None:
    cells = ["1", ABSENT]
    assert doubles(cells) is None and int32s(cells) is None
