"""tables: the results of ``benchmarks.compare`` as Markdown, for ``docs/performance.md``. Pure."""

import statistics
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.cases import TITLES as CASES
from benchmarks.fleet import Cost, capacity, fronts_needed, instances, invocations_per_instance
from benchmarks.lineup import TITLES

AT = 64
CORES = (2, 4, 16, 64)
Results = dict[str, Any]
Rows = list[dict[str, Any]]
_CSV_TITLES = {**TITLES, "predict": "predict() alone, in memory"}


def markdown(results: Results) -> str:
    """All tables of what was measured so far."""
    made = {
        "single": (_throughput, _latency, _hundred, _ratios, _costs),
        "models": (_models,),
        "csv": (_csv,),
        "rates": (_rates, _clients),
    }
    parts = [_conditions(results)]
    parts += [make(results) for part, makers in made.items() if part in results for make in makers]
    if "single" in results:
        parts += [_merging(results), _cores(results), _fleet(results)]
    return "\n\n".join(parts) + "\n"


def all_right(results: Results) -> bool:
    """True if no answer was wrong or missing."""
    rows: Iterable[dict[str, Any]] = (
        row for part in ("single", "models", "csv", "rates") for row in results.get(part, [])
    )
    return not any(row.get("wrong", 0) or row.get("failed", 0) for row in rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    """The first column is text, the others are numbers."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])


def _conditions(results: Results) -> str:
    ran = results["machine"]
    names = ("R", "python", "starlette", "uvicorn", "plumber", "bentoml", "mlserver", "rpy2")
    others = [row["others_cpu"] for part in ("single", "models") for row in results.get(part, [])]
    noise = f" Others used {_median(others):.0%} of the CPU (median; at most {max(others):.0%})."
    missing = "".join(f" Left out: {name} ({why})." for name, why in results["missing"].items())
    wrong = "No answer was wrong or missing." if all_right(results) else "SOME ANSWERS WERE WRONG."
    return (
        f"{ran['cpu']}, {ran['memory']}, {ran['system']}; "
        + ", ".join(f"{name} {ran[name]}" for name in names)
        + f".{noise if others else ''}{missing} {wrong}"
    )


def median(table: Rows, figure: str, **where: Any) -> float:
    """Over the rounds, of the rows that are so; NaN if there are none."""
    found = [r[figure] for r in table if all(r.get(k) == v for k, v in where.items())]
    return _median(found)


def _median(values: list[float]) -> float:
    return statistics.median(values) if values else float("nan")


def _entrants(rows: Rows) -> list[str]:
    return list(dict.fromkeys(row["entrant"] for row in rows))


def _connections(rows: Rows) -> list[int]:
    return sorted({row["connections"] for row in rows if row["records"] == 1})


def _by_connections(
    results: Results, what: str, figure: Callable[[str, int], str]
) -> tuple[list[str], list[list[str]]]:
    rows = results["single"]
    columns = _connections(rows)
    body = [[TITLES[e], *(figure(e, c) for c in columns)] for e in _entrants(rows)]
    return [what, *map(str, columns)], body


def _throughput(results: Results) -> str:
    def figure(entrant: str, connections: int) -> str:
        where = {"entrant": entrant, "connections": connections, "records": 1}
        return f"{median(results['single'], 'per_second', **where):,.0f}"

    return table(*_by_connections(results, "single records: requests/s, by connections", figure))


def _latency(results: Results) -> str:
    def figure(entrant: str, connections: int) -> str:
        where = {"entrant": entrant, "connections": connections, "records": 1}
        p50, p99 = (median(results["single"], name, **where) / 1e3 for name in ("p50_us", "p99_us"))
        return f"{p50:.2f} / {p99:.1f}"

    title = "latency in ms, median / p99, closed loop"
    head, body = _by_connections(results, title, figure)
    floors, empty = results["floors"]["marathon"], [""] * (len(head) - 2)
    body.append(["R's own loop: hooks and predict()", f"{floors['1'] / 1e3:.2f}", *empty])
    body.append(["R's own loop: predict() alone", f"{floors['predict'] / 1e3:.2f}", *empty])
    return table(head, body)


def _ratios(results: Results) -> str:
    """This service to the others, round by round: median, least and most."""
    rows = [row for row in results["single"] if row["records"] == 1]
    columns = _connections(rows)
    body = [
        [f"this service / {TITLES[other]}", *(_ratio(rows, other, c) for c in columns)]
        for other in _entrants(rows)
        if other != "service"
    ]
    return table(["requests/s, by connections", *map(str, columns)], body)


def _ratio(rows: Rows, other: str, connections: int) -> str:
    def by_round(entrant: str) -> list[float]:
        mine = [r for r in rows if (r["entrant"], r["connections"]) == (entrant, connections)]
        return [row["per_second"] for row in sorted(mine, key=lambda row: row["round"])]

    pairs = zip(by_round("service"), by_round(other), strict=True)
    ratios = [mine / theirs for mine, theirs in pairs]
    return f"{_median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _hundred(results: Results) -> str:
    rows = [row for row in results["single"] if row["records"] == 100]
    body = []
    for entrant in _entrants(rows):
        rate = median(rows, "per_second", entrant=entrant)
        p50, p99 = (median(rows, name, entrant=entrant) / 1e3 for name in ("p50_us", "p99_us"))
        body.append(
            [TITLES[entrant], f"{rate:,.0f}", f"{100 * rate:,.0f}", f"{p50:.1f} / {p99:.1f}"]
        )
    head = ["100 records a request, 16 connections", "requests/s", "records/s", "ms, median / p99"]
    return table(head, body)


def _costs(results: Results) -> str:
    rows = results["single"]
    body = []
    for entrant in _entrants(rows):
        where = {"entrant": entrant, "connections": AT, "records": 1}
        front, others = (median(rows, n, **where) for n in ("front_us", "children_us"))
        memory = sum(median(rows, n, **where) for n in ("front_mib", "children_mib"))
        start = median(rows, "start_s", **where)
        cpu = [f"{front:,.0f}", f"{others:,.0f}" if others else "", f"{front + others:,.0f}"]
        body.append([TITLES[entrant], *cpu, f"{memory:,.0f}", f"{start:.2f}"])
    head = [
        f"cost at {AT} connections",
        "CPU µs per request, first process",
        "its children",
        "together",
        "memory MiB",
        "start to first right answer, s",
    ]
    return table(head, body)


def _models(results: Results) -> str:
    rows, body = results["models"], []
    for case in dict.fromkeys(row["case"] for row in rows):
        floor = results["floors"][case]
        one, hundred = (1e6 / floor[n] for n in ("1", "100"))
        body.append([CASES[case], "R's own loop", f"{one:,.0f}", "", f"{hundred:,.0f}", ""])
        body += [["", TITLES[e], *_model_cells(rows, case, e)] for e in _entrants(rows)]
    head = ["model", "", "1 connection", "64 connections", "100 records, 16 connections"]
    return table([*head, "CPU µs per request, 64"], body)


def _model_cells(rows: Rows, case: str, entrant: str) -> list[str]:
    ways = ((1, 1), (1, 64), (100, 16))
    same = {"case": case, "entrant": entrant}
    rates = [median(rows, "per_second", records=n, connections=c, **same) for n, c in ways]
    cpu = sum(
        median(rows, name, records=1, connections=AT, **same)
        for name in ("front_us", "children_us")
    )
    return [*(f"{rate:,.0f}" for rate in rates), f"{cpu:,.0f}"]


def _csv(results: Results) -> str:
    rows = results["csv"]
    columns = sorted({row["rows"] for row in rows})
    alone = {n: median(rows, "seconds", entrant="predict", rows=n) for n in columns}
    body = []
    for entrant in _entrants(rows):
        cells = [
            _csv_cell(median(rows, "seconds", entrant=entrant, rows=n), alone[n]) for n in columns
        ]
        body.append([_CSV_TITLES[entrant], *cells])
    return table(["seconds (to predict() alone), by rows", *(f"{n:,}" for n in columns)], body)


def _csv_cell(seconds: float, alone: float) -> str:
    return (
        f"{seconds:.4f} ({seconds / alone:.1f})"
        if seconds < 1
        else f"{seconds:.2f} ({seconds / alone:.1f})"
    )


def _rates(results: Results) -> str:
    body = []
    for row in results["rates"]:
        if row["share"]:
            cells = (row["latency_us"][name] / 1e3 for name in ("p50", "p90", "p99", "p999", "max"))
            told = [f"{row['share']:.0%}", f"{row['rate']:,.0f}", *(f"{ms:,.2f}" for ms in cells)]
            body.append([TITLES[row["entrant"]], *told])
    head = ["open loop, latency in ms", "of capacity", "requests/s", "median", "p90", "p99"]
    return table([*head, "p99.9", "most"], body)


def _clients(results: Results) -> str:
    body = []
    for row in results["rates"]:
        if row["share"] in (0, 0.9):
            way = f"{row['share']:.0%}" if row["share"] else "closed loop, 64"
            rate = f"{row['per_second']:,.0f}"
            late = f"{row['late_us'] / 1e3:.2f}" if row["share"] else ""
            body.append([TITLES[row["entrant"]], way, rate, f"{row['client_us']:.0f}", late])
    head = ["the client itself", "load", "answers/s", "its CPU µs per request", "late, p99 ms"]
    return table(head, body)


def costs(results: Results, connections: int = AT) -> Cost:
    """What a request costs this service, at so many connections to the machine measured."""
    where = {"entrant": "service", "records": 1, "connections": connections}
    return Cost(*(median(results["single"], n, **where) for n in ("front_us", "children_us")))


def _merging(results: Results) -> str:
    body = []
    for connections in _connections(results["single"]):
        cost = costs(results, connections)
        cells = (f"{cost.front:.0f}", f"{cost.r:.0f}", f"{cost.total:.0f}")
        body.append([str(connections), *cells, f"{capacity(cost, 1):,.0f}"])
    head = ["connections", "front µs", "R µs", "together µs", "requests/s and core, at most"]
    return table(head, body)


def _cores(results: Results) -> str:
    body = []
    for connections in (1, AT):
        cost = costs(results, connections)
        for cores in CORES:
            fronts = fronts_needed(cost, cores)
            cells = [f"{capacity(cost, cores, n):,.0f}" for n in (1, fronts)]
            way = "as at 1 connection" if connections == 1 else f"merged as at {AT} connections"
            body.append([f"{cores} cores, {way}", cells[0], str(fronts), cells[1]])
    return table(["requests/s at most", "one front", "fronts needed", "with so many"], body)


def _fleet(results: Results) -> str:
    cost, body = costs(results, 1), []
    for cores in CORES:
        target = invocations_per_instance(cost, cores)
        counts = [str(instances(rate, cost, cores)) for rate in (1_000, 10_000, 100_000)]
        body.append([f"{cores} cores", f"{target:,.0f}", *counts])
    head = ["instance", "target: invocations per instance and minute"]
    return table([*head, *(f"instances for {n}/s" for n in ("1,000", "10,000", "100,000"))], body)
