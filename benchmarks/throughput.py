"""throughput: rounds over all contenders, interleaved, so that noise meets all alike.

A shared machine's speed drifts. What is measured within the same half minute can be
compared: each round runs every contender, and ratios are taken round by round as well.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import procfs
from benchmarks.client import Exchange
from benchmarks.contenders import CONTENDERS, Contender, Server
from benchmarks.truth import Floor, floor
from benchmarks.wrk import Load, drive

CONNECTIONS = (1, 8, 64, 256)


@dataclass(frozen=True)
class Plan:
    """How long and how often; ``seconds`` and ``warmup`` are of each run of wrk."""

    port: int
    seconds: int
    warmup: int
    rounds: int


@dataclass(frozen=True)
class Cell:
    """One run of wrk against one contender.

    CPU is microseconds per request, memory is proportional set size in MiB; each of the
    process that listens, and of all that it started. ``others_cpu`` is the share of the
    machine that neither the contender nor wrk used.
    """

    contender: str
    connections: int
    per_second: float
    requests: int
    wrong: int
    failed: int
    p50_us: int
    p99_us: int
    cpu_us: float
    children_cpu_us: float
    pss_mib: float
    children_pss_mib: float
    others_cpu: float


def measure(
    plan: Plan, known: Exchange, say: Callable[[str], None]
) -> tuple[list[Cell], list[Floor]]:
    """All cells, and R's own times, taken between those of one connection."""
    cells, floors = [], []
    for connections in CONNECTIONS:
        for _ in range(plan.rounds):
            if connections == 1:
                floors.append(floor())
            for contender in CONTENDERS:
                cell = _cell(plan, contender, connections, known)
                cells.append(cell)
                say(_line(cell))
    return cells, floors


def _cell(plan: Plan, contender: Contender, connections: int, known: Exchange) -> Cell:
    with Server(contender.command, plan.port, known) as server:
        drive(plan.port, connections, plan.warmup, known)
        server.settle()
        before = _Usage(server.pid)
        load = drive(plan.port, connections, plan.seconds, known)
        return _used(contender, connections, load, before, _Usage(server.pid))


class _Usage:
    """CPU seconds and memory at one moment."""

    def __init__(self, root: int) -> None:
        pids = procfs.tree(root)
        self.time = time.perf_counter()
        self.machine = procfs.machine_cpu_seconds()
        self.root = procfs.cpu_seconds(root)
        self.children = sum(procfs.cpu_seconds(pid) for pid in pids[1:])
        wrk = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wrk = wrk.ru_utime + wrk.ru_stime
        self.root_pss = procfs.pss_mib(root)
        self.children_pss = sum(procfs.pss_mib(pid) for pid in pids[1:])


def _used(
    contender: Contender, connections: int, load: Load, before: _Usage, after: _Usage
) -> Cell:
    root, children = after.root - before.root, after.children - before.children
    ours = root + children + after.wrk - before.wrk
    capacity = (after.time - before.time) * (os.cpu_count() or 1)
    others = (after.machine - before.machine - ours) / capacity
    return Cell(
        contender=contender.key,
        connections=connections,
        per_second=round(load.per_second, 1),
        requests=load.requests,
        wrong=load.wrong,
        failed=load.failed,
        p50_us=load.p50_us,
        p99_us=load.p99_us,
        cpu_us=round(1e6 * root / max(load.requests, 1), 1),
        children_cpu_us=round(1e6 * children / max(load.requests, 1), 1),
        pss_mib=round(after.root_pss, 1),
        children_pss_mib=round(after.children_pss, 1),
        others_cpu=round(max(others, 0.0), 3),
    )


def _line(cell: Cell) -> str:
    return (
        f"{cell.connections:4} connections  {cell.contender:10} {cell.per_second:9.1f}/s  "
        f"median {cell.p50_us / 1000:9.3f} ms  wrong {cell.wrong}  failed {cell.failed}  "
        f"others' CPU {cell.others_cpu:.0%}"
    )
