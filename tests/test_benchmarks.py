"""What benchmarks compute: schedules, percentiles, predictions, and what the guard compares."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from benchmarks import fleet, guard, tables
from benchmarks.client import Exchange
from benchmarks.dialects import BENTO, REST, V2, agree
from benchmarks.fleet import Cost
from benchmarks.guard import Counted
from benchmarks.openloop import Schedule, offer, percentiles

RECORDS = [{"hmtime": "1:30:20", "x": 1.5}, {"hmtime": "90", "x": 2.0}]


def test_percentiles_are_latencies_that_were_measured() -> None:
    told = percentiles([n / 1000 for n in range(1, 101)])
    assert told == {"p50": 51_000, "p90": 91_000, "p99": 100_000, "p999": 100_000, "max": 100_000}
    assert percentiles([]) == {}


def test_requests_are_due_at_a_constant_rate_until_the_time_is_over() -> None:
    schedule = Schedule(rate=100, seconds=0.05)
    assert [schedule.due(n, now=7.0) for n in range(6)] == [0, 0.01, 0.02, 0.03, 0.04, None]


def test_without_a_rate_a_request_is_due_at_once() -> None:
    schedule = Schedule(rate=0, seconds=2)
    assert schedule.due(1_000_000, now=1.5) == 1.5
    assert schedule.due(1_000_000, now=2.0) is None


BODY = b'{"a":[1]}'
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
STALL = 0.2


@pytest.fixture
def stalling() -> Iterator[int]:
    """The port of a server for one connection, which stands still before its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _answer(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        is_first = threading.Event()
        while connection.recv(1 << 16):
            if not is_first.is_set():
                is_first.wait(STALL)
                is_first.set()
            connection.sendall(RESPONSE[:20])
            connection.sendall(RESPONSE[20:])


def test_what_was_due_while_the_server_stood_still_has_waited(stalling: int) -> None:
    found = offer(stalling, "/", Exchange(b"{}", BODY), Schedule(100, 0.3), connections=1)
    assert (found.requests, found.wrong, found.failed) == (30, 0, 0)
    # The first waited for all of it; the one due in its midst for half; a client that waits
    # before it asks again would have found one slow answer of thirty.
    assert found.latency_us["max"] >= 1e6 * STALL
    assert found.latency_us["p90"] > 1e6 * STALL / 2


def test_another_body_is_wrong(stalling: int) -> None:
    found = offer(stalling, "/", Exchange(b"{}", b"{}"), Schedule(100, 0.02), connections=1)
    assert (found.requests, found.wrong, found.failed) == (2, 2, 0)


def test_every_dialect_asks_the_same() -> None:
    assert json.loads(REST.ask(RECORDS[:1])) == RECORDS[0]
    assert json.loads(REST.ask(RECORDS)) == RECORDS
    assert json.loads(BENTO.ask(RECORDS)) == {"records": RECORDS}
    texts, numbers = json.loads(V2.ask(RECORDS))["inputs"]
    assert (texts["datatype"], texts["data"], texts["shape"]) == (
        "BYTES",
        ["1:30:20", "90"],
        [2, 1],
    )
    assert (numbers["datatype"], numbers["data"]) == ("FP64", [1.5, 2.0])


def test_every_dialect_is_understood() -> None:
    assert REST.values(b'{"predictions":[1,2]}') == [1, 2]
    assert BENTO.values(b"[1,2]") == [1, 2]
    assert V2.values(b'{"outputs":[{"name":"predictions","data":[1,2]}]}') == [1, 2]


def test_answers_agree_to_fifteen_digits_and_in_number() -> None:
    assert agree([0.123456789012345], [0.1234567890123451])
    assert not agree([0.12345678901], [0.1234567890123451])
    assert agree(["03:23:30"], ["03:23:30"]) and not agree(["03:23:31"], ["03:23:30"])
    assert not agree([1.0], [1.0, 2.0])


COST = Cost(front=20, r=30)


def test_cores_bound_what_is_answered_until_one_front_does() -> None:
    assert fleet.capacity(COST, cores=2) == 40_000
    assert fleet.capacity(COST, cores=4, fronts=1) == 50_000  # 10^6 / 20
    assert fleet.capacity(COST, cores=4, fronts=2) == 80_000


@pytest.mark.parametrize(("cores", "fronts"), [(1, 1), (2, 1), (3, 2), (5, 2), (64, 26)])
def test_fronts_take_their_part_of_the_cores(cores: int, fronts: int) -> None:
    assert fleet.fronts_needed(COST, cores) == fronts


def test_a_fleet_is_as_large_as_its_target_says() -> None:
    assert fleet.invocations_per_instance(COST, cores=2, utilization=0.5) == 1_200_000
    assert fleet.instances(20_000, COST, cores=2, utilization=0.5) == 1
    assert fleet.instances(20_001, COST, cores=2, utilization=0.5) == 2


def test_the_guard_tells_what_became_dearer() -> None:
    before = Counted("Python 3.11.7, R 4.2.2", {"one": 1000, "many": 1000})
    assert (
        guard.too_dear(before, Counted("Python 3.11.7, R 4.2.2", {"one": 1050, "many": 900})) == []
    )
    dearer = Counted("Python 3.11.7, R 4.2.2", {"one": 1051, "many": 1000})
    assert guard.too_dear(before, dearer) == ["front: a record, one connection"]
    assert "1,000      1,051   +5.1%" in guard.table(before, dearer)


def test_tables_take_the_median_of_the_rounds_that_are_meant() -> None:
    rows = [{"entrant": "service", "records": 1, "p": n} for n in (3, 1, 2)]
    others = [{"entrant": "plumber", "records": 1, "p": 9}]
    assert tables.median(rows + others, "p", entrant="service") == 2
    assert tables.table(["a", "b"], [["c", "1"]]) == "| a | b |\n| --- | ---: |\n| c | 1 |"
