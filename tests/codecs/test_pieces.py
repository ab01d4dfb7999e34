"""Long answers, piece by piece: joined, they are what is written whole."""

import gzip
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer import Answer
from bridge.codecs import csv, encoder, in_pieces, json
from bridge.codecs import gzip as packing
from bridge.codecs.pieces import CELLS, MANY_CELLS, in_lines, parts
from bridge.codecs.shapes import LAYOUTS, document
from bridge.frame import Frame, Replaced, Replacements
from tests.strategies import frames

IN_LINES = [
    "text/csv",
    "text/csv; header=present",
    "application/jsonlines",
    "application/x-ndjson; layout=scores",
]
WHOLE = ["application/x-parquet", "application/x-npy"]


def numbers(rows: int, columns: int = 1) -> Answer:
    names = tuple(f"p{place}" for place in range(columns))
    column = np.arange(rows) / 8
    return Answer(Frame(names, (column,) * columns, rows), "records" if columns > 1 else "values")


@given(
    frame=frames(least_columns=1),
    accept=st.sampled_from(IN_LINES),
    cells=st.integers(1, 20),
)
def test_cells_of_any_kind_and_pieces_of_any_size(frame: Frame, accept: str, cells: int) -> None:
    answer = Answer(frame, "records")
    _, encode = encoder(accept)
    further = csv.encode if accept.startswith("text/csv") else encode
    pieces = list(in_lines(answer, encode, further, cells))
    assert b"".join(pieces) == encode(answer)
    assert len(pieces) == max(1, -(-frame.rows // max(cells // len(frame.columns), 1)))


REPLACED = Replacements(1, (Replaced(0, "g", "x", None),))
NOTED = [(), ((1, "what was wrong"),)]


@given(
    frame=frames(least_columns=1),
    layout=st.sampled_from(["", *LAYOUTS]),
    own=st.sampled_from(["records", "columns", "values"]),
    cells=st.integers(1, 20),
    replaced=st.sampled_from([None, REPLACED]),
    errors=st.sampled_from(NOTED),
)
def test_documents_of_any_layout_in_pieces_of_any_size(
    frame: Frame, layout: str, own: Any, cells: int, replaced: Any, errors: Any
) -> None:
    if own == "values":
        frame = Frame(frame.names[:1], frame.columns[:1], frame.rows)
    answer = Answer(frame._replace(replaced=replaced, errors=errors), own)
    pieces = json.in_pieces(answer, layout, cells)
    assert b"".join(pieces) == json.encode(answer, layout)


@pytest.mark.parametrize("accept", IN_LINES)
@pytest.mark.parametrize("columns", [1, 3])
def test_the_pieces_of_a_long_answer(accept: str, columns: int) -> None:
    _, encode = encoder(accept)
    answer = numbers(MANY_CELLS // columns + 1, columns)
    pieces = in_pieces(answer, encode)
    assert pieces is not None
    assert b"".join(pieces) == encode(answer)


@pytest.mark.parametrize("layout", ["", *LAYOUTS])
@pytest.mark.parametrize("columns", [1, 3])
def test_a_long_document_is_in_pieces_as_it_is_whole(layout: str, columns: int) -> None:
    _, encode = encoder(f"application/json; layout={layout}" if layout else "application/json")
    answer = numbers(MANY_CELLS // columns + 1, columns)
    pieces = in_pieces(answer, encode)
    assert pieces is not None and b"".join(pieces) == orjson.dumps(document(answer, layout))


@pytest.mark.parametrize("accept", IN_LINES)
@pytest.mark.parametrize("columns", [1, 10])
def test_an_answer_is_long_from_some_ten_thousand_cells_on(accept: str, columns: int) -> None:
    _, encode = encoder(accept)
    rows = MANY_CELLS // columns
    assert in_pieces(numbers(rows, columns), encode) is None
    pieces = in_pieces(numbers(rows + 1, columns), encode)
    assert pieces is not None and len(list(pieces)) == -(-(rows + 1) // (CELLS // columns))


@pytest.mark.parametrize("accept", WHOLE)
def test_other_formats_are_written_whole(accept: str) -> None:
    _, encode = encoder(accept)
    assert in_pieces(numbers(MANY_CELLS + 1), encode) is None


@given(st.lists(st.binary(max_size=300)))
def test_packed_pieces_are_one_packed_body(pieces: list[bytes]) -> None:
    packed = list(packing.packed_pieces(pieces))
    assert b"" not in packed
    assert gzip.decompress(b"".join(packed)) == b"".join(pieces)


@given(st.sets(st.integers(0, 19)), st.integers(1, 7))
def test_each_part_has_the_errors_of_its_rows(bad: set[int], rows: int) -> None:
    answer = numbers(20)
    told = tuple((row, f"row {row}") for row in sorted(bad))
    answer = answer._replace(frame=answer.frame._replace(errors=told))
    found = parts(answer, rows)
    again = [
        (start * rows + row, text)
        for start, part in enumerate(found)
        for row, text in part.frame.errors
    ]
    assert tuple(again) == told
    assert all(row < part.frame.rows for part in found for row, _ in part.frame.errors)
