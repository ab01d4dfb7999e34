"""bulk: requests of a million rows against R itself: ``python -m benchmarks.bulk``.

Each round asks the service and has R do the same, one after another, so that a machine whose
speed drifts treats them alike; what is told are medians. Every answer is compared with R's.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
import pyarrow
from pyarrow import csv, parquet

from benchmarks import procfs
from benchmarks.client import HOST
from benchmarks.contenders import MODEL, rbridge

FORMATS = {
    "CSV": ("text/csv", "csv"),
    "JSON Lines": ("application/jsonlines", "jsonl"),
    "Parquet": ("application/x-parquet", "parquet"),
}
CASES = ("lm", "marathon")
IN_MEMORY = {
    "predict": "predict() alone, in memory",
    "hooks": "the hooks and predict(), in memory",
}
SCRIPTS = {"base": "Rscript: read.csv, predict, write.csv", "table": "Rscript with data.table"}
START_SECONDS = 30.0


@dataclass
class Times:
    """Seconds of each round and those of CPU, by what was done."""

    of: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def add(self, what: str, seconds: float, cpu: float) -> None:
        self.of.setdefault(what, []).append((seconds, cpu))

    def medians(self, what: str) -> list[float]:
        return [statistics.median(column) for column in zip(*self.of[what], strict=True)]


def main() -> int:
    """Status 1 if an answer was not R's."""
    plan = _plan()
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _rscript("make", folder, str(plan.rows))
        for case in CASES:
            _convert(folder, case)
            _rscript("answers", folder, case)
            wrong += _measure(plan, folder, case)
    return 1 if wrong else 0


def _plan() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.bulk", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=4512)
    return parser.parse_args()


def _convert(folder: Path, case: str) -> None:
    """The rows of the CSV in the other formats."""
    types = csv.ConvertOptions(column_types={"hmtime": pyarrow.string()})
    table = csv.read_csv(folder / f"{case}.csv", convert_options=types)
    parquet.write_table(table, folder / f"{case}.parquet")
    (folder / f"{case}.jsonl").write_bytes(b"\n".join(map(orjson.dumps, table.to_pylist())))


def _measure(plan: argparse.Namespace, folder: Path, case: str) -> int:
    """How many answers were not R's; prints the table of one model."""
    times, wrong = Times(), 0
    with _served(MODEL if case == "marathon" else str(folder / case), plan.port) as server:
        _ask(plan.port, (folder / f"{case}.csv").read_bytes(), "text/csv")  # to warm up
        for _ in range(plan.rounds):
            for title, (content_type, suffix) in FORMATS.items():
                body = (folder / f"{case}.{suffix}").read_bytes()
                before = _cpu(server)
                seconds, answer = _ask(plan.port, body, content_type)
                times.add(title, seconds, _cpu(server) - before)
                wrong += not _is_right(folder, case, title, answer)
            predict, hooks = _in_memory(folder, case)
            times.add("predict", *predict)
            times.add("hooks", *hooks)
            for script in SCRIPTS:
                times.add(script, *_script_seconds(script, folder, case))
        slowest = _pinged(plan.port, (folder / f"{case}.csv").read_bytes())
        memory = [procfs.pss_mib(pid) for pid in procfs.tree(server)]
    _print(plan, case, times, wrong)
    print(
        f"\nThe slowest ping beside a CSV took {1e3 * slowest:.1f} ms; "
        f"memory afterwards: {sum(memory):.0f} MiB in all processes."
    )
    return wrong


def _print(plan: argparse.Namespace, case: str, times: Times, wrong: int) -> None:
    print(f"\n{case}, {plan.rows:,} rows, medians of {plan.rounds} rounds, {wrong} wrong answers\n")
    print("| | seconds | to predict() alone | Rscript to it | CPU seconds |")
    print("| --- | ---: | ---: | ---: | ---: |")
    alone, script = times.medians("predict")[0], times.medians("base")[0]
    titles = {
        "predict": "predict() alone, in memory",
        "hooks": "the hooks and predict(), in memory",
    }
    for what in times.of:
        seconds, cpu = times.medians(what)
        title = {**titles, **SCRIPTS}.get(what, f"{what} through HTTP")
        ratios = f"{seconds / alone:.1f} | {script / seconds:.1f}"
        print(f"| {title} | {seconds:.2f} | {ratios} | {cpu:.2f} |")


def _ask(port: int, body: bytes, content_type: str) -> tuple[float, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=300)
    headers = {"Content-Type": content_type, "Accept": content_type}
    began = time.perf_counter()
    connection.request("POST", "/invocations", body, headers)
    response = connection.getresponse()
    answer = response.read()
    seconds = time.perf_counter() - began
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {answer[:500]!r}")
    return seconds, answer


def _is_right(folder: Path, case: str, title: str, answer: bytes) -> bool:
    """True if the answer has the bits of R's."""
    found = _READERS[title](answer)
    path = folder / f"{case}.answers"
    if case == "marathon":
        return found == path.read_text().splitlines()
    return np.array(found, np.float64).tobytes() == path.read_bytes()


def _texts(answer: bytes) -> list[object]:
    lines = answer.decode().splitlines()
    return list(lines if ":" in lines[0] else map(float, lines))


def _json_lines(answer: bytes) -> list[object]:
    return [next(iter(json.loads(line).values())) for line in answer.splitlines()]


def _parquet(answer: bytes) -> list[object]:
    return list(parquet.read_table(pyarrow.BufferReader(answer)).column(0).to_pylist())


_READERS: dict[str, Callable[[bytes], list[object]]] = {
    "CSV": _texts,
    "JSON Lines": _json_lines,
    "Parquet": _parquet,
}


def _pinged(port: int, body: bytes) -> float:
    """The longest that a ping took while a CSV was asked."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pings = pool.apply_async(_ping, (port, 3.0))
        time.sleep(0.5)
        _ask(port, body, "text/csv")
        return pings.get()


def _ping(port: int, seconds: float) -> float:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    slowest, until = 0.0, time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        connection.request("GET", "/ping")
        connection.getresponse().read()
        slowest = max(slowest, time.perf_counter() - began)
        time.sleep(0.001)
    connection.close()
    return slowest


@contextmanager
def _served(model: str, port: int) -> Iterator[int]:
    """The process id of a server of the model that can answer."""
    command = [word.replace("PORT", str(port)) for word in rbridge(model)]
    environ = {**os.environ, "RBRIDGE_MAX_BODY_MB": "1000"}
    process = subprocess.Popen(command, env=environ)
    try:
        until = time.perf_counter() + START_SECONDS
        while not _is_ready(port):
            if process.poll() is not None or time.perf_counter() > until:
                raise RuntimeError(f"{model} is not served")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _in_memory(folder: Path, case: str) -> list[tuple[float, float]]:
    """Of predict() alone, and of the hooks and predict(): elapsed, and of CPU."""
    found = iter(map(float, _rscript("predict", folder, case).split()))
    return list(zip(found, found, strict=True))


def _cpu(server: int) -> float:
    return sum(map(procfs.cpu_seconds, procfs.tree(server)))


def _script_seconds(script: str, folder: Path, case: str) -> tuple[float, float]:
    """Of a whole Rscript: elapsed, and of CPU."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    _rscript(script, folder, case)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu


def _rscript(what: str, folder: Path, *arguments: str) -> str:
    command = ["Rscript", "benchmarks/bulk.R", what, str(folder), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
