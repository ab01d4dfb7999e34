"""Long answers, piece by piece: joined, they are what is written whole."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer import Answer
from bridge.codecs import csv, encoder, in_pieces
from bridge.codecs import gzip as packing
from bridge.codecs.pieces import MANY_ROWS, ROWS, in_lines
from bridge.frame import Frame
from tests.strategies import frames

IN_LINES = [
    "text/csv",
    "text/csv; header=present",
    "application/jsonlines",
    "application/x-ndjson; layout=scores",
]
WHOLE = ["application/json", "application/x-parquet", "application/x-npy"]


def numbers(rows: int) -> Answer:
    return Answer(Frame(("p",), (np.arange(rows) / 8,), rows), "values")


@given(
    frame=frames(least_columns=1),
    accept=st.sampled_from(IN_LINES),
    rows=st.integers(1, 7),
)
def test_cells_of_any_kind_and_pieces_of_any_size(frame: Frame, accept: str, rows: int) -> None:
    answer = Answer(frame, "records")
    _, encode = encoder(accept)
    further = csv.encode if accept.startswith("text/csv") else encode
    pieces = list(in_lines(answer, encode, further, rows))
    assert b"".join(pieces) == encode(answer)
    assert len(pieces) == max(1, -(-frame.rows // rows))


@pytest.mark.parametrize("accept", IN_LINES)
def test_the_pieces_of_a_long_answer(accept: str) -> None:
    content_type, encode = encoder(accept)
    answer = numbers(MANY_ROWS + 1)
    pieces = in_pieces(answer, content_type, encode)
    assert pieces is not None
    assert b"".join(pieces) == encode(answer)


@pytest.mark.parametrize("accept", IN_LINES)
def test_an_answer_is_long_from_some_ten_thousand_rows_on(accept: str) -> None:
    content_type, encode = encoder(accept)
    assert in_pieces(numbers(MANY_ROWS), content_type, encode) is None
    pieces = in_pieces(numbers(MANY_ROWS + 1), content_type, encode)
    assert pieces is not None and len(list(pieces)) == -(-MANY_ROWS // ROWS)


@pytest.mark.parametrize("accept", WHOLE)
def test_other_formats_are_written_whole(accept: str) -> None:
    content_type, encode = encoder(accept)
    assert in_pieces(numbers(MANY_ROWS + 1), content_type, encode) is None


@given(st.lists(st.binary(max_size=300)))
def test_packed_pieces_are_one_packed_body(pieces: list[bytes]) -> None:
    packed = list(packing.packed_pieces(pieces))
    assert b"" not in packed
    assert gzip.decompress(b"".join(packed)) == b"".join(pieces)
