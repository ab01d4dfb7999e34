"""Several processes answer on one port: alike, all of them, and whatever becomes of one."""

import contextlib
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from benchmarks.procfs import pss_mib, tree
from tests.serving import (
    MARATHON,
    Server,
    children,
    gone,
    role,
    rscript,
    serving,
    start,
)

OK = {"x": 10, "mode": "ok"}
TWO = ("--processes", "2", "--workers", "2")


def until(what: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def called(name: str, pids: list[int]) -> list[int]:
    return [pid for pid in pids if role(pid) == name]


def fronts(server: Server) -> list[int]:
    return called("front", children(server.process.pid))


def workers(server: Server) -> list[int]:
    return called("worker", tree(server.process.pid))


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory, faulty_model: Path
) -> Iterator[tuple[Server, list[int]]]:
    """A server of two fronts, and what it answered to pings from its start."""
    server = start(faulty_model, tmp_path_factory.mktemp("processes"), *TWO)
    try:
        seen: list[int] = []
        while 200 not in seen:
            assert server.process.poll() is None, server.log.read_text()
            with contextlib.suppress(httpx.TransportError):
                seen.append(server.ping())
        seen += [server.ping() for _ in range(6)]
        yield server, seen
    finally:
        server.stop()


@pytest.fixture(scope="module")
def two(started: tuple[Server, list[int]]) -> Server:
    return started[0]


class Client:
    """One connection that is kept."""

    def __init__(self, server: Server) -> None:
        self.connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        self.connection.connect()

    def ask(self, record: dict[str, object]) -> tuple[int, bytes]:
        self.send(record)
        return self.receive()

    def send(self, record: dict[str, object]) -> None:
        headers = {"Content-Type": "application/json"}
        self.connection.request("POST", "/invocations", json.dumps(record), headers)

    def receive(self) -> tuple[int, bytes]:
        reply = self.connection.getresponse()
        return reply.status, reply.read()


@contextlib.contextmanager
def clients(server: Server, count: int) -> Iterator[list[Client]]:
    """``count`` connections, one after the other, each with a request answered."""
    with contextlib.ExitStack() as closing:
        made = []
        for _ in range(count):
            made.append(Client(server))
            closing.callback(made[-1].connection.close)
            assert made[-1].ask(OK)[0] == 200
        yield made


def connections(server: Server, pid: int) -> set[str]:
    """The local sockets by which a process is connected to clients."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    here = f":{server.port:04X}"
    ours = {f"socket:[{f[9]}]" for f in fields if f[1].endswith(here) and f[3] == "01"}
    held = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            held.add(str(fd.readlink()))
    return ours & held


def inode(client: Client, server: Server) -> str:
    """The server's end of a connection."""
    port = client.connection.sock.getsockname()[1]
    here, there = f":{server.port:04X}", f":{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(here) and fields[2].endswith(there):
            return f"socket:[{fields[9]}]"
    raise AssertionError("the connection is gone")


def test_ping_says_200_once_both_can_answer(started: tuple[Server, list[int]]) -> None:
    """And from then on."""
    _, seen = started
    first = seen.index(200)
    assert set(seen[:first]) <= {503} and seen[first:] == [200] * 7


def test_clients_are_divided(two: Server) -> None:
    with clients(two, 16):
        until(lambda: sum(len(connections(two, pid)) for pid in fronts(two)) == 16)
        counts = [len(connections(two, pid)) for pid in fronts(two)]
    assert len(counts) == 2 and min(counts) >= 4


def test_both_answer_alike(two: Server) -> None:
    """Those of one front are asked while the other stands still."""
    with clients(two, 8) as asked:
        answers = []
        for front in fronts(two):
            others = [pid for pid in fronts(two) if pid != front]
            held = connections(two, front)
            for other in others:
                os.kill(other, signal.SIGSTOP)
            try:
                mine = [c for c in asked if inode(c, two) in held]
                assert mine
                answers += [c.ask({"x": x, "mode": "ok"}) for c in mine for x in (1, 2)]
            finally:
                for other in others:
                    os.kill(other, signal.SIGCONT)
    assert {status for status, _ in answers} == {200} and len({body for _, body in answers}) == 2


def test_the_model_is_loaded_once_and_workers_are_divided(two: Server) -> None:
    mothers = called("mother", children(two.process.pid))
    zygotes = called("zygote", children(mothers[0]))
    assert (len(mothers), len(zygotes)) == (1, 2)
    assert [len(called("worker", children(pid))) for pid in zygotes] == [1, 1]


def test_a_killed_front_costs_no_request_of_the_others_and_is_back(two: Server) -> None:
    stop = threading.Event()
    seen: list[int] = []

    def hammer(client: Client) -> None:
        while not stop.is_set():
            seen.append(client.ask(OK)[0])

    with clients(two, 8) as asked:
        killed, other = fronts(two)
        held = connections(two, other)
        spared = [client for client in asked if inode(client, two) in held]
        with ThreadPoolExecutor(8) as pool:
            work = [pool.submit(hammer, client) for client in spared]
            os.kill(killed, signal.SIGKILL)
            new = [httpx.get(two.url + "/ping", timeout=5).status_code for _ in range(20)]
            until(lambda: len(fronts(two)) == 2 and len(workers(two)) == 2)
            stop.set()
            for each in work:
                each.result()
    assert set(new) == {200} and set(seen) == {200} and len(seen) >= len(spared) > 0
    with clients(two, 8):
        assert min(len(connections(two, pid)) for pid in fronts(two)) > 0


@pytest.mark.parametrize("killed", [("zygote",), ("mother",), ("mother", "spare")])
def test_killed_r_processes_are_replaced(two: Server, killed: tuple[str, ...]) -> None:
    until(lambda: called("spare", tree(two.process.pid)))
    before = [pid for name in killed for pid in called(name, tree(two.process.pid))]
    old = workers(two)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    with clients(two, 6) as asked:
        answers = [client.ask(OK)[0] for client in asked for _ in range(5)]
    assert set(answers) == {200} and gone(before)
    if "mother" in killed:
        assert workers(two) == old

    def complete() -> bool:
        there = tree(two.process.pid)
        names = ("mother", "spare", "zygote", "worker")
        return [len(called(name, there)) for name in names] == [1, 1, 2, 2]

    until(complete)


def test_a_removed_model_is_served_as_long_as_nothing_must_be_loaded(
    tmp_path: Path, faulty_model: Path
) -> None:
    model = Path(shutil.copytree(faulty_model, tmp_path / "model"))
    with serving(model, tmp_path, *TWO) as server:
        shutil.rmtree(model)
        until(lambda: called("spare", tree(server.process.pid)))
        there = tree(server.process.pid)
        for pid in (*called("mother", there), *called("spare", there)):
            os.kill(pid, signal.SIGKILL)
        until(lambda: "the model cannot be loaded again" in server.log.read_text())
        assert server.invoke(OK).status_code == 200
        os.kill(called("zygote", there)[0], signal.SIGKILL)
        assert server.process.wait(20) == 2
        assert "there is no model at" in server.log.read_text()


def test_sigterm_finishes_what_is_in_flight_and_leaves_nothing(
    tmp_path: Path, faulty_model: Path
) -> None:
    with serving(faulty_model, tmp_path, *TWO, TMPDIR=str(tmp_path)) as server:
        until(lambda: called("spare", tree(server.process.pid)))
        left = tree(server.process.pid)
        with clients(server, 6) as asked, ThreadPoolExecutor(6) as pool:
            slow = [pool.submit(client.ask, {"x": 1, "mode": "slow"}) for client in asked]
            time.sleep(0.3)
            assert server.stop() == 0
            assert [each.result()[0] for each in slow] == [200] * 6
    assert gone(left) and not list(tmp_path.glob("rbridge-*"))


def test_sigkill_leaves_nothing(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path, *TWO) as server, ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(server.invoke, {"x": x, "mode": "loop"}) for x in range(4)]
        time.sleep(0.3)
        left = tree(server.process.pid)
        server.stop(signal.SIGKILL)
        assert len(left) >= 8 and gone(left)
        assert all(isinstance(f.exception(), httpx.TransportError) for f in asked)


def test_what_cannot_be_served_is_told_once(tmp_path: Path) -> None:
    rscript("clusters <- kmeans(cars, 2); save(clusters, file = 'none.RData')", tmp_path)
    server = start(tmp_path, tmp_path, *TWO)
    assert server.process.wait(20) == 2
    assert server.log.read_text().count("no object of the file has a predict method") == 1


def test_what_a_front_cannot_serve_is_told_once(tmp_path: Path) -> None:
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", tmp_path)
    (tmp_path / "bridge.toml").write_text('[policy.weight]\nnull = "reject"\n')
    server = start(tmp_path, tmp_path, *TWO)
    assert server.process.wait(20) == 2
    assert server.log.read_text().count("ERROR") == 1


def test_a_port_in_use_is_said(tmp_path: Path, two: Server) -> None:
    server = start(MARATHON, tmp_path, "--port", str(two.port), *TWO)
    assert server.process.wait(20) != 0
    assert "address already in use" in server.log.read_text().lower()
    assert two.invoke(OK).status_code == 200


def test_not_with_many_models(tmp_path: Path) -> None:
    server = start(None, tmp_path, "--multi-model", "true", *TWO)
    assert server.process.wait(20) == 2
    assert "processes is more than 1, which multi_model cannot have" in server.log.read_text()


def test_fronts_that_never_can_answer_end_the_server(tmp_path: Path, faulty_model: Path) -> None:
    server = start(faulty_model, tmp_path, *TWO)
    end = time.monotonic() + 20
    while server.process.poll() is None and time.monotonic() < end:
        for pid in fronts(server):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
    server.process.kill()
    assert server.process.wait(5) == 1
    assert "fronts end before they can answer" in server.log.read_text()


def test_a_model_is_in_memory_once(tmp_path: Path, two: Server) -> None:
    fit = "m <- lm(dist ~ speed, cars); m$kept <- numeric(3e7)"
    rscript(f"{fit}; saveRDS(m, 'large.rds', compress = FALSE)", tmp_path)
    size = (tmp_path / "large.rds").stat().st_size / 2**20
    small = sum(map(pss_mib, tree(two.process.pid)))
    with serving(tmp_path / "large.rds", tmp_path, *TWO) as server:
        assert server.invoke({"speed": 10}).status_code == 200
        assert sum(map(pss_mib, tree(server.process.pid))) - small < 1.5 * size
