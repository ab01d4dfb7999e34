"""Texts: long columns of strings behave as the lists that they stand for."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.frame import Frame, concat
from bridge.texts import Packed, Texts, joined, packed
from tests.strategies import texts

lists = st.lists(st.none() | texts, max_size=8)


def coded(cells: list[str | None]) -> Texts:
    values = list(dict.fromkeys(cells))
    return Texts.of(values, np.array([values.index(cell) for cell in cells], np.int32))


@given(lists, st.integers(0, 8), st.integers(0, 8))
def test_cells_and_slices_are_those_of_the_list(
    cells: list[str | None], start: int, stop: int
) -> None:
    column = coded(cells)
    assert column.tolist() == list(column) == cells and len(column) == len(cells)
    assert column[start:stop].tolist() == cells[start:stop]
    assert [column[place] for place in range(len(cells))] == cells


@given(st.lists(lists, min_size=1, max_size=4))
def test_parts_are_joined_in_order(parts: list[list[str | None]]) -> None:
    assert joined([coded(part) for part in parts]).tolist() == list(chain(*parts))


def test_strings_that_are_no_cell_are_left_out() -> None:
    column = Texts.of(["a", "b", "c"], np.array([2, 2, 0], np.int32))
    assert (column.values, column.tolist()) == (["a", "c"], ["c", "c", "a"])
    part = column[:2].compact()
    assert (part.values, part.tolist()) == (["c"], ["c", "c"])


def test_strings_are_unpacked_once_for_all_slices() -> None:
    column = coded(["a", "b"])
    assert column[:1].values is column[1:].values


def test_lengths_that_are_not_those_of_the_data_are_told() -> None:
    _, data = packed(["ab", "c"])
    broken = Packed(np.array([1, 1], np.int32), data)
    with pytest.raises(ValueError, match="strings of 2 bytes in 3"):
        _ = broken.strings


def test_a_few_strings_are_joined_with_many() -> None:
    few, many = Frame(("s",), (["a", None],), 2), Frame(("s",), (coded(["b", "a"]),), 2)
    (column,) = concat([many, few]).columns
    assert isinstance(column, Texts) and column.tolist() == ["b", "a", "a", None]
