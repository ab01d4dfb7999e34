"""The model that is asked: every type of field; what it predicts, without R; its requests."""

import gzip
import io
import json
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from tests.serving import rscript

FIT = """
set.seed(1)
d <- data.frame(x = runif(60), n = 1:60, g = factor(rep(c("a", "b", "\\u00e9"), 20)),
                b = 1:60 %% 7 > 3, day = as.Date("2024-01-01") + (37 * 1:60) %% 199)
d$y <- d$x + d$n / 9 + as.integer(d$g) + rnorm(60)
fit <- lm(y ~ x + n + g + b + day, d)
saveRDS(fit, "fit.rds")
cat(sprintf("%a", coef(fit)))
"""
FIELDS = {"x": "FP64", "n": "INT32", "g": "BYTES", "b": "BOOL", "day": "BYTES"}
RECORDS: list[dict[str, Any]] = [
    {"x": 0.25, "n": 7, "g": "a", "b": True, "day": "2024-02-29"},
    {"x": -1e-3, "n": 0, "g": "é", "b": False, "day": "2023-12-31"},
    {"x": 12345.678, "n": -40, "g": "b", "b": True, "day": "1970-01-01"},
]
ROWS = [list(record.values()) for record in RECORDS]
COLUMNS = {name: [record[name] for record in RECORDS] for name in FIELDS}
JSON = "application/json"


class Sent(NamedTuple):
    """A request: where to, its headers that say how to read it, and its body."""

    path: str
    content_type: str
    encoding: str
    body: bytes


def make_model(folder: Path) -> dict[str, float]:
    """Fits it into ``folder/fit.rds``; its coefficients."""
    names = ("(Intercept)", "x", "n", "gb", "gé", "bTRUE", "day")
    printed = rscript(FIT, folder).split()
    return dict(zip(names, map(float.fromhex, printed), strict=True))


def requests() -> list[Sent]:
    """One of each kind, with the same three records, or the first alone."""
    plain = [Sent("/invocations", content_type, "", body) for content_type, body in _bodies()]
    packed = [s._replace(encoding="gzip", body=gzip.compress(s.body, mtime=0)) for s in plain]
    return [*plain, *packed, *_inferences()]


def _bodies() -> list[tuple[str, bytes]]:
    return [
        *((JSON, json.dumps(value).encode()) for value in _documents()),
        ("application/x-www-form-urlencoded", json.dumps(RECORDS[0]).encode()),
        ("application/jsonlines", "\n".join(map(json.dumps, RECORDS)).encode()),
        ("text/csv", _csv(ROWS)),
        ("text/csv; header=present", _csv([list(FIELDS), *ROWS])),
        ("application/x-parquet", _parquet()),
        ("application/vnd.apache.arrow.stream", _stream()),
        ("application/x-npy", _npy()),
    ]


def _documents() -> list[Any]:
    return [
        RECORDS[0],
        RECORDS,
        ROWS,
        COLUMNS,
        {"instances": RECORDS},
        {"dataframe_split": {"columns": list(FIELDS), "data": ROWS}},
    ]


def _csv(rows: list[list[Any]]) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in rows).encode()


def _table() -> pa.Table:
    days = [date.fromisoformat(record["day"]) for record in RECORDS]
    return pa.table({**COLUMNS, "n": pa.array(COLUMNS["n"], pa.int32()), "day": days})


def _parquet() -> bytes:
    out = io.BytesIO()
    parquet.write_table(_table(), out)
    return out.getvalue()


def _stream() -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, _table().schema) as stream:
        stream.write_table(_table())
    return out.getvalue()


def _npy() -> bytes:
    out = io.BytesIO()
    types = [("x", "f8"), ("n", "i4"), ("g", "U1"), ("b", "?"), ("day", "M8[D]")]
    np.save(out, np.array([tuple(row) for row in ROWS], types))
    return out.getvalue()


def _inferences() -> list[Sent]:
    path = "/v2/models/fit/infer"
    inputs = [
        {"name": name, "datatype": FIELDS[name], "shape": [3], "data": cells}
        for name, cells in COLUMNS.items()
    ]
    return [
        Sent(path, JSON, "", json.dumps({"inputs": inputs}).encode()),
        Sent("/v1/models/fit:predict", JSON, "", json.dumps({"instances": RECORDS}).encode()),
    ]
