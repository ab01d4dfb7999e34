"""run: the whole benchmark: ``python -m benchmarks.run``, which ``scripts/bench`` calls."""

import argparse
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from benchmarks import checks, plot, report, throughput, truth

RESULTS = Path("benchmarks/results")
RECORDS = 1000


def main() -> int:
    """Status 1 if any answer of the whole run was wrong or missing."""
    signal.signal(signal.SIGTERM, stop)
    plan = _plan()
    results = measure(plan)
    _write(results)
    print(f"\n{report.markdown(results)}\n")
    print(f"Written: {RESULTS}/latest.json, {RESULTS}/throughput.svg")
    return 0 if results.all_right else 1


def measure(plan: throughput.Plan) -> report.Results:
    """Everything, one thing after another."""
    _say("What R itself answers to single records")
    exchanges = truth.exchanges(RECORDS)
    _say("Starts")
    starts = checks.time_starts(plan.port, exchanges[0])
    cells, floors = throughput.measure(plan, exchanges[0], _say)
    _say("Varied records, every body compared")
    bodies = checks.check_bodies(plan.port, exchanges)
    _say("Workers killed")
    killed = checks.kill_workers(plan.port, exchanges)
    _say("A hook that hangs")
    hung = checks.hang_one(plan.port, exchanges)
    return report.Results(plan, cells, floors, bodies, starts, killed, hung)


def _plan() -> throughput.Plan:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--port", type=int, default=4511)
    parser.add_argument("--seconds", type=int, default=5, help="of each run of wrk")
    parser.add_argument("--warmup", type=int, default=1, help="seconds before each run")
    parser.add_argument("--rounds", type=int, default=3, help="over all contenders")
    given = parser.parse_args()
    return throughput.Plan(given.port, given.seconds, given.warmup, given.rounds)


def _write(results: report.Results) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.as_json(results), indent=1) + "\n"
    (RESULTS / "latest.json").write_text(text)
    (RESULTS / "throughput.svg").write_text(plot.svg(results))


def _say(text: str) -> None:
    print(text, flush=True)


def stop(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
