"""queueing: single requests to a slow hook beside queue theory: ``python -m benchmarks.queueing``.

Requests come at random (Poisson), each is asked by itself, and says how long its hook is to take:
always the same, or exponentially distributed. The hook sleeps, so that workers do not compete for
CPU. What is measured stands beside a simulation of one queue, first come first served, before so
many workers, of the very same arrivals and times; and beside Erlang's formula.
"""

import argparse
import asyncio
import heapq
import math
import random
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.arrivals import offer
from benchmarks.client import Exchange, ask_all
from benchmarks.contenders import Server, rbridge
from benchmarks.slow import MERGE_OFF, slow_model

LOADS = (0.5, 0.7, 0.8, 0.9)
CALIBRATION = 400
WARM = 0.1  # of the requests, which find an emptier queue than later ones


@dataclass(frozen=True)
class Costs:
    """Seconds beside the hook's: of which a worker is ``busy``, and ``apart`` from it."""

    busy: float
    apart: float


def main() -> None:
    """Prints a table."""
    plan = _plan()
    print("| workers | times | load | mean | p50 | p99 | Erlang's mean |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        model = slow_model(Path(folder) / "slow", MERGE_OFF)
        for workers in plan.workers:
            command = rbridge(model, "--workers", str(workers))
            with Server(command, plan.port, _exchange(0)):
                costs = uvloop.run(_costs(plan, workers))
                for kind in ("fixed", "exponential"):
                    for load in LOADS:
                        _line(plan, workers, kind, load, costs)


def _plan() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.queueing", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--requests", type=int, default=4000, help="at each load")
    parser.add_argument("--ms", type=float, default=5.0, help="that the hook takes, mean")
    parser.add_argument("--port", type=int, default=4514)
    return parser.parse_args()


def _exchange(milliseconds: float) -> Exchange:
    return Exchange(b'{"ms":%.4f}' % milliseconds, b'{"predictions":[1.0]}')


async def _costs(plan: argparse.Namespace, workers: int) -> Costs:
    """What a request takes beside its hook, with no other and with enough to keep all busy."""
    clock = asyncio.get_running_loop().time
    asked = [_exchange(plan.ms)] * CALIBRATION
    await ask_all(plan.port, asked, workers)  # to warm up
    began = clock()
    await ask_all(plan.port, asked, 1)
    alone = (clock() - began) / CALIBRATION
    began = clock()
    await ask_all(plan.port, asked * workers, 3 * workers)
    busy = (clock() - began) / CALIBRATION
    return Costs(busy - plan.ms / 1e3, max(alone - busy, 0.0))


def _line(plan: argparse.Namespace, workers: int, kind: str, load: float, costs: Costs) -> None:
    chance = random.Random(f"{workers}{kind}{load}")
    mean = plan.ms / 1e3
    rate = load * workers / (mean + costs.busy)
    arrivals, times, now = [], [], 0.0
    for _ in range(plan.requests):
        now += chance.expovariate(rate)
        arrivals.append(now)
        times.append(mean if kind == "fixed" else chance.expovariate(1 / mean))
    asked = ((at, _exchange(1e3 * time).request) for at, time in zip(arrivals, times, strict=True))
    told = uvloop.run(offer(plan.port, asked))
    if any(answer.status != 200 for answer in told):
        raise RuntimeError("a request failed")
    busy = [time + costs.busy for time in times]
    expected = [wait + costs.apart for wait in simulated(arrivals, busy, workers)]
    found = _figures([answer.seconds for answer in told])
    theory = _figures(expected)
    pairs = zip(found, theory, strict=True)
    cells = [f"{1e3 * a:.2f} / {1e3 * b:.2f} = {a / b:.2f}" for a, b in pairs]
    erlang = erlang_mean(rate, mean + costs.busy, workers) + costs.apart
    formula = f"{1e3 * erlang:.2f}" if kind == "exponential" else ""
    print(f"| {workers} | {kind} | {load} | {' | '.join(cells)} | {formula} |", flush=True)


def _figures(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Mean, median and 99th percentile of those that came when the queue was settled."""
    settled = sorted(seconds[int(WARM * len(seconds)) :])
    return statistics.mean(settled), percentile(settled, 0.5), percentile(settled, 0.99)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that so large a share of ``ordered`` does not exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def simulated(arrivals: Sequence[float], times: Sequence[float], workers: int) -> list[float]:
    """Seconds from each arrival to its end: one queue, first come first served."""
    free = [0.0] * workers
    spent = []
    for arrival, time in zip(arrivals, times, strict=True):
        end = max(arrival, heapq.heappop(free)) + time
        heapq.heappush(free, end)
        spent.append(end - arrival)
    return spent


def erlang_mean(rate: float, time: float, workers: int) -> float:
    """Mean seconds in a system M/M/c, by Erlang's formula C."""
    load = rate * time
    terms = [load**k / math.factorial(k) for k in range(workers)]
    last = load**workers / math.factorial(workers) / (1 - load / workers)
    waits = last / (sum(terms) + last)
    return time + waits * time / (workers - load)


if __name__ == "__main__":
    main()
