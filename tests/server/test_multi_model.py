"""A multi-model endpoint over a real port: its routes, its faults, its memory."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.mme import Endpoint, endpoint, hooked, lines
from tests.serving import alive, children, gone

ARGUED = """
model_fn <- function(dir) list(model = structure(list(), class = "argued"))
predict_fn <- function(newdata, model) {{
  {body}
}}
"""
SLOW = ARGUED.format(body="Sys.sleep(newdata$x); newdata$x")
DEADLY = ARGUED.format(body="if (newdata$x > 0) tools::pskill(Sys.getpid(), newdata$x); newdata$x")
SEARCH = ARGUED.format(body='paste(search(), collapse = " ")')
GREEDY = ARGUED.format(body="if (newdata$x > 0) numeric(1e15); newdata$x")
SHARED = ARGUED.format(body="exists('left_by_another', envir = globalenv())")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    lines(root, 6)
    for name, hooks in {
        "slow": SLOW,
        "deadly": DEADLY,
        "greedy": GREEDY,
        "search": SEARCH,
        "splines": "library(splines)\nleft_by_another <<- 1\n" + SEARCH,
        "shared": SHARED,
        "broken": 'stop("no such thing")',
        "killed": "tools::pskill(Sys.getpid(), 9)",
        "aborted": "tools::pskill(Sys.getpid(), 6)",
        "swollen": "kept <- numeric(1e8)\n" + SEARCH,
    }.items():
        hooked(root, name, hooks)
    return root


@pytest.fixture(scope="module")
def running(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with endpoint(root, tmp_path_factory.mktemp("log"), memory=400) as server:
        yield server


@pytest.fixture
def server(running: Endpoint) -> Iterator[Endpoint]:
    """The server, without any model before and after."""
    assert names(running) == []
    yield running
    for name in names(running):
        assert running.unload(name).status_code == 200
    assert children(running.zygote()) == []


def names(server: Endpoint) -> list[str]:
    return [model["modelName"] for model in server.get("/models").json()["models"]]


def told(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


def value(reply: httpx.Response) -> Any:
    assert reply.status_code == 200, reply.text
    return reply.json()["predictions"][0]


def test_without_a_model_it_is_well(server: Endpoint) -> None:
    assert server.ping() == 200
    for path in ("/models", "/models/"):
        reply = server.get(path)
        assert (reply.status_code, reply.json()) == (200, {"models": []})


def test_a_model_is_loaded_asked_shown_and_unloaded(server: Endpoint) -> None:
    shown = {"modelName": "m3", "modelUrl": str(server.root / "m3/model")}
    assert server.load("m3").status_code == 200
    assert value(server.ask("m3", {"x": 5})) == pytest.approx(15, abs=1e-4)
    assert server.get("/models/m3").json() == shown
    assert server.get("/models").json() == {"models": [shown]}
    assert server.unload("m3").status_code == 200
    assert server.get("/models").json() == {"models": []}


@pytest.mark.parametrize("path", ["/v2", "/v2/health/ready", "/v1/models", "/v2/models/m1"])
def test_there_are_no_routes_of_other_hosts(server: Endpoint, path: str) -> None:
    assert httpx.get(server.url + path).status_code == 404


def test_its_routes_are_described(server: Endpoint) -> None:
    reply = server.get("/openapi.json")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert {"/models", "/models/{name}", "/models/{name}/invoke"} < reply.json()["paths"].keys()


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/models", {"GET", "HEAD", "POST"}), ("/models/m1", {"GET", "HEAD", "DELETE"})],
)
def test_405_tells_every_method_that_is_allowed(
    server: Endpoint, path: str, methods: set[str]
) -> None:
    reply = httpx.put(server.url + path)
    assert told(reply) == (405, "method_not_allowed")
    assert set(reply.headers["allow"].split(", ")) == methods


def test_what_is_not_loaded_is_404_for_every_route(server: Endpoint) -> None:
    missing = (404, "model_not_loaded")
    assert told(server.get("/models/m1")) == missing
    assert told(server.unload("m1")) == missing
    assert told(server.ask("m1", {"x": 1})) == missing
    assert server.load("m1").status_code == 200
    assert server.unload("m1").status_code == 200
    assert told(server.ask("m1", {"x": 1})) == missing


def test_a_model_is_loaded_once(server: Endpoint) -> None:
    with ThreadPoolExecutor(6) as pool:
        statuses = [reply.status_code for reply in pool.map(server.load, ["m1"] * 6)]
    assert sorted(statuses) == [200, *[409] * 5]
    assert told(server.load("m1")) == (409, "model_already_loaded")


def test_a_name_is_a_key_and_nothing_else(server: Endpoint) -> None:
    for name, model in (("0f3a", "m2"), ("m2", "m5")):
        assert server.load(name, str(server.root / model / "model")).status_code == 200
    assert value(server.ask("0f3a", {"x": 1})) == pytest.approx(2, abs=1e-4)
    assert value(server.ask("m2", {"x": 1})) == pytest.approx(5, abs=1e-4)


def test_models_are_listed_in_pages(server: Endpoint) -> None:
    for i in range(1, 5):
        assert server.load(f"m{i}").status_code == 200
    first = server.get("/models", limit=3).json()
    assert [model["modelName"] for model in first["models"]] == ["m1", "m2", "m3"]
    server.unload("m3")
    second = server.get("/models", limit=3, next_page_token=first["nextPageToken"]).json()
    assert [model["modelName"] for model in second["models"]] == ["m4"]
    assert "nextPageToken" not in second
    assert "nextPageToken" not in server.get("/models", limit=3).json()
    for limit in ("0", "-1", "many"):
        assert server.get("/models", limit=limit).status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"3", b'{"model_name": "m1"}', b'{"model_name": 1, "url": "/"}']
)
def test_a_request_to_load_nothing_is_refused(server: Endpoint, body: bytes) -> None:
    assert httpx.post(server.url + "/models", content=body).status_code == 400


@pytest.mark.parametrize("url", ["/etc", "../../etc", "/proc/self", "{root}/../other", "{root}/m9"])
def test_a_place_without_a_model_is_refused(server: Endpoint, url: str) -> None:
    reply = server.load("x", url.format(root=server.root))
    assert told(reply) == (400, "model_refused")


def test_a_model_that_cannot_be_served_is_refused_with_the_reason(server: Endpoint) -> None:
    reply = server.load("broken")
    assert told(reply) == (400, "model_refused")
    assert "no such thing" in reply.text
    assert told(server.load("aborted")) == (400, "model_refused")
    assert names(server) == []
    assert children(server.zygote()) == []


def test_a_model_that_is_killed_while_it_is_loaded_wants_memory(server: Endpoint) -> None:
    assert told(server.load("killed")) == (507, "insufficient_memory")
    assert children(server.zygote()) == []


def test_a_model_that_takes_too_much_is_507_and_costs_no_other(server: Endpoint) -> None:
    assert server.load("m2").status_code == 200
    assert told(server.load("swollen")) == (507, "insufficient_memory")
    assert value(server.ask("m2", {"x": 1})) == pytest.approx(2, abs=1e-4)
    assert names(server) == ["m2"]


def test_there_is_room_again_after_an_unload(server: Endpoint) -> None:
    loaded: list[str] = []
    refused = 0
    while refused < 3:  # at the first refusals idle workers end, which makes room
        reply = server.load(f"copy{len(loaded)}", str(server.root / "m1/model"))
        if reply.is_success:
            loaded.append(f"copy{len(loaded)}")
        else:
            assert told(reply) == (507, "insufficient_memory")
            refused += 1
            time.sleep(0.1)
    assert len(loaded) > 5
    assert server.load("m2").status_code == 507
    for name in loaded[:2]:
        assert server.unload(name).status_code == 200
    assert server.load("m2").status_code == 200


def test_one_model_sees_nothing_of_another(server: Endpoint) -> None:
    assert server.load("splines").status_code == 200
    assert "package:splines" in value(server.ask("splines", {"x": 1}))
    for name in ("search", "shared", "m1"):
        assert server.load(name).status_code == 200
    search = value(server.ask("search", {"x": 1}))
    assert "package:stats" in search and "splines" not in search and "rbridge" not in search
    assert value(server.ask("shared", {"x": 1})) is False


def test_requests_under_way_are_answered_before_an_unload_returns(server: Endpoint) -> None:
    assert server.load("slow").status_code == 200
    with ThreadPoolExecutor(3) as pool:
        asked = pool.submit(server.ask, "slow", {"x": 1})
        time.sleep(0.3)
        unloaded = pool.submit(server.unload, "slow")
        time.sleep(0.2)
        assert told(server.ask("slow", {"x": 0})) == (404, "model_not_loaded")
        assert value(asked.result()) == 1
        assert unloaded.result().status_code == 200


def test_unloading_takes_every_process_of_the_model(server: Endpoint) -> None:
    assert server.load("m1").status_code == 200
    assert server.load("m2").status_code == 200
    server.ask("m1", {"x": 1})
    zygotes = children(server.zygote())
    assert len(zygotes) == 2
    processes = [*zygotes, *(pid for zygote in zygotes for pid in children(zygote))]
    assert len(processes) == 4
    assert server.unload("m1").status_code == server.unload("m2").status_code == 200
    assert not any(map(alive, processes))


@pytest.mark.parametrize(
    ("number", "answer"), [(9, (507, "insufficient_memory")), (11, (500, "worker_died"))]
)
def test_a_worker_that_is_killed_is_507(
    server: Endpoint, number: int, answer: tuple[int, str]
) -> None:
    assert server.load("deadly").status_code == 200
    assert told(server.ask("deadly", {"x": number})) == answer
    assert value(server.ask("deadly", {"x": 0})) == 0


def test_what_r_cannot_allocate_is_507(server: Endpoint) -> None:
    assert server.load("greedy").status_code == 200
    assert told(server.ask("greedy", {"x": 1})) == (507, "insufficient_memory")
    assert value(server.ask("greedy", {"x": 0})) == 0


def test_a_model_whose_zygote_is_killed_can_be_loaded_again(server: Endpoint) -> None:
    assert server.load("slow").status_code == 200
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(server.ask, "slow", {"x": 30})
        time.sleep(0.3)
        (zygote,) = children(server.zygote())
        os.kill(zygote, signal.SIGKILL)
        assert told(asked.result()) == (507, "insufficient_memory")
    assert told(server.ask("slow", {"x": 0})) == (404, "model_not_loaded")
    assert server.load("slow").status_code == 200
    assert value(server.ask("slow", {"x": 0})) == 0


def test_the_base_is_replaced_when_it_is_killed(server: Endpoint) -> None:
    assert server.load("m1").status_code == 200
    base = server.zygote()
    processes = [base, *children(base)]
    os.kill(base, signal.SIGKILL)
    assert gone(processes)
    assert told(server.ask("m1", {"x": 1}))[0] in (404, 507)
    assert server.load("m1").status_code == 200
    assert value(server.ask("m1", {"x": 1})) == pytest.approx(1, abs=1e-4)
    assert server.zygote() != base


def test_no_more_workers_live_than_may(server: Endpoint) -> None:
    for i in range(1, 7):
        assert server.load(f"m{i}").status_code == 200
    most = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal most
        while not stop.is_set():
            workers = [pid for zygote in children(server.zygote()) for pid in children(zygote)]
            most = max(most, sum(map(alive, workers)))  # those that lived at one time

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(12) as pool:
        slopes = [i % 6 + 1 for i in range(120)]
        replies = pool.map(lambda slope: server.ask(f"m{slope}", {"x": 1}), slopes)
        assert [round(value(reply)) for reply in replies] == slopes
    stop.set()
    watcher.join()
    assert 2 <= most <= 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_server_ends(root: Path, tmp_path: Path, number: int) -> None:
    with endpoint(root, tmp_path) as server:
        for name in ("m1", "m2"):
            assert server.load(name).status_code == 200
        base = server.zygote()
        zygotes = children(base)
        processes = [base, *zygotes, *(pid for zygote in zygotes for pid in children(zygote))]
        assert len(processes) == 5
        server.stop(number)
        assert gone(processes)


def test_the_routes_are_told_where_another_is_asked_for(server: Endpoint) -> None:
    routes = (
        "GET|POST /ping, POST /models/{name}/invoke, GET /openapi.json, "
        "GET|POST /models, DELETE|GET /models/{name}"
    )
    for path, status in (("/invocations", 404), ("/models/m1/invoke", 405)):
        reply = server.get(path)
        assert reply.status_code == status
        assert reply.json()["error"]["message"].endswith(f"; there are {routes}")
