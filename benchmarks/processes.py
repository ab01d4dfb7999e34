"""processes: a request's cost with one process and with two: ``python -m benchmarks.processes``.

Two are asked by twice as many clients, so that each has what the one had; and by as many, so
that each has half, and a call of R half as many requests. Clients ask as fast as they can, and
two processes compete with wrk for the cores of a small machine; or they pause, and there is a
core for each. CPU is user and system time from /proc. The cases take turns, and ratios are
taken round by round: the machine's speed drifts.
"""

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks.client import Exchange
from benchmarks.contenders import MODEL, Server, rbridge
from benchmarks.procfs import cpu_seconds, pss_mib, tree
from benchmarks.truth import exchanges
from benchmarks.wrk import CHECK, PAUSE, drive

PORT = 4514
CONNECTIONS = 64
_ESTABLISHED = "01"


class Case(NamedTuple):
    """Each process has one worker."""

    processes: int
    connections: int
    how: Path

    def __str__(self) -> str:
        clients = f"{self.connections} clients{' that pause' if self.how == PAUSE else ''}"
        return f"{self.processes} process{'es' if self.processes > 1 else ''}, {clients}"


class Run(NamedTuple):
    """CPU in microseconds per request; memory in MiB; ``clients`` of each front."""

    per_second: float
    wrong: int
    front: float
    r: float
    memory: float
    clients: list[int]

    @property
    def cpu(self) -> float:
        return self.front + self.r


CASES = tuple(
    Case(processes, connections, how)
    for how in (CHECK, PAUSE)
    for processes, connections in ((1, CONNECTIONS), (2, 2 * CONNECTIONS), (2, CONNECTIONS))
)


def main() -> None:
    """Prints every run, and the ratios to one process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    given = parser.parse_args()
    known = exchanges(1)[0]
    rounds = []
    for i in range(given.rounds):
        turn = CASES if i % 2 else CASES[::-1]
        rounds.append({case: _measured(case, given.seconds, known) for case in turn})
    for case in CASES:
        print(_summary(case, rounds))


def _measured(case: Case, seconds: int, known: Exchange) -> Run:
    count = str(case.processes)
    command = rbridge(MODEL, "--processes", count, "--workers", count)
    with Server(command, PORT, known) as server, ThreadPoolExecutor(1) as pool:
        drive(PORT, case.connections, 2, known, how=case.how)
        pids = tree(server.pid)
        fronts = [pid for pid in pids if _name(pid) == "rbridge-front"] or [server.pid]
        before = {pid: cpu_seconds(pid) for pid in pids}
        load = pool.submit(drive, PORT, case.connections, seconds, known, how=case.how)
        time.sleep(seconds / 2)
        clients = [_clients(pid) for pid in fronts]
        memory = sum(map(pss_mib, pids))
        seen = load.result()
        used = {pid: 1e6 * (cpu_seconds(pid) - before[pid]) / seen.requests for pid in pids}
    front = sum(used[pid] for pid in fronts)
    wrong = seen.wrong + seen.failed
    run = Run(seen.per_second, wrong, front, sum(used.values()) - front, memory, clients)
    print(f"{case}: {_told(run)}; clients {clients}; wrong or failed {wrong}", flush=True)
    return run


def _summary(case: Case, rounds: list[dict[Case, Run]]) -> str:
    """Medians, and the ratio of CPU per request with its range."""
    runs = [each[case] for each in rounds]
    medians = Run(*(statistics.median([run[i] for run in runs]) for i in range(5)), [])
    one = Case(1, CONNECTIONS, case.how)
    ratios = [each[case].cpu / each[one].cpu for each in rounds]
    ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return f"median of {case}: {_told(medians)}; CPU {ratio} times that of one process"


def _told(run: Run) -> str:
    return (
        f"{run.per_second:.0f}/s, CPU a request {run.cpu:.1f} us "
        f"(front {run.front:.1f}, R {run.r:.1f}), {run.memory:.0f} MiB"
    )


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()


def _clients(pid: int) -> int:
    """How many are connected to this process."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    port = f":{PORT:04X}"
    ours = {f"socket:[{f[9]}]" for f in fields if f[1].endswith(port) and f[3] == _ESTABLISHED}
    held = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()}
    return len(ours & held)


if __name__ == "__main__":
    main()
