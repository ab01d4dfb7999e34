"""Answers as Parquet, Arrow IPC and .npy: what is written reads back to the same."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from bridge.answer import Answer
from bridge.codecs import arrow, npy
from bridge.codecs.pieces import CELLS
from bridge.errors import NotAcceptable
from bridge.frame import NA_BOOL, NA_INT, NA_REAL, Column, Frame
from bridge.texts import Texts
from tests.strategies import columns, doubles


def answer(layout: Any, **named: Column) -> Answer:
    rows = len(next(iter(named.values())))
    return Answer(Frame(tuple(named), tuple(named.values()), rows), layout)


def from_parquet(body: bytes) -> pa.Table:
    return parquet.read_table(io.BytesIO(body))


def from_stream(body: bytes) -> pa.Table:
    return pa.ipc.open_stream(body).read_all()


WRITTEN = [(arrow.encode_parquet, from_parquet), (arrow.encode_stream, from_stream)]


@pytest.mark.parametrize(("encode", "read"), WRITTEN)
def test_a_table_has_typed_columns_with_na_as_null(
    encode: Callable[[Answer], bytes], read: Callable[[bytes], pa.Table]
) -> None:
    given_answer = answer(
        "records",
        d=np.array([0.1, np.nan, NA_REAL]),
        i=np.array([7, NA_INT, -7], np.int32),
        b=np.array([1, 0, NA_BOOL], np.int8),
        s=["a", None, ""],
    )
    table = read(encode(given_answer))
    assert table.schema.types == [pa.float64(), pa.int32(), pa.bool_(), pa.string()]
    found = table.to_pydict()
    assert repr(found.pop("d")) == "[0.1, nan, None]"
    assert found == {"i": [7, None, -7], "b": [True, False, None], "s": ["a", None, ""]}


@pytest.mark.parametrize(("encode", "read"), WRITTEN)
@given(column=st.integers(1, 5).flatmap(doubles))
def test_doubles_keep_their_bits_in_a_column_called_prediction(
    encode: Callable[[Answer], bytes], read: Callable[[bytes], pa.Table], column: Column
) -> None:
    table = read(encode(answer("values", p=column)))
    assert table.column_names == ["prediction"]
    back = table.column(0).combine_chunks()
    for cell, value in zip(back, np.asarray(column, np.float64), strict=True):
        is_na = np.isnan(value) and int(value.view(np.uint64)) & 0xFFFFFFFF == 1954
        assert cell.is_valid != is_na
        if not is_na:
            assert struct.pack("<d", cell.as_py())[:4] == value.tobytes()[:4]
            assert cell.as_py() == value or np.isnan(value)


@given(st.integers(1, 4).flatmap(lambda rows: st.tuples(columns(rows), columns(rows))))
def test_any_answer_can_be_written(pair: tuple[Column, Column]) -> None:
    given_answer = answer("records", a=pair[0], b=pair[1])
    for encode, read in WRITTEN:
        assert read(encode(given_answer)).num_rows == len(pair[0])


def test_npy_has_a_vector_a_matrix_or_named_fields() -> None:
    doubled, whole = np.array([0.1, NA_REAL]), np.array([7, NA_INT], np.int32)
    vector = np.load(io.BytesIO(npy.encode(answer("values", p=doubled))))
    assert vector.tobytes() == doubled.tobytes()
    matrix = np.load(io.BytesIO(npy.encode(answer("records", a=doubled, b=whole))))
    assert matrix.dtype == np.float64 and repr(matrix.tolist()) == "[[0.1, 7.0], [nan, nan]]"
    named = answer("columns", s=["a", "bc"], n=np.array([1, 0], np.int8))
    table = np.load(io.BytesIO(npy.encode(named)), allow_pickle=False)
    assert table.dtype.names == ("s", "n") and table.tolist() == [("a", True), ("bc", False)]
    texts = np.load(io.BytesIO(npy.encode(answer("values", p=["F", "M"]))))
    assert texts.tolist() == ["F", "M"]


def test_npy_cannot_lack_a_text() -> None:
    with pytest.raises(NotAcceptable, match="lacks a text"):
        npy.encode(answer("values", p=["F", None]))


def test_npy_has_room_for_the_longest_of_many_texts() -> None:
    texts: list[str | None] = [*["a"] * CELLS, "longer", "b"]
    columns: list[Column] = [texts, Texts.each(texts)]
    for column in columns:
        array = np.load(io.BytesIO(npy.encode(answer("values", p=column))))
        assert array.dtype == "<U6" and array.tolist() == texts
