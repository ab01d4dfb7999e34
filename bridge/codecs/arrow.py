"""Parquet and Arrow's IPC stream, in and out. pyarrow is imported on first use.

Columns are the model's fields by name; others are not read. Missing is null, or NaN, as
pandas means it. What a body unpacks to is known and limited before it is allocated.

Out, NA is null and NaN is NaN; a plain vector is a column called ``prediction``.
"""

import re
import struct
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from bridge.answer import Answer
from bridge.cells import Cells
from bridge.codecs.cells import cells
from bridge.codecs.ipc_size import unpacked_size
from bridge.codecs.malformed import malformed
from bridge.codecs.reading import CELL_BYTES, PLAIN, Reading
from bridge.codecs.shapes import names
from bridge.errors import NoRows, WrongShape
from bridge.frame import NA_BOOL, NA_INT, NA_REAL, Column, RawFrame
from bridge.texts import Texts

_NA_LOW_WORD = np.float64(NA_REAL).view(np.uint64).astype(np.uint32)
# pandas writes its index beside the columns.
_INDEX = re.compile(r"__index_level_\d+__")


def warm() -> None:
    """Imports pyarrow, so that no request waits for it."""
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.ipc
    import pyarrow.json
    import pyarrow.parquet  # noqa: F401


def decode_parquet(
    body: bytes, reading: Reading = PLAIN, _: Mapping[str, str] | None = None
) -> RawFrame:
    """Raises WrongShape, NoRows, BodyTooLarge."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        data = pa.BufferReader(body)
        schema = parquet.read_schema(data)
        wanted = _wanted(schema, reading)
        # Texts as a dictionary: many rows of one long text stay one text.
        texts = [name for name in wanted if _is_text(schema.field(name).type)]
        file = parquet.ParquetFile(data, read_dictionary=texts)
        _check_parquet(file.metadata, set(wanted), reading)
        table = file.read(columns=wanted, use_threads=False)
        table.validate(full=True)
        return _frame(table, schema.names, wanted, reading)
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        raise malformed("Parquet", error) from None


def _check_parquet(metadata: Any, wanted: set[str], reading: Reading) -> None:
    """By whole row groups: to ask a damaged one for its columns ends the process."""
    reading.check_size(metadata.num_rows * max(len(wanted), 1) * CELL_BYTES)
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    reading.check_size(sum(max(group.total_byte_size, 0) for group in groups))


def decode_stream(
    body: bytes, reading: Reading = PLAIN, _: Mapping[str, str] | None = None
) -> RawFrame:
    """Raises WrongShape, NoRows, BodyTooLarge."""
    import pyarrow as pa

    try:
        _check_stream(pa, body, reading)
        with pa.ipc.open_stream(pa.BufferReader(body)) as stream:
            wanted = _wanted(stream.schema, reading)
            table = stream.read_all()
        table.validate(full=True)
        return _frame(table, table.schema.names, wanted, reading)
    except (pa.ArrowException, OSError, ValueError, LookupError, struct.error) as error:
        raise malformed("an Arrow IPC stream", error) from None


def _check_stream(pa: Any, body: bytes, reading: Reading) -> None:
    size, rows, columns = 0, 0, 1
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(body)):
        if message.type == "schema":
            columns = max(len(pa.ipc.read_schema(message)), 1)
            continue
        held = memoryview(b"" if message.body is None else message.body)
        more, count = unpacked_size(message.metadata.to_pybytes(), held)
        size, rows = size + more, rows + count
        reading.check_size(max(size, rows * columns * CELL_BYTES))


def _wanted(schema: Any, reading: Reading) -> list[str]:
    """The columns to read; raises WrongShape."""
    if len(set(schema.names)) < len(schema.names):
        raise WrongShape("two columns have the same name")
    return [name for name in schema.names if not reading.names or name in reading.names]


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _frame(table: Any, sent: list[str], wanted: list[str], reading: Reading) -> RawFrame:
    if not table.num_rows:
        raise NoRows("the table is empty; send at least one row")
    # Of a column that is not read, its name may matter: the model may refuse it.
    columns: dict[str, Any] = {name: [] for name in sent if not _INDEX.fullmatch(name)}
    for name in wanted:
        columns[name] = _column(name, table.column(name), reading)
    return RawFrame(columns, table.num_rows)


def _column(name: str, column: Any, reading: Reading) -> Any:
    if reading.schema is not None and _chunk(column.slice(0, 0).combine_chunks(), False) == []:
        return Cells(column, partial(_chunk, is_date=name in reading.dates))
    found: list[Any] = []
    for chunk in column.chunks:
        more = _chunk(chunk, name in reading.dates)
        if more is None:
            raise WrongShape(f"{name[:60]}: a column of {str(chunk.type)[:60]} is not read")
        found += more
    return found


def _chunk(chunk: Any, is_date: bool) -> list[Any] | None:
    import pyarrow as pa

    kind = chunk.type
    if pa.types.is_dictionary(kind):
        levels = _chunk(chunk.dictionary, is_date)
        codes = chunk.indices.to_pylist()
        return None if levels is None else [None if c is None else levels[c] for c in codes]
    if pa.types.is_decimal(kind):
        return [None if cell is None else float(cell) for cell in chunk.to_pylist()]
    if _is_text(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return list(chunk.to_pylist())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        # NumPy has no missing ones.
        return list((chunk if chunk.null_count else chunk.to_numpy(zero_copy_only=False)).tolist())
    if pa.types.is_floating(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return cells(chunk.to_numpy(zero_copy_only=False), is_date)
    return None


def encode_parquet(answer: Answer) -> bytes:
    """One row group."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(_table(answer), sink)
    return bytes(sink.getvalue().to_pybytes())


def encode_stream(answer: Answer) -> bytes:
    """One record batch."""
    import pyarrow as pa

    table = _table(answer)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _table(answer: Answer) -> Any:
    import pyarrow as pa

    return pa.table(
        [_array(pa, column) for column in answer.frame.columns], names=list(names(answer))
    )


def _array(pa: Any, column: Column) -> Any:
    if isinstance(column, Texts):
        return pa.array(column.values, pa.string()).take(pa.array(column.codes))
    if isinstance(column, list):
        return pa.array(column, pa.string())
    if column.dtype == np.int32:
        return pa.array(column, mask=column == NA_INT)
    if column.dtype == np.int8:
        return pa.array(column == 1, mask=column == NA_BOOL)
    # Among the NaN, R's NA has a low word of its own.
    return pa.array(
        column, mask=np.isnan(column) & (column.view(np.uint64).astype(np.uint32) == _NA_LOW_WORD)
    )
