"""late: more than can be answered before the deadline is asked: ``python -m benchmarks.late``.

Requests come at random, three times as many as two workers can answer, whose hook takes 50 ms.
"""

import argparse
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import uvloop

from benchmarks.arrivals import offer
from benchmarks.client import Exchange
from benchmarks.contenders import Server, rbridge
from benchmarks.slow import MERGE_OFF, slow_model

WORKERS, MS, DEADLINE, PORT = 2, 50.0, 2.0, 4517


def main() -> None:
    """Prints what became of them."""
    plan = _plan()
    options = ("--workers", str(WORKERS), "--deadline", str(DEADLINE))
    best = 1e3 * WORKERS / MS
    with tempfile.TemporaryDirectory() as folder:
        command = rbridge(slow_model(Path(folder) / "slow", MERGE_OFF), *options)
        with Server(command, PORT, Exchange(b'{"ms":1}', b'{"predictions":[1.0]}')) as server:
            told = uvloop.run(offer(PORT, _arrivals(plan.times * best, plan.seconds)))
            killed = server.told().count("is killed")
    statuses = Counter(answer.status for answer in told)
    refused = [answer.seconds for answer in told if answer.status == 503] or [0.0]
    rate = statuses[200] / (plan.seconds + DEADLINE)
    print(f"{dict(statuses)}: {rate:.1f} answers/s of {best:.1f}; {killed} workers killed;")
    print(f"refused after {1e3 * statistics.median(refused):.1f} ms (median)")


def _plan() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.late", description=__doc__)
    parser.add_argument("--times", type=float, default=3.0, help="as many as can be answered")
    parser.add_argument("--seconds", type=float, default=10.0)
    return parser.parse_args()


def _arrivals(rate: float, seconds: float) -> Iterator[tuple[float, bytes]]:
    chance, now = random.Random(1), 0.0
    while now < seconds:
        yield now, b'{"ms":%g}' % MS
        now += chance.expovariate(rate)


if __name__ == "__main__":
    main()
