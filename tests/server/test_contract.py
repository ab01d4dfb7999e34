"""What SageMaker's contract asks of a real-time container, over a real port.

``docs/contract.md`` says for every line of the contract which test shows it. What a
connection may do is in ``test_roads``, how the server stops in ``test_start``.
"""

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import RECORD, Server, rscript, serving

PATHS = ["/invocations", "/invocations/", "/endpoints/any/invocations"]
CAR = {"speed": 10}
ATTRIBUTES = {"X-Amzn-SageMaker-Custom-Attributes": "trace=7; c000"}
CONNECT_SECONDS = 0.25  # the platform gives up after that
CSV_ANSWER = "03:23:30"


def post(
    server: Server, path: str, headers: dict[str, str], record: object = RECORD
) -> httpx.Response:
    return httpx.post(server.url + path, json=record, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A model that gives Custom-Attributes back, and answers with CSV if not asked otherwise."""
    folder = tmp_path_factory.mktemp("echoing")
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", folder)
    (folder / "bridge.toml").write_text("[bodies]\necho_attributes = true\n")
    environ = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"}
    with serving(folder, folder, **environ) as server:
        yield server


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("path", ["/ping", "/ping/"])
def test_ping(marathon: Server, method: str, path: str) -> None:
    reply = httpx.request(method, marathon.url + path)
    assert (reply.status_code, reply.content) == (200, b"")


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_an_invocation(marathon: Server, path: str) -> None:
    assert post(marathon, path, {}).json() == {"marathon_time": ["03:23:30"]}


@pytest.mark.parametrize("path", PATHS)
def test_a_chunked_body(marathon: Server, path: str) -> None:
    body = json.dumps(RECORD).encode()
    pieces = (body[i : i + 7] for i in range(0, len(body), 7))
    reply = httpx.post(marathon.url + path, content=pieces)
    assert reply.json() == {"marathon_time": ["03:23:30"]}


def test_an_empty_body_is_an_error_that_says_so(marathon: Server) -> None:
    reply = httpx.post(marathon.url + "/invocations", headers={"content-length": "0"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "empty_body")


def test_a_body_of_25_mib_is_taken(marathon: Server) -> None:
    body = json.dumps(RECORD).encode()
    reply = marathon.invoke(body + b" " * (25 * 2**20 - len(body)))
    assert reply.json() == {"marathon_time": ["03:23:30"]}


@pytest.mark.parametrize("path", PATHS)
def test_accept_may_come_in_sagemakers_own_header(marathon: Server, path: str) -> None:
    reply = post(marathon, path, {"Accept": "", "X-Amzn-SageMaker-Accept": "text/csv"})
    assert reply.headers["content-type"] == "text/csv"
    assert reply.text.split()[-1] == CSV_ANSWER


@pytest.mark.parametrize("path", PATHS)
def test_accept_comes_first(marathon: Server, path: str) -> None:
    headers = {"Accept": "application/json", "X-Amzn-SageMaker-Accept": "text/csv"}
    assert post(marathon, path, headers).headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PATHS)
def test_headers_that_nobody_knows_are_ignored(marathon: Server, path: str) -> None:
    headers = {
        "X-Amzn-SageMaker-Enable-Explanations": "`true`",
        "X-Amzn-SageMaker-Inference-Component": "part",
        "X-Amzn-SageMaker-Prefix-Aware-Id": "p",
        "X-Amzn-SageMaker-Session-Id": "NEW_SESSION",
        "X-Amzn-SageMaker-Target-Container-Hostname": "c",
        "X-Amzn-SageMaker-Target-Model": "a.tar.gz",
        "X-Amzn-Trace-Id": "Root=1",
        "Authorization": "AWS4-HMAC-SHA256",
    }
    if path.startswith("/endpoints"):  # the platform refuses it, and so do we in its part
        del headers["X-Amzn-SageMaker-Target-Model"]
    assert post(marathon, path, headers).json() == {"marathon_time": ["03:23:30"]}


@pytest.mark.parametrize("path", PATHS)
def test_custom_attributes_are_not_given_back_unless_the_model_says_so(
    marathon: Server, path: str
) -> None:
    assert "x-amzn-sagemaker-custom-attributes" not in post(marathon, path, ATTRIBUTES).headers


@pytest.mark.parametrize("path", PATHS)
def test_custom_attributes_are_given_back_where_the_model_says_so(
    echoing: Server, path: str
) -> None:
    given = post(echoing, path, ATTRIBUTES, CAR)
    assert given.headers["x-amzn-sagemaker-custom-attributes"] == "trace=7; c000"
    assert "x-amzn-sagemaker-custom-attributes" not in post(echoing, path, {}, CAR).headers
    refused = post(echoing, path, ATTRIBUTES, {})
    assert refused.status_code >= 400
    assert "x-amzn-sagemaker-custom-attributes" not in refused.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["", "*/*"])
def test_a_default_accept_is_for_requests_without_one(
    echoing: Server, path: str, accept: str
) -> None:
    assert post(echoing, path, {"Accept": accept}, CAR).headers["content-type"] == "text/csv"
    asked = {"Accept": "application/json"}
    assert post(echoing, path, asked, CAR).headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PATHS)
def test_an_inference_id_is_in_the_log_with_the_status(marathon: Server, path: str) -> None:
    ident = "id" + path.replace("/", "-")
    post(marathon, path, {"X-Amzn-SageMaker-Inference-Id": ident})
    post(marathon, path, {"X-Amzn-SageMaker-Inference-Id": ident, "Accept": "image/png"})
    end, told = time.monotonic() + 5, list[str]()
    while len(told) < 2 and time.monotonic() < end:  # it is written after the answer
        lines = marathon.log.read_text().splitlines()
        told = [line for line in lines if f"inference {ident}:" in line]
        time.sleep(0.01)
    assert [line.rpartition(" ")[2] for line in told] == ["200", "406"]


def test_an_error_of_the_server_is_in_the_log_with_the_inference_id(
    tmp_path: Path, faulty_model: Path
) -> None:
    with serving(faulty_model, tmp_path) as server:
        body = {"x": 1, "mode": "stop"}
        reply = server.invoke(body, X_Amzn_SageMaker_Inference_Id="mine")
        ident = reply.json()["error"]["id"]
        assert f"{ident} (inference mine): prediction_failed" in server.log.read_text()


def test_an_error_is_one_line_that_begins_with_the_message(marathon: Server) -> None:
    reply = marathon.invoke([{"hmtime": "1:30:20", "gender": "X" * 3000}] * 500)
    assert reply.status_code == 422
    assert reply.text.startswith('{"error":{"message":"gender: ')
    assert "\n" not in reply.text and len(reply.text) < 2048


def test_pings_are_answered_while_every_worker_is_busy(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path, "--workers", "1") as server:
        clients = [
            threading.Thread(target=server.invoke, args=({"x": i, "mode": "slow"},))
            for i in range(4)
        ]
        for client in clients:
            client.start()
        time.sleep(0.2)
        assert server.ping() == 200
        assert any(client.is_alive() for client in clients), "the workers were not busy"
        for client in clients:
            client.join()


def test_connections_are_accepted_in_time_even_while_the_server_stands_still(
    tmp_path: Path, faulty_model: Path
) -> None:
    """The kernel accepts them, as many as the platform may have."""
    with serving(faulty_model, tmp_path) as server:
        server.process.send_signal(signal.SIGSTOP)
        address = ("127.0.0.1", server.port)
        try:
            waiting = [socket.create_connection(address, CONNECT_SECONDS) for _ in range(500)]
        finally:
            server.process.send_signal(signal.SIGCONT)
        for connection in waiting:
            connection.close()
        assert server.ping() == 200


def test_execution_parameters_follow_workers_and_limits(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path, "--workers", "5") as server:
        reply = httpx.get(server.url + "/execution-parameters")
        assert reply.headers["content-type"] == "application/json"
        assert reply.json() == {
            "MaxConcurrentTransforms": 5,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": 20,
        }


ROUTES = (
    "GET|POST /ping, POST /invocations, GET /execution-parameters, GET /openapi.json, "
    "POST /endpoints/{name}/invocations, POST /endpoints/{name}/invocations-response-stream, "
    "GET /v2, GET /v2/health/live, GET /v2/health/ready, GET /v2/models/{name}, "
    "GET /v2/models/{name}/versions/{version}, GET /v2/models/{name}/ready, "
    "GET /v2/models/{name}/versions/{version}/ready, POST /v2/models/{name}/infer, "
    "POST /v2/models/{name}/versions/{version}/infer, GET /v1/models, "
    "POST /v1/models/{name}:predict, GET /v1/models/{name}, GET /metrics"
)


@pytest.mark.parametrize("path", ["/metrics/", "/models", "/ping/more", "/", "/favicon.ico"])
def test_what_is_not_there_is_404(marathon: Server, path: str) -> None:
    reply = httpx.get(marathon.url + path)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/json")
    message = f"GET {path}: not found; there are {ROUTES}"
    assert reply.json() == {"error": {"message": message, "code": "not_found"}}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/invocations", {"POST"}),
        ("PUT", "/invocations/", {"POST"}),
        ("DELETE", "/ping", {"GET", "HEAD", "POST"}),
        ("POST", "/execution-parameters", {"GET", "HEAD"}),
        ("POST", "/metrics", {"GET", "HEAD"}),
        ("OPTIONS", "/endpoints/x/invocations", {"POST"}),
    ],
)
def test_a_method_that_is_not_there_is_405(
    marathon: Server, method: str, path: str, allowed: set[str]
) -> None:
    reply = httpx.request(method, marathon.url + path)
    assert set(reply.headers["allow"].split(", ")) == allowed
    message = f"{method} {path}: method not allowed; there are {ROUTES}"
    assert reply.status_code == 405
    assert reply.json() == {"error": {"message": message, "code": "method_not_allowed"}}
