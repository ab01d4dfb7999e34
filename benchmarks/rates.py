"""rates: latency at a constant rate of requests, a part of what each server can answer.

What it can answer is measured first, by the same client, with as many requests out as that
has connections: so the client's own need of CPU is the same in both.
"""

from collections.abc import Iterable
from dataclasses import asdict
from time import process_time

from benchmarks.cases import Case
from benchmarks.costs import Meter
from benchmarks.lineup import Entrant, Started
from benchmarks.openloop import CONNECTIONS, Offered, Schedule, offer
from benchmarks.visits import Plan, Row

SHARES = (0.25, 0.5, 0.75, 0.9)
SECONDS = 5.0
CAPACITY_CONNECTIONS = 64
CAPACITY_SECONDS = 3.0


def rates(plan: Plan, entrants: Iterable[Entrant], case: Case) -> list[Row]:
    """A row for the capacity of each server, and one for each share of it."""
    rows = []
    for entrant in entrants:
        with Started(entrant, case, plan.port, plan.scratch) as server:
            _offer(plan, server, 0.0, 1.0)  # to warm up
            row = _offer(plan, server, 0.0, CAPACITY_SECONDS)
            rows.append({**row, "share": 0.0})
            for share in SHARES:
                rate = share * row["per_second"]
                rows.append({**_offer(plan, server, rate, SECONDS), "share": share})
                plan.say(_line(rows[-1]))
    return rows


def _offer(plan: Plan, server: Started, rate: float, seconds: float) -> Row:
    server.settle()
    connections = CONNECTIONS if rate else CAPACITY_CONNECTIONS
    exchange, path = server.asked(1), server.entrant.dialect.path
    meter = Meter(server.pid, process_time())
    found = offer(plan.port, path, exchange, Schedule(rate, seconds), connections)
    return {
        "entrant": server.entrant.key,
        "rate": round(rate, 1),
        "per_second": round(found.per_second, 1),
        **_rounded(found),
        **meter.read(found.requests, process_time()),
    }


def _rounded(found: Offered) -> Row:
    return {**asdict(found), "seconds": round(found.seconds, 2)}


def _line(row: Row) -> str:
    told = "  ".join(f"{name} {us / 1000:.2f}" for name, us in row["latency_us"].items())
    return (
        f"{row['entrant']:10} {row['share']:.0%} of capacity, {row['rate']:9.1f}/s  ms: {told}  "
        f"late {row['late_us'] / 1000:.2f}  wrong {row['wrong']} failed {row['failed']}"
    )
