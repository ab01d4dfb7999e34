"""R that dies, hangs or stops with an error costs nobody else's request."""

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection as Connection
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.scraped import scrape
from tests.serving import Server, children, gone, role, serving

DEADLINE = 1.5
ARGUMENTS = ("--workers", "2", "--deadline", str(DEADLINE), "--worker-memory-mb", "300")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory, faulty_model: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("faults")
    with serving(faulty_model, folder, *ARGUMENTS) as server:
        yield server


def ask(server: Server, x: float, mode: str = "ok") -> httpx.Response:
    return server.invoke({"x": x, "mode": mode})


@pytest.fixture(scope="module")
def truth(faulty: Server) -> dict[int, Any]:
    """What each x is answered when nothing goes wrong."""
    return {x: ask(faulty, x).json() for x in range(40)}


def test_merging_is_on(faulty: Server) -> None:
    assert "requests are merged: bridge.toml says so" in faulty.log.read_text()


def test_an_r_error_is_a_500_without_secrets(faulty: Server) -> None:
    reply = ask(faulty, 1, "stop")
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (500, "prediction_failed")
    assert "/etc" not in reply.text
    assert "cannot read" in error["message"]
    assert f"{error['id']}: prediction_failed: cannot read /etc/secret" in faulty.log.read_text()


def wait_for_workers(server: Server, count: int = 2) -> list[int]:
    """The workers, once there are as many as are wanted."""
    end = time.monotonic() + 10
    while len(workers := server.workers()) != count and time.monotonic() < end:
        time.sleep(0.02)
    assert len(workers) == count
    return workers


@pytest.mark.parametrize(
    "mode", ["quit", "segv", "null", "exit", "garble", "close", "orphan", "freeze"]
)
def test_a_worker_that_ends_is_replaced(faulty: Server, truth: dict[int, Any], mode: str) -> None:
    reply = ask(faulty, 1, mode)
    assert (reply.status_code, reply.json()["error"]["code"]) == (500, "worker_died")
    assert ask(faulty, 2).json() == truth[2]
    wait_for_workers(faulty)


def test_what_a_dead_worker_leaves_behind_is_ended(faulty: Server) -> None:
    left: set[int] = set()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, faulty, 1, "orphan")
        while not asked.done():
            left.update(pid for pid in children(faulty.process.pid) if role(pid) == "worker")
            time.sleep(0.02)
    assert asked.result().status_code == 500
    assert left and gone([*left])


def test_quit_leaves_the_temporary_folder_to_the_others(faulty: Server) -> None:
    assert ask(faulty, 1, "quit").status_code == 500
    assert ask(faulty, 1, "tempdir").status_code == 200


@pytest.mark.parametrize("mode", ["vast", "greedy"])
def test_more_memory_than_there_is_costs_no_worker(
    faulty: Server, truth: dict[int, Any], mode: str
) -> None:
    workers = wait_for_workers(faulty)
    reply = ask(faulty, 1, mode)
    assert (reply.status_code, reply.json()["error"]["code"]) == (507, "insufficient_memory")
    assert ask(faulty, 2).json() == truth[2]
    assert faulty.workers() == workers


def test_a_worker_without_descriptors_answers(faulty: Server, truth: dict[int, Any]) -> None:
    assert ask(faulty, 1, "descriptors").json() == truth[1]
    assert ask(faulty, 2).json() == truth[2]


def test_a_loop_in_c_is_ended_at_the_deadline(faulty: Server, truth: dict[int, Any]) -> None:
    assert ask(faulty, 1, "spin").status_code == 504
    assert ask(faulty, 2).json() == truth[2]


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGSEGV, signal.SIGTERM])
def test_a_worker_that_is_sent_a_signal_costs_no_request(
    faulty: Server, truth: dict[int, Any], number: int
) -> None:
    for worker in wait_for_workers(faulty):
        os.kill(worker, number)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda x: ask(faulty, x).json(), range(16))
        assert list(answers) == [truth[x] for x in range(16)]
    wait_for_workers(faulty)


def test_infinite_recursion_is_an_r_error(faulty: Server) -> None:
    workers = faulty.workers()
    reply = ask(faulty, 1, "deep")
    assert reply.json()["error"]["code"] == "prediction_failed"
    assert faulty.workers() == workers


def test_a_hook_that_loses_a_row_is_an_error(faulty: Server) -> None:
    reply = faulty.invoke([{"x": 1, "mode": "short"}, {"x": 2, "mode": "ok"}])
    assert reply.status_code == 500
    assert "must return a data.frame of 2 rows" in reply.json()["error"]["message"]


@pytest.mark.parametrize("mode", ["stop", "bad", "quit", "segv", "deep", "short"])
def test_a_bad_request_never_touches_its_neighbours(
    faulty: Server, truth: dict[int, Any], mode: str
) -> None:
    """Sent all at once, so that the bad one is merged with good ones."""
    with ThreadPoolExecutor(24) as pool:
        good = [pool.submit(ask, faulty, x) for x in range(20)]
        bad = pool.submit(ask, faulty, 0, mode)
        good += [pool.submit(ask, faulty, x) for x in range(20, 40)]
        assert [f.result().json() for f in good] == [truth[x] for x in range(40)]
        assert bad.result().status_code == (422 if mode == "bad" else 500)


def test_a_rejected_row_is_named_within_its_own_request(faulty: Server) -> None:
    good, bad = {"x": 1, "mode": "ok"}, {"x": 1, "mode": "bad"}
    with ThreadPoolExecutor(8) as pool:
        others = [pool.submit(faulty.invoke, [good] * 3) for _ in range(7)]
        error = pool.submit(faulty.invoke, [good, good, bad]).result().json()["error"]
        assert all(f.result().status_code == 200 for f in others)
    assert error["details"] == [{"code": "rejected", "row": 2, "field": "mode", "value": "bad"}]


def test_a_hang_costs_its_own_request_only(faulty: Server, truth: dict[int, Any]) -> None:
    pings: list[float] = []
    done = threading.Event()

    def keep_pinging() -> None:
        while not done.is_set():
            began = time.monotonic()
            assert faulty.ping() == 200
            pings.append(time.monotonic() - began)

    with ThreadPoolExecutor(8) as pool:
        pinging = pool.submit(keep_pinging)
        began = time.monotonic()
        hung = pool.submit(ask, faulty, 1, "loop")
        try:
            while not hung.done():
                answers = pool.map(lambda x: ask(faulty, x).json(), range(6))
                assert list(answers) == [truth[x] for x in range(6)]
        finally:
            done.set()
        took = time.monotonic() - began
        pinging.result()
    assert hung.result().status_code == 504
    assert hung.result().json()["error"]["code"] == "deadline_exceeded"
    assert DEADLINE * 0.9 < took < DEADLINE + 2
    assert len(pings) >= 3


def test_killed_workers_cost_no_request(faulty: Server, truth: dict[int, Any]) -> None:
    stop = threading.Event()
    killed = []

    def kill() -> None:
        while not stop.wait(0.2):
            if workers := faulty.workers():
                victim = random.choice(workers)
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

    def hammer(seed: int) -> int:
        with httpx.Client(timeout=20) as client:
            for i in range(100):
                x = (seed * 7 + i) % 40
                reply = client.post(faulty.url + "/invocations", json={"x": x, "mode": "ok"})
                assert reply.json() == truth[x]
        return 100

    with ThreadPoolExecutor(17) as pool:
        killer = pool.submit(kill)
        try:
            answered = sum(pool.map(hammer, range(16)))
        finally:
            stop.set()
        killer.result()
    assert answered == 1600
    assert killed


def test_the_spare_takes_the_place_of_a_killed_zygote(
    faulty: Server, truth: dict[int, Any]
) -> None:
    """While requests come in, and none of them is lost."""
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask, faulty, x % 40) for x in range(100)]
        for _ in range(2):
            spare = faulty.wait_for_spare()
            faulty.kill_zygote()
            faulty.wait_for_spare()
            assert faulty.zygote() == spare
        assert [f.result().json() for f in answers] == [truth[x % 40] for x in range(100)]


def test_a_killed_spare_is_replaced(faulty: Server) -> None:
    spare, zygote = faulty.wait_for_spare(), faulty.zygote()
    os.kill(spare, signal.SIGKILL)
    assert gone([spare])
    assert faulty.wait_for_spare() != spare
    assert faulty.zygote() == zygote


def test_a_zygote_killed_with_its_spare_is_started_anew(
    faulty: Server, truth: dict[int, Any]
) -> None:
    spare, zygote = faulty.wait_for_spare(), faulty.zygote()
    os.kill(spare, signal.SIGKILL)
    os.kill(zygote, signal.SIGKILL)
    end = time.monotonic() + 20
    while (reply := ask(faulty, 3)).status_code in (503, 504) and time.monotonic() < end:
        pass  # requests wait until their deadline
    assert reply.json() == truth[3]
    assert faulty.zygote() not in (spare, zygote)


def test_a_full_queue_is_refused_at_once(tmp_path: Path, faulty_model: Path) -> None:
    """All come within milliseconds, on connections that are there: R is busy for 0.7 s."""
    with (
        contextlib.ExitStack() as closing,
        serving(faulty_model, tmp_path, "--workers", "1", "--queue", "2") as server,
    ):
        first, *later = [Connection("127.0.0.1", server.port, timeout=30) for _ in range(11)]
        for connection in (first, *later):
            connection.connect()
            closing.callback(connection.close)
        first.request("POST", "/invocations", json.dumps({"x": 0, "mode": "slow"}))
        time.sleep(0.2)
        for x, connection in enumerate(later):
            connection.request("POST", "/invocations", json.dumps({"x": x, "mode": "ok"}))
        assert first.getresponse().status == 200
        replies = [connection.getresponse() for connection in later]
        assert sorted(reply.status for reply in replies) == [200] * 2 + [503] * 8
        refused = next(reply for reply in replies if reply.status == 503)
        assert json.loads(refused.read())["error"]["code"] == "queue_full"
        assert refused.headers["retry-after"] == "1"
        assert scrape(server.url).statuses() == {("200", ""): 3, ("503", "queue_full"): 8}
