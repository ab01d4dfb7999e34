"""GET /metrics: exact figures, of the whole server, whichever process answers."""

import contextlib
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.mme import lines
from tests.server.scraped import Scraped, difference, scrape
from tests.server.test_processes import (
    OK,
    TWO,
    Client,
    clients,
    connections,
    fronts,
    inode,
    until,
)
from tests.serving import MARATHON, ROOT, Server, serving

OTHER_FRONTS_SECONDS = 0.3  # they publish ten times a second
REQUESTS = "rbridge_requests_total"
CALLS = "rbridge_calls_total"
ROWS = "rbridge_rows_total"
DEATHS = "rbridge_worker_deaths_total"
LIMITS = ("--deadline", "1.5", "--max-body-mb", "0.01", "--max-header-kb", "4")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, faulty_model: Path) -> Iterator[Server]:
    """One worker, so that what is asked at a time shares a call."""
    folder = tmp_path_factory.mktemp("metrics")
    given = ("--workers", "1", "--model-name", "faulty", *LIMITS)
    with serving(faulty_model, folder, *given) as server:
        yield server


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, faulty_model: Path) -> Iterator[Server]:
    with serving(faulty_model, tmp_path_factory.mktemp("two"), *TWO) as server:
        yield server


def busy(server: Server) -> bool:
    return scrape(server.url).get("rbridge_workers", state="busy") == 1


def test_good_requests_are_counted_with_their_rows_and_calls(one: Server) -> None:
    before = scrape(one.url)
    for body in (OK, OK, [OK, OK, OK], {"x": [1, 2], "mode": ["ok", "ok"]}):
        assert one.invoke(body).status_code == 200
    after = scrape(one.url)
    model = ("model", "faulty")
    assert after.moved(before) == {
        (REQUESTS, (("error", ""), model, ("status", "200"))): 4,
        ("rbridge_request_duration_seconds_count", (model,)): 4,
        ("rbridge_call_duration_seconds_count", (model,)): 4,
        (CALLS, (model,)): 4,
        (ROWS, (model,)): 7,
    }
    for name in ("rbridge_request_duration_seconds_sum", "rbridge_call_duration_seconds_sum"):
        assert 0 < after.get(name) - before.get(name) < 4


def test_durations_have_their_buckets(one: Server) -> None:
    name = "rbridge_request_duration_seconds_bucket"
    before = scrape(one.url)
    one.invoke({"x": 1, "mode": "slow"})
    after = scrape(one.url)
    grown = {
        limit: after.get(name, le=limit) - before.get(name, le=limit)
        for limit in ("0.0005", "0.5", "1.0", "60.0", "+Inf")
    }
    assert grown == {"0.0005": 0, "0.5": 0, "1.0": 1, "60.0": 1, "+Inf": 1}


def raw(server: Server, data: bytes) -> None:
    """Sends it, and waits until the server has closed the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(data)
        with contextlib.suppress(ConnectionError):
            while client.recv(65536):
                pass


def refused(server: Server) -> None:
    """One request for each error that is told below."""
    server.invoke(b"{")
    server.invoke({"x": "a", "mode": "ok"})
    server.invoke({"x": 1})
    server.invoke(OK, content_type="image/png")
    server.invoke(OK, accept="image/png")
    server.invoke(b" " * 20_000)
    server.invoke({"x": 1, "mode": "bad"})
    server.invoke({"x": 1, "mode": "stop"})
    httpx.get(server.url + "/invocations")
    httpx.get(server.url + "/nowhere")
    httpx.post(server.url + "/v2/models/other/infer", json={})
    httpx.post(server.url + "/v1/models/other:predict", json={})
    raw(server, b"no HTTP\r\n\r\n")
    raw(server, b"POST /invocations HTTP/1.1\r\nhost: h\r\na: " + b"a" * 8000 + b"\r\n\r\n")


def test_errors_are_counted_by_status_and_code(one: Server) -> None:
    before = scrape(one.url).statuses()
    refused(one)
    assert scrape(one.url).statuses() - before == {
        ("400", "truncated_json"): 1,
        ("422", "wrong_type"): 1,
        ("422", "missing_field"): 1,
        ("415", "unsupported_media_type"): 1,
        ("406", "not_acceptable"): 1,
        ("413", "body_too_large"): 1,
        ("422", "rejected"): 1,
        ("500", "prediction_failed"): 1,
        ("405", "method_not_allowed"): 1,
        ("404", "not_found"): 1,
        ("404", "model_not_loaded"): 2,
        ("400", "malformed_request"): 1,
        ("431", "headers_too_large"): 1,
    }


def test_what_platforms_ask_by_themselves_is_not_counted(one: Server) -> None:
    def ask() -> None:
        for path in ("/ping", "/ping/", "/metrics", "/openapi.json", "/v2", "/v1/models"):
            assert httpx.get(one.url + path, timeout=10).status_code == 200
        assert httpx.head(one.url + "/metrics").status_code == 200
        for path in ("/ping", "/metrics"):
            assert httpx.delete(one.url + path).status_code == 405

    assert {name for name, _ in difference(one.url, ask)} <= {
        *("rbridge_call_duration_seconds_count", CALLS, ROWS)  # the example of openapi.json
    }


def test_requests_that_share_a_call_are_told_from_their_calls(one: Server) -> None:
    """While the only worker hangs three more come; the one that stands in takes two at once."""
    for _ in range(20):  # calls are fast, as far as the server knows
        assert one.invoke(OK).status_code == 200
    before = scrape(one.url)
    with contextlib.ExitStack() as closing:
        hung, *others = [Client(one) for _ in range(4)]
        for each in (hung, *others):
            closing.callback(each.connection.close)
        hung.send({"x": 1, "mode": "loop"})
        until(lambda: busy(one))
        for each in others:
            each.send(OK)
        assert [each.receive()[0] for each in (*others, hung)] == [200, 200, 200, 504]
    after = scrape(one.url)
    assert after.statuses() - before.statuses() == {
        ("200", ""): 3,
        ("504", "deadline_exceeded"): 1,
    }
    assert after.get(ROWS) - before.get(ROWS) == 3
    assert after.get(CALLS) - before.get(CALLS) == 3
    assert after.get("rbridge_requests_waiting") == 0
    until(lambda: scrape(one.url).get("rbridge_workers") == 1)


def gone_away(server: Server, path: str) -> None:
    body = json.dumps({"x": 1, "mode": "slow"}).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: h\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(head + body)
        until(lambda: busy(server))
    until(lambda: not busy(server))


@pytest.mark.parametrize("path", ["/invocations", "/invocations?road=long"])
def test_clients_that_leave_are_counted(one: Server, path: str) -> None:
    before = scrape(one.url).statuses()
    gone_away(one, path)
    raw_body_without_end = b"POST /invocations HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", one.port), timeout=10) as client:
        client.sendall(raw_body_without_end)
    assert scrape(one.url).statuses() - before == {("499", "client_gone"): 1}


@pytest.mark.parametrize(
    ("mode", "reason", "deaths", "told"),
    [
        ("quit", "crashed", 2, ("500", "worker_died")),
        ("segv", "crashed", 2, ("500", "worker_died")),
        ("garble", "garbled", 2, ("500", "worker_died")),
        ("freeze", "stuck", 2, ("500", "worker_died")),
        ("spin", "deadline", 1, ("504", "deadline_exceeded")),
    ],
)
def test_deaths_of_workers_are_counted_by_their_reason(
    one: Server, mode: str, reason: str, deaths: int, told: tuple[str, str]
) -> None:
    before = scrape(one.url)
    one.invoke({"x": 1, "mode": mode})
    assert one.invoke(OK).status_code == 200
    after = scrape(one.url)
    assert after.statuses() - before.statuses() == {told: 1, ("200", ""): 1}
    grown = {key: value for key, value in after.moved(before).items() if key[0] == DEATHS}
    assert grown == {(DEATHS, (("model", "faulty"), ("reason", reason))): deaths}


def test_what_is_killed_from_outside_is_told_apart(one: Server) -> None:
    until(lambda: len(one.workers()) == 1)
    before = scrape(one.url)
    os.kill(one.workers()[0], signal.SIGKILL)
    until(
        lambda: scrape(one.url).get(DEATHS, reason="killed") > before.get(DEATHS, reason="killed")
    )
    until(lambda: scrape(one.url).get("rbridge_workers", state="idle") == 1)
    os.kill(one.zygote(), signal.SIGKILL)
    until(
        lambda: scrape(one.url).get(DEATHS, reason="zygote") > before.get(DEATHS, reason="zygote")
    )
    until(lambda: scrape(one.url).get("rbridge_workers", state="idle") == 1)
    after = scrape(one.url)
    assert sum(v for (name, _), v in after.moved(before).items() if name == DEATHS) == 2


def test_how_the_server_is(one: Server) -> None:
    seen = scrape(one.url)
    assert seen.get("rbridge_models_loaded") == 1
    assert sum(v for (name, _), v in seen.values.items() if name == "rbridge_workers") == 1
    ((labels),) = [dict(labels) for name, labels in seen.values if name == "rbridge_build_info"]
    assert labels["version"] and re.fullmatch(r"\d+\.\d+\.\d+", labels["r_version"])


def test_every_metric_is_documented_and_every_documented_one_is_there(one: Server) -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(rbridge_\w+)` \| (\w+) \|", text, re.MULTILINE)
    assert dict(told) == scrape(one.url).types and len(told) == len(dict(told))


def test_every_metric_of_a_query_is_there(one: Server) -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    queries = re.findall(r"^```promql\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    named = {name for query in queries for name in re.findall(r"\brbridge_\w+", query)}
    assert len(queries) >= 3 and named <= {name for name, _ in scrape(one.url).values}


def by(client: Client) -> Scraped:
    """What the front says that a client is connected to."""
    client.connection.request("GET", "/metrics")
    return Scraped(client.connection.getresponse().read().decode())


def of_each_front(server: Server, asked: list[Client]) -> list[Client]:
    """A client of each."""
    held = [connections(server, pid) for pid in fronts(server)]
    return [next(c for c in asked if inode(c, server) in mine) for mine in held]


def test_each_front_tells_of_all(two: Server) -> None:
    with clients(two, 8) as asked:
        until(lambda: sum(len(connections(two, pid)) for pid in fronts(two)) == 8)
        time.sleep(OTHER_FRONTS_SECONDS)
        before = [by(client) for client in of_each_front(two, asked)]
        for n, client in enumerate(asked):
            for _ in range(n):
                assert client.ask(OK)[0] == 200
            assert client.ask({"x": "a", "mode": "ok"})[0] == 422
        time.sleep(OTHER_FRONTS_SECONDS)
        after = [by(client) for client in of_each_front(two, asked)]
    assert len(after) == 2
    for was, now in zip(before, after, strict=True):
        assert now.statuses() - was.statuses() == {("200", ""): 28, ("422", "wrong_type"): 8}
        assert now.get(ROWS) - was.get(ROWS) == 28
        assert now.get("rbridge_workers", state="idle") == 2
        assert now.get("rbridge_models_loaded") == 1
    assert after[0].counted() == after[1].counted()


def test_a_front_that_ends_keeps_its_counts(two: Server) -> None:
    with clients(two, 8):
        time.sleep(OTHER_FRONTS_SECONDS)
        before = scrape(two.url)
        os.kill(fronts(two)[0], signal.SIGKILL)
        until(lambda: scrape(two.url).get("rbridge_front_deaths_total") == 1)
        until(lambda: scrape(two.url).get("rbridge_workers", state="idle") == 2)
        time.sleep(OTHER_FRONTS_SECONDS)
    with clients(two, 8) as asked:
        time.sleep(OTHER_FRONTS_SECONDS)
        for client in of_each_front(two, asked):
            now = by(client)
            assert now.statuses() - before.statuses() == {("200", ""): 8}
            assert all(now.counted()[key] >= value for key, value in before.counted().items())
            assert now.get("rbridge_front_deaths_total") == 1
            assert now.get("rbridge_workers") == 2


def test_models_have_a_label_each_and_keep_their_counts(tmp_path: Path) -> None:
    lines(tmp_path, 2)
    given = ("--multi-model", "true", "--models", str(tmp_path))
    with serving(None, tmp_path, *given) as server, httpx.Client(timeout=60) as http:
        assert scrape(server.url).get("rbridge_models_loaded") == 0
        for name in ("m1", "m2"):
            model = {"model_name": name, "url": str(tmp_path / name / "model")}
            assert http.post(server.url + "/models", json=model).status_code == 200
        for name, count in (("m1", 2), ("m2", 1), ("m3", 3)):
            for _ in range(count):
                http.post(f"{server.url}/models/{name}/invoke", json={"x": 1})
        http.post(f"{server.url}/models/m1/invoke", json={"x": "a"})
        before = scrape(server.url)
        assert before.get("rbridge_models_loaded") == 2
        assert before.get(REQUESTS, model="m1", status="200") == 2
        assert before.get(REQUESTS, model="m1", status="422") == 1
        assert before.get(REQUESTS, model="m2") == 1
        assert before.get(REQUESTS, model="", error="model_not_loaded") == 3
        http.delete(server.url + "/models/m1")
        after = scrape(server.url)
        assert after.get("rbridge_models_loaded") == 1 and after.moved(before) == {}
        shown = [
            dict(labels)["model"] for name, labels in after.values if name == "rbridge_workers"
        ]
        assert set(shown) == {"m2"}


def test_before_the_model_is_there(tmp_path: Path) -> None:
    with serving(MARATHON, tmp_path, "--workers", "1") as server:
        seen = scrape(server.url)
    assert seen.get(REQUESTS) == 0
