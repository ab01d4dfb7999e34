"""The front and a worker that has to wait for a core change places, if the front's idles."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.pool import cores
from bridge.pool.cores import MOST_LOOKS, SECONDS, Cores

WORKER, OTHER = 101, 102
LOOK = SECONDS * 1e9  # nanoseconds


class Machine:
    """Tells how long processes ran and waited, and notes who was told to change places."""

    def __init__(self, proc: Path) -> None:
        self._proc = proc
        self._now = 0.0
        self._spent = {pid: [0.0, 0.0] for pid in (os.getpid(), WORKER, OTHER)}
        self.exchanged: list[int] = []
        self.cores = Cores(lambda: [WORKER, OTHER])
        self.pass_by({})

    def pass_by(self, shares: dict[int, tuple[float, float]], looks: int = 1) -> None:
        """A look later each process has run and waited for such shares of the time."""
        for _ in range(looks):
            self._now += SECONDS
            for pid, spent in self._spent.items():
                for place, share in enumerate(shares.get(pid, (0, 0))):
                    spent[place] += share * LOOK
                (self._proc / str(pid)).mkdir(exist_ok=True)
                text = f"{spent[0]:.0f} {spent[1]:.0f} 7\n"
                (self._proc / str(pid) / "schedstat").write_text(text)
            self.cores.look(self._now)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(cores, "PROC", tmp_path)
    found = Machine(tmp_path)
    monkeypatch.setattr(cores, "exchange", found.exchanged.append)
    return found


def test_a_worker_that_waits_while_the_front_is_idle_is_moved(machine: Machine) -> None:
    machine.pass_by({os.getpid(): (0.5, 0.1), WORKER: (0.9, 0.05), OTHER: (0.6, 0.3)})
    assert machine.exchanged == [OTHER]


@pytest.mark.parametrize(
    "shares",
    [
        {os.getpid(): (0.5, 0.1), WORKER: (0.95, 0.05)},
        {os.getpid(): (0.6, 0.3), WORKER: (0.6, 0.3)},
        {os.getpid(): (0.1, 0.0)},
    ],
    ids=["none waits", "the front has no time", "none works"],
)
def test_else_all_stay(machine: Machine, shares: dict[int, tuple[float, float]]) -> None:
    machine.pass_by(shares, 50)
    assert machine.exchanged == []


def test_what_is_of_no_use_is_done_seldom(machine: Machine) -> None:
    waiting = {os.getpid(): (0.5, 0.1), WORKER: (0.6, 0.3)}
    machine.pass_by(waiting, 10 * MOST_LOOKS)
    assert 10 <= len(machine.exchanged) <= 16
    machine.pass_by({}, MOST_LOOKS)
    machine.exchanged.clear()
    machine.pass_by(waiting)
    assert machine.exchanged == [WORKER]


def test_processes_that_come_and_go_are_nobody_to_compare(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / str(WORKER) / "schedstat").unlink()
    (tmp_path / str(OTHER) / "schedstat").write_text("")
    machine.cores.look(1.0)
    machine.cores.look(1.0 + SECONDS)
    machine.pass_by({WORKER: (0.1, 0.9)})  # seen first, after a while
    assert machine.exchanged == []


def test_without_descriptors_nothing_is_known(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / str(os.getpid()) / "schedstat").unlink()
    machine.cores.look(2 * SECONDS)
    assert machine.exchanged == []


def test_front_and_worker_go_to_different_cores_and_are_free_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[int, set[int]]] = []
    monkeypatch.setattr(cores, "_core", lambda: 5)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {4, 5})
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, mask: told.append((pid, mask)))
    cores.exchange(WORKER)
    assert told == [(WORKER, {5}), (0, {4}), (WORKER, {4, 5}), (0, {4, 5})]


@pytest.fixture
def other() -> Iterator[int]:
    """Another process, on the cores on which this one may run, which are two at most."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(all_cores)[:2]))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()
    os.sched_setaffinity(0, all_cores)


def test_a_worker_may_run_where_it_could_before(other: int) -> None:
    both = os.sched_getaffinity(0)
    cores.exchange(other)
    assert os.sched_getaffinity(other) == os.sched_getaffinity(0) == both


def test_a_worker_that_is_bound_by_its_model_stays(other: int) -> None:
    both = os.sched_getaffinity(0)
    one = {min(both)}
    os.sched_setaffinity(other, one)
    cores.exchange(other)
    assert os.sched_getaffinity(other) == one and os.sched_getaffinity(0) == both


def test_a_worker_that_is_gone_is_nothing_to_mind() -> None:
    before = os.sched_getaffinity(0)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    cores.exchange(gone.pid)
    assert os.sched_getaffinity(0) == before
