"""The comparison itself: it must see one bit, one name, one row."""

import math

import pytest

from .table import Cell, Column, Kind, Mismatch, Table, differing, from_csv, from_json, same


def _values(kind: Kind, *cells: Cell) -> Table:
    return Table("values", ["prediction"], [Column(kind, list(cells))])


def test_one_bit_is_seen() -> None:
    wanted = _values("double", 0.1, 0.3)
    found = from_json(b'{"predictions": [0.1, 0.30000000000000004]}', wanted)
    assert differing(found, wanted) == ["prediction[1] is 0.30000000000000004, R gives 0.3"]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(0.0, -0.0), (1.0, 1), (True, 1), (None, math.nan), (None, ""), ("1", 1.0), ("NaN", None)],
)
def test_what_differs(mine: Cell, theirs: Cell) -> None:
    assert not same(mine, theirs)


@pytest.mark.parametrize("cell", [None, math.nan, math.inf, -0.0, 5e-324, 7, True, "\u00e9"])
def test_what_is_the_same(cell: Cell) -> None:
    assert same(cell, cell)


def test_words_and_nothing_are_read_as_r_means_them() -> None:
    wanted = _values("double", math.nan, math.inf, -math.inf, None)
    json = from_json(b'{"predictions": ["NaN", "Inf", "-Inf", null]}', wanted)
    csv = from_csv([["prediction"], ["NaN"], ["Inf"], ["-Inf"], [""]], wanted)
    assert not differing(json, wanted) + differing(csv, wanted)


@pytest.mark.parametrize(
    "body",
    [
        b'{"predictions": [1]}',
        b'{"predictions": [1, 2, 3]}',
        b'{"other": [1, 2]}',
    ],
)
def test_another_shape_is_a_mismatch(body: bytes) -> None:
    with pytest.raises(Mismatch):
        from_json(body, _values("double", 1.0, 2.0))


@pytest.mark.parametrize(
    "body", [b'{"predictions": [{"b": 1, "a": 2}]}', b'{"predictions": [{"a": 1}]}']
)
def test_other_names_are_a_mismatch(body: bytes) -> None:
    wanted = Table("records", ["a", "b"], [Column("double", [1.0]), Column("double", [2.0])])
    with pytest.raises(Mismatch):
        from_json(body, wanted)


def test_another_header_is_a_mismatch() -> None:
    with pytest.raises(Mismatch):
        from_csv([["x"], ["1"]], _values("double", 1.0))
