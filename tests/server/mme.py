"""A running multi-model server, as the platform and its clients talk to it; and its models."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.serving import Server, children, free_port, rscript

# An lm whose answer to x is slope * x, exactly enough to be told from any other's.
_LINES = """
for (slope in {slopes}) {{
  dir.create(file.path("m" %+% slope, "model"), recursive = TRUE)
  x <- 1:9
  noise <- c(1, -1, 0, 0, 1, -1, 0, 0, 0) / 1e6
  saveRDS(lm(y ~ x, data.frame(x, y = slope * x + noise)), file.path("m" %+% slope, "model/m.rds"))
}}
"""


class Endpoint(Server):
    """A server of the models below ``root``; a model is called as its folder there."""

    root: Path

    def load(self, name: str, url: str | None = None) -> httpx.Response:
        body = {"model_name": name, "url": url or str(self.root / name / "model")}
        return httpx.post(self.url + "/models", json=body, timeout=60)

    def unload(self, name: str) -> httpx.Response:
        return httpx.delete(f"{self.url}/models/{name}", timeout=60)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return httpx.get(self.url + path, params=parameters, timeout=10)

    def ask(self, name: str, body: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/models/{name}/invoke", json=body, timeout=60)


def lines(root: Path, count: int) -> None:
    """Models m1 to m``count``: see ``_LINES``."""
    code = "`%+%` <- function(a, b) paste0(a, b)\n" + _LINES.format(slopes=f"1:{count}")
    rscript(code, root)


def hooked(root: Path, name: str, hooks: str, toml: str = "") -> None:
    """A model that is all R code."""
    folder = root / name / "model"
    folder.mkdir(parents=True)
    (folder / "inference.R").write_text(hooks)
    (folder / "bridge.toml").write_text(toml or '[inputs.x]\ntype = "number"\n')


class Platform:
    """Invokes models as SageMaker does: loads what is missing, and unloads for it at a 507."""

    def __init__(self, server: Endpoint) -> None:
        self.server = server
        self.statuses: list[int] = []

    def invoke(self, http: httpx.Client, name: str, body: Any) -> httpx.Response:
        """The first answer that is neither 404 nor 507."""
        while True:
            reply = self._noted(http.post(f"{self.server.url}/models/{name}/invoke", json=body))
            if reply.status_code == 404:
                self.load(http, name)
            elif reply.status_code == 507:
                self._evict(http)
            else:
                return reply

    def load(self, http: httpx.Client, name: str) -> None:
        """Loads a model, whatever must be unloaded for it; raises if it is refused."""
        body = {"model_name": name, "url": str(self.server.root / name / "model")}
        status = 507
        while status == 507:
            status = self._noted(http.post(self.server.url + "/models", json=body)).status_code
            if status == 507:
                self._evict(http)
        assert status in (200, 409)

    def _evict(self, http: httpx.Client) -> None:
        loaded = http.get(self.server.url + "/models").json()["models"]
        if loaded:
            victim = random.choice(loaded)["modelName"]
            self._noted(http.delete(f"{self.server.url}/models/{victim}"))

    def _noted(self, reply: httpx.Response) -> httpx.Response:
        self.statuses.append(reply.status_code)
        return reply


def pss_kib(pid: int) -> int:
    """The memory of a process and all below it, each shared page counted once."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = int(text.partition("\nPss:")[2].split()[0])
    return own + sum(map(pss_kib, children(pid)))


@contextmanager
def endpoint(root: Path, folder: Path, memory: int = 0, workers: int = 4) -> Iterator[Endpoint]:
    """A ready server, stopped at the end; ``memory`` in MiB, 0 for all there is."""
    port = free_port()
    log = folder / f"server-{port}.log"
    arguments = [str(argument) for argument in (port, root, memory, workers)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.multi_model", *arguments],
            stdout=out,
            stderr=out,
            env={**os.environ},
            cwd=Path(__file__).parents[2],
        )
    server = Endpoint(process, port, log)
    server.root = root
    try:
        server.wait_until_ready()
        yield server
    finally:
        if process.poll() is None:
            server.stop()
