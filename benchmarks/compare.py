"""compare: every server, every workload: ``scripts/bench --all``, some twenty minutes.

``--only PART`` measures one part anew; the file of results keeps the others. ``--more`` adds
rounds to what it has. ``--print`` measures nothing: it writes tables and plots of what is there.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import cases, environments, report, tables, truth
from benchmarks.lineup import LINEUP, Entrant
from benchmarks.rates import rates
from benchmarks.run import stop
from benchmarks.sizes import ROWS, sizes
from benchmarks.visits import Plan, models, single

RESULTS = Path("benchmarks/results")
FILE = RESULTS / "compare.json"
PARTS = ("single", "models", "csv", "rates")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Given:
    """What was asked for on the command line."""

    parts: Sequence[str]
    more: bool
    measure: bool
    port: int
    seconds: int
    rounds: int
    rows: int


def main() -> int:
    """Status 1 if any answer was wrong or missing."""
    signal.signal(signal.SIGTERM, stop)
    given = _given()
    results: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    if given.measure:
        _measure(given, results)
        FILE.write_text(json.dumps(results, indent=1) + "\n")
    (RESULTS / "compare.md").write_text(tables.markdown(results))
    print(tables.markdown(results))
    _draw()
    return 0 if tables.all_right(results) else 1


def _given() -> Given:
    parser = argparse.ArgumentParser(prog="scripts/bench --all", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="these parts; else all")
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--print", action="store_true", dest="printed")
    parser.add_argument("--port", type=int, default=4521)
    parser.add_argument("--seconds", type=int, default=2, help="of each run of wrk")
    parser.add_argument("--rounds", type=int, default=3, help="of the parts single and models")
    parser.add_argument("--rows", type=int, default=ROWS[-1], help="of the longest CSV")
    got = parser.parse_args()
    parts = got.only or PARTS
    return Given(parts, got.more, not got.printed, got.port, got.seconds, got.rounds, got.rows)


def _measure(given: Given, results: dict[str, Any]) -> None:
    entrants, missing = _installed()
    results["missing"] = missing
    results["machine"] = {**report.machine(), **_rivals()}
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(given.port, given.seconds, given.rounds, Path(folder), _say)
        for part in given.parts:
            _say(f"== {part}")
            rows = _MEASURES[part](plan, entrants, given, results)
            results[part] = _with_earlier(results.get(part, []), rows) if given.more else rows
            results.setdefault("when", {})[part] = datetime.now(UTC).isoformat(timespec="minutes")


def _installed() -> tuple[list[Entrant], dict[str, str]]:
    """Those that can be started, and why the others cannot."""
    failed = {name: environments.install(name) for name in environments.NAMES}
    entrants = [entrant for entrant in LINEUP if not failed.get(entrant.environment)]
    missing = {e.title: failed[e.environment] for e in LINEUP if e not in entrants}
    return entrants, missing


def _rivals() -> dict[str, str]:
    pinned = {"bentoml": "bentoml", "mlserver": "mlserver", "rpy2": "starlette"}
    return {package: environments.version(name, package) for package, name in pinned.items()}


def _with_earlier(earlier: Rows, rows: Rows) -> Rows:
    """Rounds are numbered on."""
    first = 1 + max((row["round"] for row in earlier), default=-1)
    return earlier + [{**row, "round": row["round"] + first} for row in rows]


def _single(plan: Plan, entrants: list[Entrant], given: Given, results: dict[str, Any]) -> Rows:
    predict, hooks = truth.floor()
    results.setdefault("floors", {})["marathon"] = {"predict": predict, "1": hooks}
    return single(plan, entrants, cases.marathon())


def _models(plan: Plan, entrants: list[Entrant], given: Given, results: dict[str, Any]) -> Rows:
    fitted = [cases.fitted(key, plan.scratch) for key in cases.FITTED]
    found = models(plan, entrants, fitted)
    floors = {case.key: {str(n): case.floor_us(n) for n in (1, 100)} for case in fitted}
    results.setdefault("floors", {}).update(floors)
    return found


def _csv(plan: Plan, entrants: list[Entrant], given: Given, results: dict[str, Any]) -> Rows:
    return sizes(plan, entrants, given.rows)


def _rates(plan: Plan, entrants: list[Entrant], given: Given, results: dict[str, Any]) -> Rows:
    return rates(plan, entrants, cases.marathon())


_MEASURES: dict[str, Callable[[Plan, list[Entrant], Given, dict[str, Any]], Rows]] = {
    "single": _single,
    "models": _models,
    "csv": _csv,
    "rates": _rates,
}


def _draw() -> None:
    """By matplotlib, which has an environment of its own."""
    if failure := environments.install("plot"):
        _say(f"no plots: {failure}")
        return
    subprocess.run([environments.python("plot"), "-m", "benchmarks.draw", str(FILE)], check=True)
    _say(f"Written: {FILE}, {RESULTS}/compare.md, {RESULTS}/*.svg")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
