"""service: the rows through the real server: a child process, a TCP port, JSON records.

Several requests are under way at once, so that the server merges them where it does. A
request that is refused is asked again in parts, down to the single row, until every row
has its own answer or its own refusal. Encodes and decodes with Python's own ``json``, not
with the server's codecs.
"""

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from bridge.verify.cannot import CannotVerify

CONNECTIONS = 4
STOP_SECONDS = 35
POLL_SECONDS = 0.02
MOST_LOG = 1500
_RETRY = 503


@dataclass(frozen=True, slots=True)
class Replaced:
    """A cell that a policy of bridge.toml changed before R saw it; None became NA."""

    row: int
    field: str
    became: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One request that was answered: its rows, and a list of values per column."""

    rows: tuple[int, ...]
    columns: dict[str, list[Any]]
    replaced: tuple[Replaced, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that got an error, asked by itself."""

    row: int
    status: int
    code: str
    text: str


Outcome = Answered | Refused


class Service:
    """A running ``rbridge serve``."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self._port = port
        self._log = log
        self._thread = threading.local()

    def wait(self) -> None:
        """Waits until it answers; raises CannotVerify if it ends instead."""
        while True:
            if self._process.poll() is not None:
                raise CannotVerify(f"the service did not start: {self._said()}")
            with contextlib.suppress(OSError, HTTPException):
                if self._exchange("GET", "/ping", b"")[0] == 200:
                    return
            time.sleep(POLL_SECONDS)

    def post(self, records: list[dict[str, Any]]) -> tuple[int, Any]:
        """Status and JSON of ``POST /invocations``; raises CannotVerify if it is gone."""
        body = json.dumps(records).encode()
        while True:
            try:
                status, content = self._exchange("POST", "/invocations", body)
            except (OSError, HTTPException) as error:
                if self._process.poll() is not None:
                    raise CannotVerify(f"the service ended: {self._said()}") from None
                raise CannotVerify(f"the service broke off an answer: {error!r}") from None
            if status != _RETRY:
                return status, json.loads(content)
            time.sleep(POLL_SECONDS)

    def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        connection = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = HTTPConnection("127.0.0.1", self._port)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        except BaseException:
            connection.close()
            raise

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-MOST_LOG:].strip()


@contextlib.contextmanager
def serving(path: Path) -> Iterator[Service]:
    """``rbridge serve PATH`` on a free port of the loopback, with this process's settings."""
    with tempfile.TemporaryDirectory(prefix="rbridge-verify-") as folder:
        log, port = Path(folder) / "log", _free_port()
        arguments = ["serve", str(path), "--host", "127.0.0.1", "--port", str(port)]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "bridge.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            service = Service(process, port, log)
            service.wait()
            yield service
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask_all(
    service: Service, records: list[dict[str, Any]], batch: int, tell: Callable[[int], None]
) -> list[Outcome]:
    """Every row's outcome, in requests of ``batch`` rows; ``tell`` gets the rows done."""
    everything = range(len(records))
    requests = [tuple(everything[i : i + batch]) for i in everything[::batch]]
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        try:
            for found in threads.map(lambda rows: _ask(service, records, rows), requests):
                outcomes += found
                tell(sum(len(o.rows) if isinstance(o, Answered) else 1 for o in found))
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return outcomes


def _ask(service: Service, records: list[dict[str, Any]], rows: tuple[int, ...]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    waiting = [rows]
    while waiting:
        rows = waiting.pop()
        status, content = service.post([records[row] for row in rows])
        if status == 200 and _tells_all(content):
            outcomes.append(_answered(rows, content))
        elif status == 200:
            waiting += _halves(rows)
        elif len(rows) == 1:
            outcomes.append(_refused(rows[0], status, content["error"]))
        else:
            waiting += _parts(rows, content["error"])
    return outcomes


def _parts(rows: tuple[int, ...], error: dict[str, Any]) -> list[tuple[int, ...]]:
    """The rows that the error names one by one, and the others together; else two halves."""
    named = {d["row"] for d in error.get("details", []) if d.get("row") is not None}
    if not named:
        return _halves(rows)
    others = tuple(row for i, row in enumerate(rows) if i not in named)
    return [*([others] if others else []), *((rows[i],) for i in sorted(named))]


def _halves(rows: tuple[int, ...]) -> list[tuple[int, ...]]:
    middle = len(rows) // 2
    return [rows[:middle], rows[middle:]]


def _tells_all(content: dict[str, Any]) -> bool:
    """False if policies replaced more cells than the answer lists."""
    replaced = content.get("replaced", ())
    return "replaced_count" not in content or len(replaced) == content["replaced_count"]


def _answered(rows: tuple[int, ...], content: dict[str, Any]) -> Answered:
    replaced = content.pop("replaced") if "replaced_count" in content else []
    content.pop("replaced_count", None)
    cells = tuple(Replaced(rows[r["row"]], r["field"], r["became"]) for r in replaced)
    return Answered(rows, _columns(content, len(rows)), cells)


def _refused(row: int, status: int, error: dict[str, Any]) -> Refused:
    """The row's number in a request of its own, 0, says nothing here."""
    return Refused(row, status, error["code"], error["message"].removesuffix(" (row 0)"))


def _columns(content: dict[str, Any], rows: int) -> dict[str, list[Any]]:
    """The answer as columns, in whichever of its three shapes it came."""
    predictions = content.get("predictions")
    if len(content) == 1 and predictions and isinstance(predictions[0], dict):
        content = {name: [row[name] for row in predictions] for name in predictions[0]}
    for values in content.values():
        if len(values) != rows:
            raise CannotVerify(
                f"the model answers {rows} row(s) with {len(values)} values: what is not one "
                f"answer per row, a time series' for one, cannot be verified row by row"
            )
    return content
