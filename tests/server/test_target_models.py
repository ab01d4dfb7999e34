"""boto3 with TargetModel against a multi-model server: models are loaded on first use."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.server.mme import hooked, lines
from tests.server.test_clients import client_of
from tests.serving import Server, serving

STOPS = """
model_fn <- function(dir) list(model = structure(list(), class = "stops"))
predict_fn <- function(newdata, model) stop("no answer to ", newdata$x)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("targets")
    root = folder / "models"
    root.mkdir()
    lines(root, 4)
    (root / "m4" / "model").rename(root / "plain")  # not as the platform unpacks it
    (root / "eu").mkdir()
    (root / "m3").rename(root / "eu" / "m3")
    hooked(root, "stops", STOPS)
    hooked(root, "broken", 'stop("no such thing")')
    (folder / "outside").mkdir()
    arguments = ("--multi-model", "true", "--models", str(root))
    with serving(None, folder, *arguments) as running:
        yield running


@pytest.fixture(scope="module")
def runtime(server: Server) -> Any:
    return client_of(server)


def ask(runtime: Any, target: str, body: object = None, **arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = runtime.invoke_endpoint(
        EndpointName="any",
        TargetModel=target,
        Body=json.dumps(body or {"x": 5}),
        ContentType="application/json",
        **arguments,
    )
    return answer


def value(answer: dict[str, Any]) -> float:
    (found,) = json.loads(answer["Body"].read())["predictions"]
    return float(found)


def loaded(server: Server) -> dict[str, str]:
    models = httpx.get(server.url + "/models").json()["models"]
    return {model["modelName"]: model["modelUrl"] for model in models}


@pytest.mark.parametrize(
    ("target", "name", "folder", "slope"),
    [
        ("m1.tar.gz", "m1", "m1/model", 1),
        ("/m1.tar.gz", "m1", "m1/model", 1),
        ("eu/m3.tar.gz", "eu%2Fm3", "eu/m3/model", 3),
        ("plain", "plain", "plain", 4),
    ],
)
def test_a_model_is_loaded_on_first_use(
    runtime: Any, server: Server, target: str, name: str, folder: str, slope: int
) -> None:
    for _ in range(2):
        assert value(ask(runtime, target)) == pytest.approx(slope * 5, abs=1e-4)
    assert loaded(server)[name].endswith("/models/" + folder)
    assert httpx.delete(f"{server.url}/models/{quote(name)}", timeout=30).status_code == 200
    assert name not in loaded(server)


def test_first_requests_that_come_at_once_are_all_answered(runtime: Any, server: Server) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: value(ask(runtime, "m2.tar.gz")), range(6)))
    assert answers == [pytest.approx(10, abs=1e-4)] * 6
    assert "m2" in loaded(server)


def test_a_model_that_was_loaded_by_name_is_the_target(runtime: Any, server: Server) -> None:
    ask(runtime, "m1")
    body = {"model_name": "0f3a", "url": loaded(server)["m1"]}
    assert httpx.post(server.url + "/models", json=body, timeout=30).status_code == 200
    assert value(ask(runtime, "0f3a")) == pytest.approx(5, abs=1e-4)


def test_accept_attributes_and_inference_id_go_the_same_way(runtime: Any, server: Server) -> None:
    answer = ask(
        runtime, "m1", Accept="text/csv", CustomAttributes="trace=7", InferenceId="id-of-mine"
    )
    assert float(answer["Body"].read()) == pytest.approx(5, abs=1e-4)
    assert answer["ContentType"] == "text/csv"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert "CustomAttributes" not in answer
    assert "inference id-of-mine: 200" in server.log.read_text()


@pytest.mark.parametrize(
    ("target", "body", "status", "message"),
    [
        ("m1", {"y": 1}, 422, "x: is missing"),
        ("stops", {"x": 1}, 500, "no answer to 1"),
        ("broken", {"x": 1}, 400, "no such thing"),
    ],
)
def test_what_the_server_refuses_is_a_model_error(
    runtime: Any, target: str, body: object, status: int, message: str
) -> None:
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        ask(runtime, target, body, InferenceId="refused")
    response = caught.value.response
    assert response["OriginalStatusCode"] == status
    assert message in response["OriginalMessage"]
    party = "client" if status < 500 else "server"
    start = f"Received {party} error ({status}) from model with message "
    assert response["Error"]["Message"].startswith(start)


@pytest.mark.parametrize("target", ["nowhere.tar.gz", "../outside", "x" * 300, "/", ".tar.gz"])
def test_what_is_no_model_is_a_validation_error(runtime: Any, target: str) -> None:
    with pytest.raises(ClientError) as caught:
        ask(runtime, target)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_target_must_be_named(runtime: Any) -> None:
    with pytest.raises(ClientError, match=r"ValidationError.*name one with TargetModel"):
        runtime.invoke_endpoint(EndpointName="any", Body=b'{"x": 5}')


def test_an_endpoint_of_one_model_takes_no_target(marathon: Server) -> None:
    with pytest.raises(ClientError, match=r"ValidationError.*send no TargetModel"):
        ask(client_of(marathon), "m1.tar.gz")


def test_the_endpoints_can_be_switched_off(tmp_path: Path) -> None:
    arguments = ("--multi-model", "true", "--models", str(tmp_path))
    with (
        serving(None, tmp_path, *arguments, RBRIDGE_ENDPOINTS="false") as server,
        pytest.raises(ClientError, match="404"),
    ):
        ask(client_of(server), "m1")
