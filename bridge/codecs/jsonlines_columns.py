"""JSON Lines by Arrow: a large body of plain records in a third of the time.

Arrow takes more for JSON than ``orjson`` does, and no number where a text may be. So a body is
looked through before and after, and what the two may read differently is left to ``orjson``.
pyarrow is imported on first use.
"""

from typing import Any

import numpy as np
import orjson

from bridge.cells import Cells, is_utf8
from bridge.frame import RawFrame
from bridge.schema import Predictor, Schema

_BLOCK = 4 << 20


def read(body: bytes, schema: Schema, most_columns: int) -> RawFrame | None:
    """The columns, or None if the body is to be read record by record.

    So are records of more than ``most_columns`` fields, which Arrow would pass over untold.
    """
    import pyarrow as pa

    rows = _rows(body) if is_utf8(body) else 0
    if body.count(b'":') > rows * most_columns:
        return None
    try:
        table = _table(body, schema) if rows else None
    except pa.ArrowInvalid:
        return None
    if table is None or table.num_rows != rows:
        return None
    if not all(_is_certain(body, p, table.column(p.name)) for p in schema.predictors):
        return None
    return RawFrame({name: Cells(table.column(name), _listed) for name in schema.names}, rows)


def _rows(body: bytes) -> int:
    """How many lines there are; 0 unless each is one object, of nothing but plain values.

    With one brace of each kind in a line, and at its ends, no object can begin or end within it.
    """
    braces, ends = body.count(b"{"), body.count(b"\n") - body.endswith(b"\n")
    if body.count(b"}") != braces or ends != braces - 1 or b"[" in body:
        return 0
    if not body.startswith(b"{") or body.count(b"}\n{") != ends:
        return 0
    return braces if body.endswith((b"}", b"}\n")) else 0


def _table(body: bytes, schema: Schema) -> Any:
    """Raises ArrowInvalid, where a field stands twice too; of other keys that is not told."""
    import pyarrow as pa
    from pyarrow import json

    types = {"number": pa.float64(), "integer": pa.float64(), "boolean": pa.bool_()}
    fields = [(p.name, types.get(p.type, pa.string())) for p in schema.predictors]
    return json.read_json(
        pa.BufferReader(pa.py_buffer(body)),
        json.ReadOptions(block_size=_BLOCK),
        json.ParseOptions(
            explicit_schema=pa.schema(fields),
            unexpected_field_behavior="error" if schema.refuse_unknown else "ignore",
        ),
    )


def _is_certain(body: bytes, predictor: Predictor, array: Any) -> bool:
    """True if the cells are those that ``orjson`` would give.

    A null may be a key that is not there; -0 is no -0.0, and NaN is no number. An integer that
    does not fit is to be told as it was sent.
    """
    from pyarrow import types

    if array.null_count and body.count(orjson.dumps(predictor.name) + b":") != len(array):
        return False
    if predictor.type == "integer" and Cells(array, _listed).integers() is None:
        return False
    if not types.is_floating(array.type):
        return True
    values = array.drop_null().to_numpy()
    return bool(np.isfinite(values).all() and not np.signbit(values[values == 0]).any())


def _listed(chunk: Any) -> list[Any]:
    return list(chunk.to_pylist())
