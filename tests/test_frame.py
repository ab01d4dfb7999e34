"""Frame: joining, and the plain Python values of its columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.frame import NA_BOOL, NA_INT, NA_REAL, Column, Frame, concat, plain
from bridge.texts import Texts
from tests.strategies import columns, frames


def same(left: Column, right: Column) -> bool:
    """True if both columns have the same type and bits."""
    if isinstance(left, list | Texts) or isinstance(right, list | Texts):
        return list(left) == list(right)
    return left.dtype == right.dtype and left.tobytes() == right.tobytes()


@st.composite
def _pieces(draw: st.DrawFn) -> tuple[Frame, list[Frame]]:
    """A frame, and the same rows cut into consecutive frames."""
    whole = draw(frames())
    cuts = sorted(draw(st.lists(st.integers(0, whole.rows), max_size=3)))
    edges = list(zip([0, *cuts], [*cuts, whole.rows], strict=True))
    parts = [
        Frame(whole.names, tuple(c[a:b] for c in whole.columns), b - a, whole.missing)
        for a, b in edges
    ]
    return whole, parts


@given(_pieces())
def test_concat_puts_the_pieces_together_again_bit_for_bit(
    pieces: tuple[Frame, list[Frame]],
) -> None:
    whole, parts = pieces
    joined = concat(parts)
    assert (joined.names, joined.rows, joined.missing) == (whole.names, whole.rows, whole.missing)
    assert all(map(same, joined.columns, whole.columns))


def test_concat_of_one_frame_is_that_frame() -> None:
    frame = Frame(("x",), (np.array([1.0]),), 1)
    assert concat([frame]) is frame


def test_a_missing_cell_in_any_part_marks_the_whole() -> None:
    whole = Frame(("s",), (["a"],), 1)
    part = Frame(("s",), ([None],), 1, missing=True)
    assert concat([whole, part]) == Frame(("s",), (["a", None],), 2, missing=True)


def test_frames_without_columns_still_count_rows() -> None:
    assert concat([Frame((), (), 2), Frame((), (), 3)]) == Frame((), (), 5)


def test_frames_of_different_columns_are_not_joined() -> None:
    with pytest.raises(ValueError, match="zip"):
        concat([Frame(("x",), (["a"],), 1), Frame((), (), 1)])


def test_na_real_has_the_bits_of_rs_na() -> None:
    assert np.float64(NA_REAL).view(np.uint64) == 0x7FF00000000007A2
    assert np.array([NA_REAL]).view(np.uint64)[0] & 0xFFFFFFFF == 1954


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (np.array([1.5, NA_REAL, np.nan, -0.0]), [1.5, None, "NaN", -0.0]),
        (np.array([np.inf, -np.inf, 1e308, 1e308]), ["Inf", "-Inf", 1e308, 1e308]),
        (np.array([1e308, 1e308]), [1e308, 1e308]),
        (np.array([1, NA_INT, -1], np.int32), [1, None, -1]),
        (np.array([0, 1, NA_BOOL], np.int8), [False, True, None]),
        (["a", None, "NA"], ["a", None, "NA"]),
    ],
)
def test_plain_gives_python_values_and_none_for_na(column: Column, values: list[object]) -> None:
    assert plain(column) == values
    assert [type(v) for v in plain(column)] == [type(v) for v in values]


def test_r_knows_its_na_by_the_low_word_alone() -> None:
    bits = [0x7FF00000000007A2, 0x7FF80000000007A2, 0xFFF80000000007A2, 0x7FF80000000007A3]
    assert plain(np.array(bits, np.uint64).view(np.float64)) == [None, None, None, "NaN"]
    every_other = np.array([1.0, NA_REAL, 2.0, np.nan])[1::2]
    assert plain(every_other) == [None, "NaN"]


@given(st.integers(0, 5).flatmap(columns))
def test_plain_has_a_value_for_every_cell(column: Column) -> None:
    assert len(plain(column)) == len(column)
