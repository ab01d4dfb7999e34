"""Long requests to the real server: the bits of one call of R, though R is asked in blocks."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from bridge.bulk import BLOCK_ROWS
from bridge.codecs import LINES, PARQUET
from tests.serving import MARATHON, Server, rscript, serving

ROWS = 2 * BLOCK_ROWS + 1000
MODEL = """
set.seed(1)
# Numbers that R reads back from CSV as they were.
data <- function(n) data.frame(x = ceiling(64 * exp(rnorm(n))) / 64,
                               z = round(64 * rnorm(n)) / 64,
                               g = factor(sample(c("a b", "c"), n, TRUE)))
d <- data(500); d$y <- log(d$x) + d$z + rnorm(500)
m <- lm(y ~ log(x) + z + g, d); save(m, file = "m.RData")
d <- data(ROWS)
answer <- function(name, d) {
  write.csv(d, paste0(name, ".csv"), row.names = FALSE, na = "")
  d <- read.csv(paste0(name, ".csv"))
  writeBin(unname(predict(m, d)), paste0(name, ".bin"))
}
answer("plain", d)
d$z[7] <- NA; answer("missing", d)
d$z[7] <- 0; d$x[50000] <- 0; answer("infinite", d)
"""
HOOKS = """
input_fn <- function(newdata) {
  cat(sprintf("asked %d\\n", nrow(newdata)), file = stderr())  # in one piece
  reject("x must not be -1", rows = newdata$x == -1, field = "x")
  newdata
}
"""
FIELDS = "\n".join(f'[inputs.{name}]\ntype = "number"\n' for name in "xz")
TOML = f"merge = true\n{FIELDS}\n[inputs.g]\ntype = \"factor\"\nlevels = ['a b', 'c']\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bulk")
    rscript(MODEL.replace("ROWS", str(ROWS)), folder)
    (folder / "model").mkdir()
    (folder / "m.RData").rename(folder / "model" / "m.RData")
    (folder / "model" / "inference.R").write_text(HOOKS)
    (folder / "model" / "bridge.toml").write_text(TOML)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder / "model", folder, "--workers", "2") as server:
        yield server


def ask(server: Server, body: bytes, content_type: str, accept: str = "text/csv") -> httpx.Response:
    headers = {"content-type": content_type, "accept": accept, "accept-encoding": "identity"}
    return httpx.post(server.url + "/invocations", content=body, headers=headers, timeout=60)


def calls(server: Server, before: str) -> list[int]:
    """How many rows R was asked in each call that the log of ``before`` did not tell."""
    new = server.log.read_text().removeprefix(before)
    return [int(rows) for rows in re.findall(r"asked (\d+)", new)]


def are_blocks(asked: list[int], rows: int) -> bool:
    """True if R was asked all rows once, in several calls."""
    return sum(asked) == rows and 2 < len(asked) < rows / 100 and max(asked) <= 1.5 * BLOCK_ROWS


def bodies(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """The rows of a CSV in each format."""
    text = (folder / f"{name}.csv").read_bytes()
    table = csv.read_csv(io.BytesIO(text))
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    yield "text/csv", text
    yield LINES[0], b"\n".join(map(orjson.dumps, table.to_pylist()))
    yield PARQUET[0], sink.getvalue()


def values(accept: str, body: bytes) -> list[Any]:
    if accept == "text/csv":
        return [float(line) for line in body.replace(b'""', b"nan").split(b"\n")]
    if accept == LINES[0]:
        return [orjson.loads(line)["prediction"] for line in body.split(b"\n")]
    return list(parquet.read_table(pa.BufferReader(body)).column(0).to_pylist())


def test_every_format_has_the_bits_of_r_and_is_asked_in_blocks(
    server: Server, folder: Path
) -> None:
    expected = np.fromfile(folder / "plain.bin")
    accepts = ["text/csv", LINES[0], PARQUET[0]]
    for (content_type, body), accept in zip(bodies(folder, "plain"), accepts, strict=True):
        before = server.log.read_text()
        reply = ask(server, body, content_type, accept)
        assert reply.status_code == 200, reply.text[:500]
        assert np.array_equal(values(accept, reply.content), expected)
        assert are_blocks(calls(server, before), ROWS)


def test_long_json_is_written_whole(server: Server, folder: Path) -> None:
    reply = ask(server, (folder / "plain.csv").read_bytes(), "text/csv", "application/json")
    expected = np.fromfile(folder / "plain.bin").tolist()
    assert reply.content == orjson.dumps({"predictions": expected})
    wanted = "application/json; layout=records"
    reply = ask(server, (folder / "plain.csv").read_bytes(), "text/csv", wanted)
    assert reply.content == orjson.dumps([{"prediction": value} for value in expected])


def test_with_a_missing_value_r_is_asked_once(server: Server, folder: Path) -> None:
    expected = np.fromfile(folder / "missing.bin")
    before = server.log.read_text()
    reply = ask(server, (folder / "missing.csv").read_bytes(), "text/csv")
    assert np.array_equal(values("text/csv", reply.content), expected, equal_nan=True)
    assert np.isnan(expected[6]) and calls(server, before) == [ROWS]


def test_an_infinite_prediction_has_r_asked_once_more(server: Server, folder: Path) -> None:
    expected = np.fromfile(folder / "infinite.bin")
    before = server.log.read_text()
    reply = ask(server, (folder / "infinite.csv").read_bytes(), "text/csv")
    assert np.array_equal(values("text/csv", reply.content.replace(b"Inf", b"inf")), expected)
    assert np.isinf(expected[49_999]) and calls(server, before)[-1] == ROWS


def test_refused_rows_have_their_numbers_in_the_request(server: Server, folder: Path) -> None:
    lines = (folder / "plain.csv").read_text().splitlines()
    for row in (5, ROWS - 1):
        lines[row + 1] = "-1," + lines[row + 1].partition(",")[2]
    reply = ask(server, "\n".join(lines).encode(), "text/csv")
    assert reply.status_code == 422
    found = [(d["row"], d["field"]) for d in reply.json()["error"]["details"]]
    assert found == [(5, "x"), (ROWS - 1, "x")]


def test_bad_cells_have_their_numbers_in_the_request(server: Server, folder: Path) -> None:
    lines = (folder / "plain.csv").read_text().splitlines()
    lines[ROWS] = "1,two," + lines[ROWS].rpartition(",")[2]
    lines[3] = "1,2,d"
    reply = ask(server, "\n".join(lines).encode(), "text/csv")
    assert reply.status_code == 422
    details = reply.json()["error"]["details"]
    found = [(d["row"], d["field"], d["value"], d["code"]) for d in details]
    assert found == [(2, "g", "d", "unseen_level"), (ROWS - 1, "z", "two", "wrong_type")]


def test_texts_go_to_r_and_come_back(tmp_path: Path) -> None:
    times = [f"{row % 2 + 1}:{row // 60 % 60:02}:{row % 60:02}" for row in range(ROWS)]
    body = "hmtime,gender\n" + "\n".join(
        f"{time},{'FM'[row % 2]}" for row, time in enumerate(times)
    )
    with serving(MARATHON, tmp_path, "--workers", "2") as server:
        long = ask(server, body.encode(), "text/csv").text.split("\n")
        part = "\n".join(body.split("\n")[:3601])
        short = ask(server, part.encode(), "text/csv").text.split("\n")
    assert len(long) == ROWS and long[:3600] == short
    assert long[3600 : 2 * 3600] == short  # the times repeat


def test_bad_records_among_many_cost_no_other(folder: Path, tmp_path: Path) -> None:
    expected = np.fromfile(folder / "plain.bin")
    lines = (folder / "plain.csv").read_text().splitlines()
    bad = [2, ROWS - 1]
    for row in bad:
        lines[row + 1] = "one" + lines[row + 1]
    expected[bad] = np.nan
    with serving(folder / "model", tmp_path, RBRIDGE_ON_ERROR="placeholder") as server:
        before = server.log.read_text()
        reply = ask(server, "\n".join(lines).encode(), "text/csv")
        assert reply.headers["rbridge-errors"] == "2"
        assert np.array_equal(values("text/csv", reply.content), expected, equal_nan=True)
        assert are_blocks(calls(server, before), ROWS - 2)
