"""fairness: single requests beside long ones: ``python -m benchmarks.fairness``.

Single requests come at a low constant rate, each timed from when it was due: first with nothing
beside them, then beside long requests that are asked one after another for as long.
"""

import argparse
import asyncio
import http.client
import random
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import uvloop

from benchmarks.arrivals import Told, offer
from benchmarks.client import HOST, Exchange
from benchmarks.contenders import Server, rbridge
from benchmarks.queueing import percentile
from benchmarks.slow import MERGE_OFF, MERGE_ON, linear_model, slow_model

SINGLE = b'{"ms":1,"x":1}'
RIGHT = b'{"predictions":[1.0]}'


@dataclass(frozen=True)
class Case:
    """A model, and so many bodies ``beside`` at a time, each of ``rows`` that take ``ms``."""

    title: str
    model: str
    beside: int
    rows: int
    ms: float


CASES = (
    Case("lm, a CSV of a million rows", "linear", 1, 1_000_000, 0),
    Case("lm, two such", "linear", 2, 1_000_000, 0),
    Case("1 ms a row, merged: 5000 rows", "merged", 1, 5000, 1),
    Case("1 ms a row, merged: 5000 rows, two such", "merged", 2, 5000, 1),
    Case("1 ms a row, not merged: 5000 rows", "apart", 1, 5000, 1),
    Case("1 ms a row, not merged: 5000 rows, three such", "apart", 3, 5000, 1),
)


def main() -> None:
    """Prints a table."""
    plan = _plan()
    print("| | workers | | requests/s | p50 | p99 | slowest | long ones, rows/s |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        models = {
            "linear": linear_model(Path(folder) / "linear"),
            "merged": slow_model(Path(folder) / "merged", MERGE_ON),
            "apart": slow_model(Path(folder) / "apart", MERGE_OFF),
        }
        for case in (CASES[number] for number in plan.cases):
            for workers in plan.workers:
                options = ("--workers", str(workers), "--max-body-mb", "100")
                command = rbridge(models[case.model], *options)
                with Server(command, plan.port, Exchange(SINGLE, RIGHT)):
                    uvloop.run(_measure(plan, case, workers))


def _plan() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.fairness", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cases", type=int, nargs="+", default=range(len(CASES)))
    parser.add_argument("--rate", type=float, default=50.0, help="single requests a second")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--port", type=int, default=4515)
    return parser.parse_args()


async def _measure(plan: argparse.Namespace, case: Case, workers: int) -> None:
    await _singles(plan, 1.0)
    _line(case.title, workers, "alone", plan, await _singles(plan, plan.seconds), 0)
    # Another process, so that what it does with long answers delays no single one.
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        beside = apart.submit(long_requests, plan.port, case, plan.seconds + 1.5)
        await asyncio.sleep(1.5)
        told = await _singles(plan, plan.seconds)
        rate = await asyncio.wrap_future(beside)
    _line(case.title, workers, "beside", plan, told, rate)


async def _singles(plan: argparse.Namespace, seconds: float) -> Sequence[Told]:
    """At random times, so that they keep no step with anything."""
    chance, now, asked = random.Random(7), 0.0, []
    while now < seconds:
        asked.append((now, SINGLE))
        now += chance.expovariate(plan.rate)
    return await offer(plan.port, asked)


def long_requests(port: int, case: Case, seconds: float) -> float:
    """Asks long requests one after another until it is time; rows answered a second."""
    body = b"ms,x\n" + b"%g,1\n" % case.ms * case.rows
    began = time.perf_counter()
    with ThreadPoolExecutor(case.beside) as threads:
        until = began + seconds
        asking = [threads.submit(_again, port, body, case, until) for _ in range(case.beside)]
        answered = sum(task.result() for task in asking)
    return answered / (time.perf_counter() - began)


def _again(port: int, body: bytes, case: Case, until: float) -> int:
    answered = 0
    headers = {"Content-Type": "text/csv", "Accept": "text/csv"}
    while time.perf_counter() < until:
        connection = http.client.HTTPConnection(HOST, port, timeout=300)
        connection.request("POST", "/invocations", body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200 or content.count(b"\n") != case.rows - 1:
            raise RuntimeError(f"{response.status}: {content[:500]!r}")
        answered += case.rows
        connection.close()
    return answered


def _line(
    title: str, workers: int, how: str, plan: argparse.Namespace, told: Sequence[Told], rate: float
) -> None:
    failed = [answer.status for answer in told if answer.status != 200]
    times = sorted(1e3 * answer.seconds for answer in told)
    figures = (percentile(times, 0.5), percentile(times, 0.99), times[-1])
    cells = " | ".join(f"{figure:.1f}" for figure in figures)
    rows = f"{rate:,.0f}" if rate else ""
    print(f"| {title} | {workers} | {how} | {plan.rate:g} | {cells} | {rows} | {failed or ''}")


if __name__ == "__main__":
    main()
