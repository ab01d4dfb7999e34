"""Levels as they were written: CSV cells are text, and JSON numbers are what they spell."""

import csv
import io
import struct
import subprocess
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.codecs import csv as csv_codec
from bridge.codecs import json
from bridge.coerce import Coercer
from bridge.errors import InvalidInput
from bridge.frame import Frame, plain
from bridge.schema import Predictor, Schema
from bridge.spelling import spellings
from tests.strategies import finite, texts

ODD = ("007", "NA", "TRUE", "1e3", "", "a,b", 'say "hi"', " x ", "two\nlines", "cr\r\nlf", "7", "F")
R_LEVELS = "x <- readBin(file('stdin', 'rb'), 'double', 1e6); cat(as.character(x), sep = '\\n')"


def level(levels: tuple[str, ...], body: bytes) -> str | None:
    """The level that the JSON value ``body`` is taken for."""
    schema = Schema((Predictor("g", "factor", levels),))
    (code,) = plain(Coercer(schema)(json.decode(b'{"g": %s}' % body)).columns[0])
    return None if code is None else levels[code - 1]


def read_csv(levels: tuple[str, ...], cells: list[str], quoting: Any) -> Frame:
    out = io.StringIO()
    csv.writer(out, quoting=quoting).writerows([["g", "x"], *([cell, 1] for cell in cells)])
    schema = Schema((Predictor("g", "factor", levels),))
    return Coercer(schema)(csv_codec.decode(out.getvalue().encode()))


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_odd_levels_match_as_written(quoting: Any) -> None:
    frame = read_csv(ODD, list(ODD), quoting)
    assert plain(frame.columns[0]) == list(range(1, len(ODD) + 1)) and not frame.missing


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_an_empty_cell_is_missing_unless_it_is_a_level(quoting: Any) -> None:
    frame = read_csv(("a", "b"), ["", "b"], quoting)
    assert plain(frame.columns[0]) == [None, 2] and frame.missing


@given(st.lists(texts, min_size=1, max_size=5, unique=True), st.sampled_from([0, 1]))
def test_any_levels_match_as_written(levels: list[str], quoting: int) -> None:
    frame = read_csv(tuple(levels), levels, quoting)
    assert plain(frame.columns[0]) == list(range(1, len(levels) + 1))


@pytest.mark.parametrize("cell", ["7", "07", "1000", "1E3", "true", "T", " x", "x"])
def test_csv_cells_are_no_numbers_where_levels_are_text(cell: str) -> None:
    with pytest.raises(InvalidInput):
        read_csv(("007", "TRUE", "1e3", " x "), [cell], csv.QUOTE_MINIMAL)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"4", "4"),
        (b"4.0", "4"),
        (b"4.5", "4.5"),
        (b"-0.0", "0"),
        (b"0.1", "0.1"),
        (b"0.30000000000000004", "0.3"),
        (b"0.3333333333333333", "0.333333333333333"),
        (b"1e5", "1e+05"),
        (b"100000", "1e+05"),
        (b"300000", "300000"),
        (b"3e5", "300000"),
        (b"0.0001", "1e-04"),
        (b"12345678901234567", "12345678901234567"),
        (b"true", "TRUE"),
        (b"false", "false"),
        (b'"4"', "4"),
        (b"null", None),
    ],
)
def test_a_number_or_boolean_is_the_level_of_its_text(body: bytes, expected: str | None) -> None:
    levels = (
        *("4", "4.5", "0", "0.1", "0.3", "0.333333333333333", "1e+05", "300000", "1e-04"),
        *("12345678901234567", "TRUE", "false"),
    )
    assert level(levels, body) == expected


@pytest.mark.parametrize(
    ("levels", "body"),
    [
        (("007", "4"), b"7"),
        (("1", "0"), b"true"),
        (("TRUE",), b"1"),
        (("T",), b"true"),
        (("4.00",), b"4.0"),
        (("12345678901234567",), b"12345678901234568"),
        (("123456789012346000",), b"123456789012345678"),
        (("100000", "1e+05"), b"100000"),
        (("TRUE", "true"), b"true"),
        (("4",), b"[[4]]"),
    ],
)
def test_what_is_another_text_or_may_be_two_is_refused(
    levels: tuple[str, ...], body: bytes
) -> None:
    with pytest.raises(InvalidInput):
        level(levels, body)


@given(st.integers(-(2**63), 2**64 - 1))
def test_any_whole_number_is_its_digits(number: int) -> None:
    assert level(("x", str(number)), orjson.dumps(number)) == str(number)


@given(finite)
def test_any_number_is_its_shortest_text(number: float) -> None:
    text = repr(number + 0.0)
    assert level(("x", text), orjson.dumps(number)) == text


@given(st.integers(-(2**63), 2**64 - 1), st.integers(-(2**63), 2**64 - 1))
def test_two_whole_numbers_never_share_a_text(one: int, other: int) -> None:
    assert one == other or not spellings(one) & spellings(other)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_what_json_cannot_hold_spells_nothing(value: float) -> None:
    assert spellings(value) == frozenset()


def test_the_texts_of_r_are_among_the_spellings() -> None:
    """Levels that R's own factor() makes from doubles: round ones, long ones, any bits."""
    random = np.random.default_rng(3)
    bits = random.integers(0, 2**64, 2000, np.uint64).view(np.float64)
    rounded = np.round(random.normal(0, 1e4, 2000), 3)
    powers = [
        sign * m * 10.0**e for e in range(-20, 21) for m in (1, 3, 1.5, 7.25) for sign in (1, -1)
    ]
    values = [*bits[np.isfinite(bits)], *rounded, *powers, *map(float, range(-50, 2000, 7))]
    packed = struct.pack(f"<{len(values)}d", *values)
    done = subprocess.run(
        ["Rscript", "-e", R_LEVELS], input=packed, capture_output=True, check=True
    )
    levels = done.stdout.decode().splitlines()
    assert len(levels) == len(values)
    missed = [
        (v, text) for v, text in zip(values, levels, strict=True) if text not in spellings(float(v))
    ]
    assert missed == []
