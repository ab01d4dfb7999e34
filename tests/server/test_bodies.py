"""Every body that a client may send and get, over a real port, with real R."""

import gzip
import io
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.serving import Server, children, is_reader, rscript, serving

FIT = """
d <- data.frame(y = mtcars$mpg, wt = mtcars$wt, gear = factor(mtcars$gear), am = mtcars$am == 1)
fit <- lm(y ~ wt + gear + am, d); saveRDS(fit, "fit.rds")
n <- data.frame(wt = c(2.5, 3.1, NA), gear = factor(c(4, 5, 3), 3:5), am = c(TRUE, FALSE, TRUE))
cat(sprintf("%a", predict(fit, n)))
"""
RECORDS: list[dict[str, object]] = [
    {"wt": 2.5, "gear": "4", "am": True},
    {"wt": 3.1, "gear": "5", "am": False},
    {"wt": None, "gear": "3", "am": True},
]
ROWS = [list(record.values()) for record in RECORDS]
TABLE = pa.table({name: [record[name] for record in RECORDS] for name in ("gear", "am", "wt")})
FIELDS = [("wt", "f8"), ("gear", "U1"), ("am", "?")]


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[float | None]]]:
    """A server, and what a fresh R session predicts for RECORDS."""
    folder = tmp_path_factory.mktemp("cars")
    first, second, missing = rscript(FIT, folder).split()
    assert missing == "NA"
    with serving(folder / "fit.rds", folder, "--max-body-mb", "1") as server:
        yield server, [float.fromhex(first), float.fromhex(second), None]


def as_parquet() -> bytes:
    out = io.BytesIO()
    parquet.write_table(TABLE, out)
    return out.getvalue()


def as_stream() -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, TABLE.schema) as stream:
        stream.write_table(TABLE)
    return out.getvalue()


def as_npy() -> bytes:
    out = io.BytesIO()
    rows = [(np.nan if wt is None else wt, gear, am) for wt, gear, am in ROWS]
    np.save(out, np.array(rows, FIELDS))
    return out.getvalue()


def as_lines(values: list[object]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


JSON = "application/json"
SENT: list[tuple[str, bytes]] = [
    (JSON, json.dumps(RECORDS).encode()),
    (JSON, json.dumps(ROWS).encode()),
    (JSON, json.dumps({"instances": [{"features": row} for row in ROWS]}).encode()),
    (JSON, json.dumps({"dataframe_split": {"columns": list(RECORDS[0]), "data": ROWS}}).encode()),
    (JSON, json.dumps({"dataframe_records": RECORDS, "params": {}}).encode()),
    (f"{JSON}; charset=utf-8", json.dumps({"inputs": TABLE.to_pydict()}).encode()),
    ("application/jsonlines", as_lines([*RECORDS])),
    ("application/x-ndjson", as_lines([{"features": row} for row in ROWS])),
    ("text/csv", b"2.5,4,TRUE\n3.1,5,FALSE\n,3,TRUE\n"),
    ("TEXT/CSV; charset=utf-8; label_size=0", b'2.5,"4",true\r\n3.1,5,F\r\nNA,3,T'),
    ("text/csv;label_size=1", b"21.0,2.5,4,TRUE\n14,3.1,5,FALSE\n0,,3,TRUE"),
    ("text/csv", b"\xef\xbb\xbfgear,id,am,wt\n4,a,TRUE,2.5\n5,b,FALSE,3.1\n3,c,TRUE,\n"),
    ("application/x-parquet", as_parquet()),
    ("application/vnd.apache.parquet", as_parquet()),
    ("application/vnd.apache.arrow.stream", as_stream()),
    ("application/x-npy", as_npy()),
]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize(("content_type", "body"), SENT)
def test_every_body_gets_the_bits_of_r(
    cars: tuple[Server, list[float | None]], content_type: str, body: bytes, encoding: str
) -> None:
    server, expected = cars
    packed = gzip.compress(body) if encoding == "gzip" else body
    reply = server.invoke(packed, content_type=content_type, content_encoding=encoding)
    assert reply.json() == {"predictions": expected}


def from_csv(body: bytes) -> list[object]:
    return [None if line == '""' else float(line) for line in body.decode().split("\n")]


def from_lines(body: bytes) -> list[object]:
    return [json.loads(line)["prediction"] for line in body.split(b"\n")]


def from_parquet(body: bytes) -> list[object]:
    return list(parquet.read_table(io.BytesIO(body))["prediction"].to_pylist())


def from_stream(body: bytes) -> list[object]:
    return list(pa.ipc.open_stream(body).read_all()["prediction"].to_pylist())


def from_npy(body: bytes) -> list[object]:
    return [None if np.isnan(v) else v for v in np.load(io.BytesIO(body)).tolist()]


GOT = [
    ("text/csv", from_csv),
    ("application/jsonlines", from_lines),
    ("application/jsonl", from_lines),
    ("application/x-parquet", from_parquet),
    ("application/vnd.apache.parquet", from_parquet),
    ("application/vnd.apache.arrow.stream", from_stream),
    ("application/x-npy", from_npy),
]


@pytest.mark.parametrize(("accept", "read"), GOT)
def test_every_answer_has_the_bits_of_r(
    cars: tuple[Server, list[float | None]], accept: str, read: object
) -> None:
    server, expected = cars
    reply = server.invoke(RECORDS, accept=f"image/png, {accept};q=0.9, */*;q=0.1")
    assert reply.headers["content-type"] == accept
    assert callable(read) and read(reply.content) == expected


def test_json_has_the_layout_that_accept_names(
    cars: tuple[Server, list[float | None]],
) -> None:
    server, expected = cars
    reply = server.invoke(RECORDS, accept="application/json; layout=scores")
    assert reply.json() == {"predictions": [{"score": value} for value in expected]}
    reply = server.invoke(RECORDS, accept="application/json; layout=records")
    assert reply.json() == [{"prediction": value} for value in expected]


def test_an_answer_is_packed_for_those_who_take_it(
    cars: tuple[Server, list[float | None]],
) -> None:
    server, expected = cars
    many = RECORDS[:2] * 500
    plain = server.invoke(many, accept_encoding="identity")
    packed = server.invoke(many, accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 10
    assert packed.json() == plain.json() == {"predictions": expected[:2] * 500}
    small = server.invoke(RECORDS, accept_encoding="gzip")
    assert "content-encoding" not in small.headers


TOO_LARGE = gzip.compress(json.dumps(RECORDS * 100_000).encode(), mtime=0)
ZEROS = io.BytesIO()
parquet.write_table(pa.table({"wt": np.zeros(1_000_000)}), ZEROS)
REFUSED: list[tuple[bytes, dict[str, str], int, str, str]] = [
    (TOO_LARGE, {"content_encoding": "gzip"}, 413, "body_too_large", "once it is unpacked"),
    (ZEROS.getvalue(), {"content_type": "application/x-parquet"}, 413, "body_too_large", "1048576"),
    (b"{}", {"content_encoding": "br"}, 415, "unsupported_media_type", "send gzip or identity"),
    (b"{}", {"content_type": "text/xml"}, 415, "unsupported_media_type", "application/x-npy"),
    (b"{}", {"accept": "text/html"}, 406, "not_acceptable", "application/x-parquet"),
    (b"{}", {"accept": "application/json; layout=rows"}, 406, "not_acceptable", "scores"),
    (b"2.5,4\n", {"content_type": "text/csv"}, 400, "malformed_csv", "3 fields (wt, gear, am)"),
    (b"[[2.5, 4]]", {}, 400, "wrong_shape", "the model 3 fields (wt, gear, am), in this order"),
    (b'[2.5\n{"x"', {"content_type": "application/jsonlines"}, 400, "truncated_json", "line 1"),
    (b"[2.5]", {"content_type": "application/x-parquet"}, 400, "wrong_shape", "not Parquet"),
    (b"[2.5]", {"content_encoding": "gzip"}, 400, "wrong_shape", "not gzip"),
]


@pytest.mark.parametrize(("body", "headers", "status", "code", "words"), REFUSED)
def test_what_cannot_be_read_or_written_is_told(
    cars: tuple[Server, list[float | None]],
    body: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
    words: str,
) -> None:
    reply = cars[0].invoke(body, **headers)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert words in error["message"] and len(reply.content) < 2048


def test_both_roads_pack_and_unpack(cars: tuple[Server, list[float | None]]) -> None:
    server, expected = cars
    reply = httpx.post(
        server.url + "/invocations?",
        content=gzip.compress(json.dumps(RECORDS[:1] * 1000).encode()),
        headers={"content-encoding": "gzip", "accept-encoding": "gzip", "accept": "text/csv"},
    )
    assert reply.headers["content-encoding"] == "gzip"
    assert from_csv(reply.content) == expected[:1] * 1000


def test_bridge_toml_and_the_environment_settle_what_requests_leave_open(tmp_path: Path) -> None:
    """A factor's levels may be the names of fields; then the first line cannot tell."""
    rscript(
        'd <- data.frame(y = 1:8, a = rep(c("a", "b"), 4), b = rep(c("a", "b"), each = 4));'
        'saveRDS(lm(y ~ a + b, transform(d, a = factor(a), b = factor(b))), "fit.rds")',
        tmp_path,
    )
    (tmp_path / "bridge.toml").write_text('[bodies]\ncsv_header = false\nlayout = "scores"')
    accept = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/jsonlines"}
    with serving(tmp_path, tmp_path, **accept) as server:
        reply = server.invoke(b"a,b\nb,a\n", content_type="text/csv")
        assert reply.headers["content-type"] == "application/jsonlines"
        lines = [json.loads(line) for line in reply.text.split("\n")]
        assert [set(line) for line in lines] == [{"score"}, {"score"}]
        headed = server.invoke(b"a,b\nb,a\n", content_type="text/csv; header=present")
        assert headed.text.split("\n") == reply.text.split("\n")[1:]
        assert server.invoke({"a": "a", "b": "b"}, accept="text/csv").text.count("\n") == 0


def test_a_killed_reader_of_large_bodies_costs_no_request(marathon: Server) -> None:
    def reader() -> int:
        (pid,) = filter(is_reader, children(marathon.process.pid))
        return pid

    records = {"hmtime": ["1:30:20", "2:00:00"] * 20_000, "gender": ["M", "F"] * 20_000}
    wanted = {"marathon_time": ["03:23:30", "04:27:09"] * 20_000}
    assert marathon.invoke(records).json() == wanted
    before = reader()
    os.kill(before, signal.SIGKILL)
    assert marathon.invoke(records).json() == wanted
    assert reader() != before
