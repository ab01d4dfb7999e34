"""Parquet, Arrow IPC and .npy: written by their own libraries, read here, and back."""

import io
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from bridge.codecs import arrow, npy
from bridge.codecs.reading import Reading
from bridge.coerce import Coercer
from bridge.errors import BodyTooLarge, NoRows, RequestError, WrongShape
from bridge.frame import RawFrame
from bridge.schema import Predictor, Schema

Write = Callable[[pa.Table], bytes]


def as_parquet(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out, **options)
    return out.getvalue()


def as_stream(table: pa.Table, rows: int | None = None, compression: str | None = None) -> bytes:
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(out, table.schema, options=options) as stream:
        stream.write_table(table, rows)
    return out.getvalue()


def as_npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


FORMATS = [(as_parquet, arrow.decode_parquet), (as_stream, arrow.decode_stream)]
formats = pytest.mark.parametrize(("write", "decode"), FORMATS, ids=["parquet", "stream"])
Decode = Callable[..., RawFrame]

NOON = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
COLUMNS: list[tuple[pa.Array, list[object]]] = [
    (pa.array([1.5, None, float("nan")]), [1.5, None, None]),
    (pa.array([1.5, 2.5], pa.float32()), [1.5, 2.5]),
    (pa.array([1.5, None], pa.float16()), [1.5, None]),
    (pa.array([1, None, -3]), [1, None, -3]),
    (pa.array([2**63 + 1], pa.uint64()), [2**63 + 1]),
    (pa.array([2**62 + 1, None]), [2**62 + 1, None]),
    (pa.array([True, None, False]), [True, None, False]),
    (pa.array(["F", None, ""]), ["F", None, ""]),
    (pa.array(["F", None], pa.large_string()), ["F", None]),
    (pa.array(["F", None], pa.string_view()), ["F", None]),
    (pa.array(["F", None, "F"]).dictionary_encode(), ["F", None, "F"]),
    (pa.array([date(2024, 2, 29), None]), ["2024-02-29", None]),
    (pa.array([NOON, None], pa.timestamp("ns", "UTC")), ["2024-02-29T12:30:00.000000000Z", None]),
    (pa.array([NOON], pa.timestamp("us", "Europe/Berlin")), ["2024-02-29T12:30:00.000000Z"]),
    (pa.array([NOON.replace(tzinfo=None)], pa.timestamp("ms")), ["2024-02-29T12:30:00.000Z"]),
    (pa.array([Decimal("1.25"), None]), [1.25, None]),
    (pa.nulls(2), [None, None]),
]


@formats
@pytest.mark.parametrize(("column", "cells"), COLUMNS, ids=lambda value: str(value)[:40])
def test_each_type_becomes_the_cells_that_json_would_bring(
    write: Write, decode: Decode, column: pa.Array, cells: list[object]
) -> None:
    frame = decode(write(pa.table({"Sepal.Length": column})), Reading(("Sepal.Length",)))
    assert frame == RawFrame({"Sepal.Length": cells}, len(cells))
    assert list(map(type, frame.columns["Sepal.Length"])) == list(map(type, cells))


@formats
def test_columns_go_by_name_and_others_are_only_named(write: Write, decode: Decode) -> None:
    table = pa.table({"more": [[1], [2]], "g": ["F", "M"], "__index_level_0__": [7, 8]})
    frame = decode(write(table), Reading(("x", "g")))
    assert frame == RawFrame({"more": [], "g": ["F", "M"]}, 2)
    told = Coercer(Schema((Predictor("g", "string"),), refuse_unknown=True))
    with pytest.raises(RequestError, match="more"):
        told(frame)


@formats
def test_a_day_may_come_as_a_time_at_midnight(write: Write, decode: Decode) -> None:
    days = pa.array([datetime(2024, 2, 29), None], pa.timestamp("ns"))
    reading = Reading(("d", "t"), dates=frozenset("d"))
    frame = decode(write(pa.table({"d": days, "t": days})), reading)
    assert frame.columns["d"] == ["2024-02-29", None]
    assert frame.columns["t"] == ["2024-02-29T00:00:00.000000000Z", None]
    noons = decode(write(pa.table({"d": pa.array([NOON]), "t": [1]})), reading)
    assert noons.columns["d"] == ["2024-02-29T12:30:00.000000Z"]


def test_many_groups_and_batches_are_one_frame() -> None:
    table = pa.table({"x": range(10), "g": [str(n % 3) for n in range(10)]})
    coded = table.set_column(1, "g", table["g"].dictionary_encode())
    wanted = RawFrame({"x": list(range(10)), "g": [str(n % 3) for n in range(10)]}, 10)
    for compression in ("NONE", "snappy", "zstd", "gzip"):
        body = as_parquet(table, row_group_size=3, compression=compression)
        assert arrow.decode_parquet(body, Reading(("x", "g"))) == wanted
    for codec in (None, "lz4", "zstd"):
        for one in (table, coded):
            body = as_stream(one, 3, codec)
            assert arrow.decode_stream(body, Reading(("x", "g"))) == wanted


@formats
@pytest.mark.parametrize("column", [[[1]], [{"a": 1}], [b"F"]])
def test_types_that_no_field_takes_are_refused(
    write: Write, decode: Decode, column: list[object]
) -> None:
    with pytest.raises(WrongShape, match=r"x: a column of .* is not read"):
        decode(write(pa.table({"x": column})), Reading(("x",)))


@formats
def test_a_table_without_rows_is_refused(write: Write, decode: Decode) -> None:
    with pytest.raises(NoRows):
        decode(write(pa.table({"x": pa.array([], pa.float64())})), Reading(("x",)))


SMALL = Reading(("x", "g"), most=100_000)
# pa.nulls() would allocate them.
NULLS = pa.Array.from_buffers(pa.null(), 2**31 - 1, [None])
ZEROS = pa.array(np.zeros(1_000_000))
BOMBS = [
    (arrow.decode_parquet, as_parquet(pa.table({"x": ZEROS}))),
    (
        arrow.decode_parquet,
        as_parquet(pa.table({"x": ZEROS}), use_dictionary=False, compression="zstd"),
    ),
    (arrow.decode_parquet, as_parquet(pa.table({"x": pa.nulls(1_000_000)}))),
    (arrow.decode_parquet, as_parquet(pa.table({"g": ["long" * 1_000_000]}), compression="gzip")),
    (arrow.decode_stream, as_stream(pa.table({"x": ZEROS}), compression="zstd")),
    (arrow.decode_stream, as_stream(pa.table({"x": ZEROS}), 10_000, "zstd")),
    (arrow.decode_stream, as_stream(pa.table({"x": NULLS}))),
    (arrow.decode_stream, as_stream(pa.table({"g": ["long" * 1_000_000]}), compression="lz4")),
    (
        arrow.decode_stream,
        as_stream(pa.table({"g": pa.array(["l" * 9**6]).dictionary_encode()}), compression="zstd"),
    ),
]


@pytest.fixture
def pool() -> Iterator[Any]:
    """What counts what Arrow allocates during the test."""
    before = pa.default_memory_pool()
    counting = pa.proxy_memory_pool(before)
    pa.set_memory_pool(counting)
    yield counting
    pa.set_memory_pool(before)


@pytest.mark.parametrize(("decode", "body"), BOMBS)
def test_what_unpacks_to_more_than_the_limit_is_refused_before_it_is(
    decode: Decode, body: bytes, pool: Any
) -> None:
    assert len(body) < SMALL.most
    with pytest.raises(BodyTooLarge, match="larger than 100000 bytes once it is unpacked"):
        decode(body, SMALL)
    assert pool.max_memory() < SMALL.most


def test_what_arrow_allocates_is_counted(pool: Any) -> None:
    arrow.decode_stream(BOMBS[-1][1], Reading(("g",)))
    assert pool.max_memory() > SMALL.most


def test_one_long_text_in_many_rows_is_one_text() -> None:
    body = as_parquet(pa.table({"g": ["long" * 10_000] * 10_000}))
    cells = arrow.decode_parquet(body, SMALL).columns["g"]
    assert len(cells) == 10_000 and len(set(map(id, cells))) == 1


READERS = [arrow.decode_parquet, arrow.decode_stream, npy.decode]
GOOD = pa.table({"x": [1.5, 2.5], "g": ["F", "M"]})
BODIES = [as_parquet(GOOD), as_stream(GOOD, compression="lz4"), as_npy(np.array([[1.5, 2.5]]))]


@pytest.mark.parametrize("decode", READERS)
@pytest.mark.parametrize("body", [b"x", b"PAR1" * 4, b"\xff" * 200, b"\x93NUMPY", b"ARROW1\0\0"])
def test_what_is_of_no_such_format_is_told(decode: Decode, body: bytes) -> None:
    with pytest.raises(WrongShape, match=r"the body is not (Parquet|an Arrow IPC stream|a .npy)"):
        decode(body, SMALL)


@pytest.mark.parametrize(("decode", "body"), list(zip(READERS, BODIES, strict=True)))
@given(data=st.data())
def test_a_damaged_body_is_a_frame_or_a_request_error(
    decode: Decode, body: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=8))
    cut = data.draw(st.sampled_from([len(body), place]))
    try:
        frame = decode((body[:place] + patch + body[place + len(patch) :])[:cut], SMALL)
    except RequestError as error:
        assert len(str(error)) < 400
    else:
        assert all(len(cells) in (0, frame.rows) for cells in frame.columns.values())


ARRAYS: list[tuple[Any, RawFrame]] = [
    (np.array([[1.5, 2.0], [np.nan, 3.0]]), RawFrame({"x": [1.5, None], "g": [2.0, 3.0]}, 2)),
    (np.asfortranarray([[1, 2], [3, 4]]), RawFrame({"x": [1, 3], "g": [2, 4]}, 2)),
    (np.array([1, 2], ">i4"), RawFrame({"x": [1], "g": [2]}, 1)),
    (np.array([["a", "b"]]), RawFrame({"x": ["a"], "g": ["b"]}, 1)),
    (np.array([[True, False]]), RawFrame({"x": [True], "g": [False]}, 1)),
    (
        np.array([("F", 1.5), ("", np.nan)], [("g", "S1"), ("x", "f4")]),
        RawFrame({"g": ["F", ""], "x": [1.5, None]}, 2),
    ),
    (np.array((1, "F"), [("x", "i2"), ("g", "U1")]), RawFrame({"x": [1], "g": ["F"]}, 1)),
    (
        np.array([("2024-02-29", "NaT")], [("x", "M8[D]"), ("g", "M8[s]")]),
        RawFrame({"x": ["2024-02-29"], "g": [None]}, 1),
    ),
]


@pytest.mark.parametrize(("array", "frame"), ARRAYS, ids=str)
def test_arrays_are_read_by_position_or_by_their_fields(array: Any, frame: RawFrame) -> None:
    assert npy.decode(as_npy(array), SMALL) == frame


def test_a_vector_is_the_column_of_a_model_with_one_field() -> None:
    assert npy.decode(as_npy(np.array([1, 2])), Reading(("x",))) == RawFrame({"x": [1, 2]}, 2)


def claiming(shape: tuple[int, ...]) -> bytes:
    """A small body whose header tells of a large array."""
    out = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(out, header)
    return out.getvalue() + b"\0" * 64


NOT_READ = [
    (as_npy(np.zeros((2, 3))), WrongShape, "row 0 has 3 values, the model 2 fields"),
    (as_npy(np.zeros((2, 2, 2))), WrongShape, "the array has 3 dimensions"),
    (as_npy(np.zeros((0, 2))), NoRows, "the array is empty"),
    (as_npy(np.zeros((2, 2), complex)), WrongShape, "x: an array of complex128 is not read"),
    (as_npy(np.zeros((2, 2), "m8[s]")), WrongShape, "x: an array of timedelta64"),
    (as_npy(np.zeros(2, [("x", "f8", 2)])), WrongShape, "x: an array of float64 is not read"),
    (as_npy(np.zeros((10_000, 2), np.int8)), BodyTooLarge, "the body is larger than 100000 bytes"),
    (claiming((2**40,)), WrongShape, "the body is not a .npy array: "),
    (claiming((2**60, 2**60)), WrongShape, "the body is not a .npy array: "),
    (claiming((-1,)), WrongShape, ""),
    (as_npy(np.zeros((2, 2)))[:-1], WrongShape, "the body is not a .npy array: "),
    (
        as_npy(np.full((2, 2), 2**23 + 98, "u4").view("U1")),
        WrongShape,
        "the body is not a .npy array: ",
    ),
    (as_npy(np.full((2, 2), 2**62, "M8[as]")), WrongShape, "the body is not a .npy array: "),
]


@pytest.mark.parametrize(("body", "error", "message"), NOT_READ)
def test_arrays_that_are_not_records_are_told(
    body: bytes, error: type[RequestError], message: str
) -> None:
    with pytest.raises(error) as caught:
        npy.decode(body, SMALL)
    assert type(caught.value) is error and str(caught.value).startswith(message)


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle was run",)


def test_pickles_are_never_run() -> None:
    out = io.BytesIO()
    np.save(out, np.array([[Harmful(), 1]], object), allow_pickle=True)
    with pytest.raises(WrongShape, match="Python objects"):
        npy.decode(out.getvalue(), SMALL)


def test_a_buffer_that_lies_about_its_size_is_told() -> None:
    body = bytearray(as_stream(pa.table({"x": np.zeros(1000)}), compression="zstd"))
    place = body.index(struct.pack("<q", 8000))
    body[place : place + 8] = struct.pack("<q", 8001)
    with pytest.raises(WrongShape, match="the body is not an Arrow IPC stream"):
        arrow.decode_stream(bytes(body), SMALL)
