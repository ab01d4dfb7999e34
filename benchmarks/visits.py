"""visits: each server is started with each model, and asked by wrk in several ways.

Rounds are interleaved: what a shared machine does to one, it does to all.
"""

import resource
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import Case
from benchmarks.costs import Meter
from benchmarks.lineup import PLUMBER, SERVICE, STARLETTE, Entrant, Started
from benchmarks.wrk import Load, drive

WARM_UP = 16  # connections, for a second
Row = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """``seconds`` of each run of wrk; ``scratch`` is a folder of the run's."""

    port: int
    seconds: int
    rounds: int
    scratch: Path
    say: Say


@dataclass(frozen=True)
class Way:
    """So many records a request, over so many connections."""

    records: int
    connections: int


SINGLE = (*(Way(1, connections) for connections in (1, 4, 16, 64, 256)), Way(100, 16))
ONE_RECORD = tuple(way for way in SINGLE if way.records == 1)
BY_MODEL = (Way(1, 1), Way(1, 64), Way(100, 16))
MODELLED = (SERVICE, STARLETTE, PLUMBER)


def single(plan: Plan, entrants: Iterable[Entrant], case: Case) -> list[Row]:
    """All servers, one model: single records, and a hundred a request."""
    return [
        row
        for number in range(plan.rounds)
        for entrant in entrants
        for row in _visit(plan, number, entrant, case, ONE_RECORD if entrant.constant else SINGLE)
    ]


def models(plan: Plan, entrants: Sequence[Entrant], cases: Sequence[Case]) -> list[Row]:
    """Those servers that are not asked with every model are left out."""
    return [
        row
        for number in range(plan.rounds)
        for case in cases
        for entrant in MODELLED
        if entrant in entrants
        for row in _visit(plan, number, entrant, case, BY_MODEL)
    ]


def _visit(
    plan: Plan, number: int, entrant: Entrant, case: Case, ways: Sequence[Way]
) -> Iterable[Row]:
    with Started(entrant, case, plan.port, plan.scratch) as server:
        path = entrant.dialect.path
        drive(plan.port, WARM_UP, 1, server.asked(1), path)
        for way in ways:
            server.settle()
            exchange = server.asked(way.records)
            meter = Meter(server.pid, _of_children())
            load = drive(plan.port, way.connections, plan.seconds, exchange, path)
            row = {
                "round": number,
                "entrant": entrant.key,
                "case": case.key,
                "records": way.records,
                "connections": way.connections,
                **_told(load),
                **meter.read(load.requests, _of_children()),
                "start_s": round(server.start_seconds, 3),
            }
            plan.say(_line(row))
            yield row


def _told(load: Load) -> Row:
    return {"per_second": round(load.per_second, 1), **load._asdict()}


def _of_children() -> float:
    """CPU seconds of wrk; of servers too, but of none that still runs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _line(row: Row) -> str:
    return (
        f"{row['case']:12} {row['entrant']:10} {row['records']:3} records "
        f"{row['connections']:3} connections {row['per_second']:9.1f}/s "
        f"median {row['p50_us'] / 1000:8.2f} ms  CPU {row['front_us']:.0f} + "
        f"{row['children_us']:.0f} us  wrong {row['wrong']} failed {row['failed']}  "
        f"others' CPU {row['others_cpu']:.0%}"
    )
