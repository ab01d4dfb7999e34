"""report: what one run found, as data, as a Markdown table, and against what was promised."""

import platform
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.checks import DEADLINE, Hung, Killed
from benchmarks.client import Tally
from benchmarks.contenders import CONTENDERS
from benchmarks.throughput import CONNECTIONS, Cell, Plan
from benchmarks.truth import Floor

AT = 64
TITLES = {contender.key: contender.title for contender in CONTENDERS}


@dataclass(frozen=True)
class Results:
    """All that one run measured."""

    plan: Plan
    cells: list[Cell]
    floors: list[Floor]
    bodies: dict[str, Tally]
    starts: list[float]
    killed: Killed
    hung: Hung

    def of(self, contender: str, connections: int) -> list[Cell]:
        """The rounds of one contender, in order."""
        asked = (contender, connections)
        return [cell for cell in self.cells if (cell.contender, cell.connections) == asked]

    def median(self, contender: str, connections: int, figure: str) -> float:
        """The median over the rounds of one figure of the cells."""
        values: list[float] = [getattr(c, figure) for c in self.of(contender, connections)]
        return statistics.median(values)

    def ratio(self, other: str, connections: int) -> tuple[float, float, float]:
        """Service to ``other``: of the medians, and the least and most of any one round."""
        pairs = zip(self.of("service", connections), self.of(other, connections), strict=True)
        rounds = [mine.per_second / theirs.per_second for mine, theirs in pairs]
        mine = self.median("service", connections, "per_second")
        theirs = self.median(other, connections, "per_second")
        return mine / theirs, min(rounds), max(rounds)

    @property
    def predict_ms(self) -> float:
        """predict() of one row in a plain R loop."""
        return statistics.median(floor.predict_us for floor in self.floors) / 1000

    @property
    def with_hooks_ms(self) -> float:
        """The hooks and predict() of one row in a plain R loop."""
        return statistics.median(floor.with_hooks_us for floor in self.floors) / 1000

    @property
    def all_right(self) -> bool:
        """True if no answer of the whole run was wrong or missing."""
        tallies = [*self.bodies.values(), self.killed.tally, self.hung.others, self.hung.pings]
        return all(tally.clean for tally in tallies) and not _bad(self.cells)


def _bad(cells: list[Cell]) -> int:
    return sum(cell.wrong + cell.failed for cell in cells)


@dataclass(frozen=True)
class Promise:
    """One line of what the service must show."""

    what: str
    bound: str
    measured: str
    kept: bool


def promises(results: Results) -> list[Promise]:
    """What is promised, what was measured."""
    killed, hung = results.killed, results.hung
    start = statistics.median(results.starts)
    return [
        _throughput(results, "empty", 1.3),
        _throughput(results, "in_process", 12),
        _throughput(results, "plumber", 80),
        Promise(
            f"answers at {AT} connections, all contenders",
            "0 wrong or failed",
            f"{_bad([c for c in results.cells if c.connections == AT])}",
            not _bad([c for c in results.cells if c.connections == AT]),
        ),
        _median(results),
        _p99(results),
        Promise(
            f"{killed.tally.asked} requests while {killed.kills} workers are killed",
            "0 wrong or failed",
            f"{killed.tally.wrong} wrong, {killed.tally.failed} failed",
            killed.tally.clean and killed.kills > 0,
        ),
        Promise(
            f"a hook that hangs, deadline {DEADLINE:g} s",
            f"504 at {DEADLINE:g} s",
            f"{hung.status} at {hung.seconds:.2f} s",
            hung.status == 504 and DEADLINE <= hung.seconds < DEADLINE + 0.5,
        ),
        Promise(
            f"{hung.others.asked} requests beside it",
            "0 wrong or failed",
            f"{hung.others.wrong} wrong, {hung.others.failed} failed",
            hung.others.clean,
        ),
        Promise(
            f"slowest of {hung.pings.asked} pings beside it",
            "< 100 ms",
            f"{1000 * hung.pings.slowest:.1f} ms",
            hung.pings.clean and hung.pings.slowest < 0.1,
        ),
        Promise("process start to first right answer", "< 1 s", f"{start:.2f} s", start < 1),
    ]


def _throughput(results: Results, other: str, least: float) -> Promise:
    ratio, low, high = results.ratio(other, AT)
    what = f"throughput at {AT} connections / {TITLES[other]}"
    return Promise(what, f">= {least:g}", f"{ratio:.2f} ({low:.2f} to {high:.2f})", ratio >= least)


def _median(results: Results) -> Promise:
    median = results.median("service", 1, "p50_us") / 1000
    bound = results.with_hooks_ms + 0.25
    return Promise(
        f"median latency of one connection; R's own loop takes {results.with_hooks_ms:.2f} ms",
        f"<= {bound:.2f} ms",
        f"{median:.2f} ms",
        median <= bound,
    )


def _p99(results: Results) -> Promise:
    p50, p99 = (results.median("service", 1, figure) for figure in ("p50_us", "p99_us"))
    what = "p99 of one connection / its median"
    return Promise(what, "<= 3", f"{p99 / p50:.1f}", p99 <= 3 * p50)


def markdown(results: Results) -> str:
    """What it ran on, and the tables of one run."""
    tables = (
        _throughput_table(results),
        _latency_table(results),
        _cost_table(results),
        _bodies_table(results),
        _promise_table(results),
    )
    return "\n\n".join([_conditions(results), *(_table(head, rows) for head, rows in tables)])


def _conditions(results: Results) -> str:
    ran, plan = machine(), results.plan
    others = [cell.others_cpu for cell in results.cells]
    versions = ", ".join(f"{name} {ran[name]}" for name in ("R", "python", "starlette", "plumber"))
    return (
        f"{ran['cpu']}, {ran['memory']}, {ran['system']}; {versions}. {plan.rounds} rounds of "
        f"{plan.seconds} s. Others on the machine used {statistics.median(others):.0%} of its CPU "
        f"(median of all runs; at most {max(others):.0%})."
    )


_Table = tuple[list[str], list[list[str]]]


def _table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])


def _by_connections(what: str, cell: Callable[[str, int], str]) -> _Table:
    head = [what, *(str(connections) for connections in CONNECTIONS)]
    return head, [
        [title, *(cell(key, connections) for connections in CONNECTIONS)]
        for key, title in TITLES.items()
    ]


def _throughput_table(results: Results) -> _Table:
    def median(key: str, connections: int) -> str:
        return f"{results.median(key, connections, 'per_second'):,.0f}"

    def ratio(other: str, connections: int) -> str:
        return "{:.2f} ({:.2f} to {:.2f})".format(*results.ratio(other, connections))

    head, rows = _by_connections("requests/s, by connections", median)
    for key, title in TITLES.items():
        if key != "service":
            rows.append([f"this service / {title}", *(ratio(key, c) for c in CONNECTIONS)])
    return head, rows


def _latency_table(results: Results) -> _Table:
    def latency(key: str, connections: int) -> str:
        p50 = results.median(key, connections, "p50_us") / 1000
        p99 = results.median(key, connections, "p99_us") / 1000
        return f"{p50:.2f} / {p99:.1f}"

    head, rows = _by_connections("latency in ms, median / p99", latency)
    empty = [""] * (len(CONNECTIONS) - 1)
    rows.append(["predict() in an R loop", f"{results.predict_ms:.2f}", *empty])
    rows.append(["predict() and hooks in an R loop", f"{results.with_hooks_ms:.2f}", *empty])
    return head, rows


def _cost_table(results: Results) -> _Table:
    head = [
        f"cost at {AT} connections",
        "CPU µs per request, front",
        "CPU µs per request, R processes",
        "memory MiB, front",
        "memory MiB, R processes",
    ]
    figures = (("cpu_us", 0), ("children_cpu_us", 0), ("pss_mib", 0), ("children_pss_mib", 0))
    rows = []
    for key, title in TITLES.items():
        values = [f"{results.median(key, AT, name):,.{n}f}" for name, n in figures]
        rows.append([title, *(value if value != "0" else "" for value in values)])
    return head, rows


def _bodies_table(results: Results) -> _Table:
    head = ["varied records, 32 connections", "asked", "wrong", "failed"]
    return head, [
        [TITLES[key], str(tally.asked), str(tally.wrong), str(tally.failed)]
        for key, tally in results.bodies.items()
    ]


def _promise_table(results: Results) -> _Table:
    head = ["promised", "bound", "measured", "kept"]
    return head, [
        [p.what, p.bound, p.measured, "yes" if p.kept else "NO"] for p in promises(results)
    ]


def as_json(results: Results) -> dict[str, Any]:
    """Everything, for a file; names no place of the machine."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "plan": {k: v for k, v in asdict(results.plan).items() if k != "port"},
        "medians": {
            key: {str(c): results.median(key, c, "per_second") for c in CONNECTIONS}
            for key in TITLES
        },
        "ratios": {
            key: {str(c): [round(x, 3) for x in results.ratio(key, c)] for c in CONNECTIONS}
            for key in TITLES
            if key != "service"
        },
        "promises": [asdict(promise) for promise in promises(results)],
        "predict_ms": results.predict_ms,
        "with_hooks_ms": results.with_hooks_ms,
        "bodies": {key: asdict(tally) for key, tally in results.bodies.items()},
        "starts_s": [round(seconds, 3) for seconds in results.starts],
        "killed": asdict(results.killed),
        "hung": asdict(results.hung),
        "runs": [asdict(cell) for cell in results.cells],
    }


def machine() -> dict[str, str]:
    """What it ran on."""
    cpu = Path("/proc/cpuinfo").read_text()
    memory = Path("/proc/meminfo").read_text().split("\n", 1)[0].split()[1]
    model = [line.partition(":")[2].strip() for line in cpu.splitlines() if "model name" in line]
    r = ["Rscript", "-e", 'cat(format(getRversion()), format(packageVersion("plumber")))']
    r_version, plumber = subprocess.run(
        r, capture_output=True, text=True, check=True
    ).stdout.split()
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout
    return {
        "cpu": f"{len(model)} x {model[0] if model else platform.machine()}",
        "memory": f"{int(memory) / 2**20:.1f} GiB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.release()}",
        "python": platform.python_version(),
        "R": r_version,
        "plumber": plumber,
        "starlette": version("starlette"),
        "uvicorn": version("uvicorn"),
        "wrk": " ".join(wrk.split()[1:2]),
    }
