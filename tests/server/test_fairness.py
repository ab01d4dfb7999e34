"""Single requests to the real server while long ones run; what came first, not how fast."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving import Server, rscript, serving

ROWS = 1500
SINGLES = 6
MODEL = 'm <- lm(y ~ ms, data.frame(ms = 1:9, y = 1:9)); saveRDS(m, "model.rds")'
HOOKS = """
predict_fn <- function(newdata, model) {
  cat("asked", nrow(newdata), "\\n", file = stderr())
  Sys.sleep(sum(newdata$ms) / 1000)
  newdata$ms
}
"""
FIELD = '\n[inputs.ms]\ntype = "number"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slow")
    rscript(MODEL, folder)
    (folder / "inference.R").write_text(HOOKS)
    return folder


@pytest.fixture(params=["true", "false"])
def server(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[Server]:
    (folder / "bridge.toml").write_text(f"merge = {request.param}" + FIELD)
    with serving(folder, tmp_path, "--workers", "1") as server:
        yield server


def calls(server: Server) -> list[int]:
    return [int(rows) for rows in re.findall(r"asked (\d+)", server.log.read_text())]


def ask(server: Server, rows: int) -> list[float]:
    body = "ms\n" + "1\n" * rows
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    reply = httpx.post(server.url + "/invocations", content=body, headers=headers, timeout=60)
    assert reply.status_code == 200, reply.text
    return [float(line) for line in reply.text.split("\n")]


def test_single_requests_are_answered_while_long_ones_hold_the_only_worker(server: Server) -> None:
    with ThreadPoolExecutor(2) as threads, httpx.Client(base_url=server.url) as client:
        long = [threads.submit(ask, server, ROWS) for _ in range(2)]
        while not calls(server):
            assert not any(task.done() for task in long)
        for _ in range(SINGLES):
            reply = client.post("/invocations", json={"ms": 1}, timeout=60)
            assert reply.json() == {"predictions": [1.0]}
        assert not all(task.done() for task in long), "single requests waited for long ones"
        assert all(task.result() == [1.0] * ROWS for task in long)
    assert sum(calls(server)) == 2 * ROWS + SINGLES
    assert calls(server).count(1) >= SINGLES
