"""KServe's and Vertex AI's routes of the running server: the answers of /invocations."""

import json
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.hosting import COLUMNS, DATATYPES, mixed_model, tensors
from tests.serving import MARATHON, RECORD, Server, rscript, serving, start

TIMES = {"hmtime": ["1:30:20", "2:00:00", "59:59"], "gender": ["M", "F", "F"]}
TEXTS = dict.fromkeys(TIMES, "BYTES")
HEALTH, PREDICT = "/v1/endpoints/7/deployedModels/8", "/v1/endpoints/7/deployedModels/8:predict"
VERTEX = {"AIP_HEALTH_ROUTE": HEALTH, "AIP_PREDICT_ROUTE": PREDICT}
SCHEMA = [
    {"name": "x", "datatype": "FP64", "shape": [-1]},
    {"name": "n", "datatype": "FP64", "shape": [-1]},
    {"name": "s", "datatype": "BYTES", "shape": [-1]},
    {"name": "g", "datatype": "BYTES", "shape": [-1]},
    {"name": "b", "datatype": "BOOL", "shape": [-1]},
]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Asked by Vertex AI too."""
    folder = tmp_path_factory.mktemp("hosts")
    with serving(mixed_model(folder), folder, **VERTEX) as server:
        yield server


def infer(server: Server, model: str, inputs: Any, **document: Any) -> httpx.Response:
    url = f"{server.url}/v2/models/{model}/infer"
    return httpx.post(url, json={"inputs": inputs, **document}, timeout=30)


def answered(reply: httpx.Response) -> dict[str, list[Any]]:
    assert reply.status_code == 200, reply.text
    return {output["name"]: output["data"] for output in reply.json()["outputs"]}


def same(first: object, second: object) -> bool:
    """With all digits, and without taking true for 1."""
    return json.dumps(first) == json.dumps(second)


def get(server: Server, path: str) -> tuple[int, Any]:
    reply = httpx.get(server.url + path)
    return reply.status_code, reply.json()


@pytest.mark.parametrize("nested", [False, True])
def test_every_value_is_that_of_invocations(mixed: Server, nested: bool) -> None:
    reply = infer(mixed, "mixed", tensors(COLUMNS, DATATYPES, nested))
    expected = mixed.invoke(COLUMNS).json()
    assert same(answered(reply), expected)
    kinds = [output["datatype"] for output in reply.json()["outputs"]]
    assert kinds == ["FP64", "BYTES", "BOOL", "INT32", "FP64"]
    assert None in expected["fit"] and None in expected["high"] and "Inf" in expected["ratio"]


def test_every_value_of_the_demo_is_that_of_invocations(marathon: Server) -> None:
    reply = infer(marathon, "marathon", tensors(TIMES, TEXTS))
    assert same(answered(reply), marathon.invoke(TIMES).json())


def test_numbers_as_bytes_give_the_same(mixed: Server) -> None:
    columns = {name: cells[:2] for name, cells in COLUMNS.items()}
    inputs = tensors(columns, DATATYPES)
    behind = struct.pack("<2d", *columns["x"])
    inputs[0] = {**inputs[0], "parameters": {"binary_data_size": len(behind)}}
    del inputs[0]["data"]
    asked = {"inputs": inputs, "parameters": {"binary_data_output": True}}
    text = json.dumps(asked).encode()
    reply = httpx.post(
        mixed.url + "/v2/models/mixed/infer",
        content=text + behind,
        headers={
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(len(text)),
        },
    )
    assert same(answered(reply), mixed.invoke(columns).json())
    assert reply.headers["content-type"] == "application/json"


def test_a_header_that_is_no_number_is_refused(mixed: Server) -> None:
    header = {"Inference-Header-Content-Length": "x"}
    reply = httpx.post(mixed.url + "/v2/models/mixed/infer", content=b"{}", headers=header)
    assert reply.status_code == 400 and "Inference-Header-Content-Length" in reply.json()["error"]


def test_predictions_of_v1_and_vertex_ai_are_those_of_invocations(mixed: Server) -> None:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    expected = mixed.invoke(COLUMNS).json()
    for path in ("/v1/models/mixed:predict", PREDICT):
        reply = httpx.post(mixed.url + path, json={"instances": rows}, timeout=30)
        assert reply.status_code == 200 and set(reply.json()) == {"predictions"}
        predictions = reply.json()["predictions"]
        found = {name: [row[name] for row in predictions] for name in expected}
        assert same(found, expected)


def test_a_large_request_is_answered_in_every_form(marathon: Server) -> None:
    columns = {name: cells * 10_000 for name, cells in TIMES.items()}
    expected = marathon.invoke(columns).json()["marathon_time"]
    reply = infer(marathon, "marathon", tensors(columns, TEXTS))
    assert answered(reply) == {"marathon_time": expected}
    body = {"instances": [list(row) for row in zip(*columns.values(), strict=True)]}
    reply = httpx.post(marathon.url + "/v1/models/marathon:predict", json=body, timeout=30)
    assert [row["marathon_time"] for row in reply.json()["predictions"]] == expected


def test_outputs_and_id(mixed: Server) -> None:
    wanted = [{"name": "tens", "parameters": {"binary_data": True}}, {"name": "fit"}]
    reply = infer(mixed, "mixed", tensors(COLUMNS, DATATYPES), outputs=wanted, id="a-7")
    document = reply.json()
    assert [output["name"] for output in document["outputs"]] == ["tens", "fit"]
    assert (document["model_name"], document["id"]) == ("mixed", "a-7")
    reply = infer(mixed, "mixed", tensors(COLUMNS, DATATYPES), outputs=[{"name": "y"}])
    assert reply.status_code == 400
    assert reply.json() == {
        "error": 'there is no output "y"; there is "fit", "word", "high", "tens", "ratio"'
    }


@pytest.mark.parametrize("base", ["/v2/models/mixed", "/v2/models/mixed/versions/1"])
def test_the_model_with_and_without_its_version(mixed: Server, base: str) -> None:
    told = {"name": "mixed", "versions": ["1"], "platform": "r_predict"}
    assert get(mixed, base) == (200, {**told, "inputs": SCHEMA, "outputs": []})
    assert get(mixed, base + "/ready") == (200, {"name": "mixed", "ready": True})
    body = {"inputs": tensors(COLUMNS, DATATYPES)}
    assert httpx.post(mixed.url + base + "/infer", json=body).status_code == 200


def test_the_outputs_are_those_of_the_first_golden_request(marathon: Server) -> None:
    outputs = [{"name": "marathon_time", "datatype": "BYTES", "shape": [-1]}]
    for _ in range(2):
        assert get(marathon, "/v2/models/marathon")[1]["outputs"] == outputs


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/models/other"),
        ("GET", "/v2/models/other/ready"),
        ("POST", "/v2/models/other/infer"),
        ("POST", "/v2/models/other/versions/1/infer"),
        ("GET", "/v1/models/other"),
        ("POST", "/v1/models/other:predict"),
    ],
)
def test_another_name_is_404_and_told_the_right_one(
    marathon: Server, method: str, path: str
) -> None:
    reply = httpx.request(method, marathon.url + path)
    assert reply.status_code == 404
    assert reply.json() == {"error": 'there is no model "other"; there is "marathon"'}


@pytest.mark.parametrize("path", ["", "/ready"])
def test_another_version_is_404(marathon: Server, path: str) -> None:
    status, told = get(marathon, "/v2/models/marathon/versions/2" + path)
    assert (status, told) == (404, {"error": 'there is no version "2"; there is "1"'})


def test_errors_have_the_status_and_message_of_invocations(marathon: Server) -> None:
    ours = marathon.invoke({**RECORD, "gender": "X"})
    inputs = tensors({"hmtime": ["1:30:20"], "gender": ["X"]}, TEXTS)
    v1 = httpx.post(
        marathon.url + "/v1/models/marathon:predict",
        json={"instances": [{**RECORD, "gender": "X"}]},
    )
    for reply in (infer(marathon, "marathon", inputs), v1):
        assert reply.status_code == ours.status_code == 422
        assert reply.json() == {"error": ours.json()["error"]["message"]}


def test_an_error_of_r_names_its_place_in_the_log(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path, RBRIDGE_MODEL_NAME="named so") as server:
        inputs = tensors({"x": [1], "mode": ["stop"]}, {"x": "FP64", "mode": "BYTES"})
        reply = infer(server, "named so", inputs)
        assert reply.status_code == 500
        message, _, ident = reply.json()["error"].rpartition(" (id ")
        assert message and ident[:-1] in server.log.read_text()
        assert "secret" not in reply.text


def test_a_body_that_is_empty_or_too_large(mixed: Server) -> None:
    url = mixed.url + "/v2/models/mixed/infer"
    assert httpx.post(url).json()["error"].startswith("the body is empty")
    reply = httpx.post(url, content=b" " * (25 * 2**20 + 1), timeout=30)
    assert (reply.status_code, set(reply.json())) == (413, {"error"})


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A plain vector, or an interval where a request asks for it; bad cells become missing.

    Vertex AI asks it where SageMaker would.
    """
    folder = tmp_path_factory.mktemp("cars")
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", folder)
    toml = '[parameters]\ninterval = ["prediction"]\n[policy]\ninvalid = "na"\n'
    (folder / "bridge.toml").write_text(toml)
    routes = {"AIP_HEALTH_ROUTE": "/ping", "AIP_PREDICT_ROUTE": "/invocations"}
    with serving(folder, folder, "--model-name", "cars", **routes) as server:
        yield server


def test_a_plain_vector_is_called_prediction(cars: Server) -> None:
    inputs = tensors({"speed": [10, 21]}, {"speed": "UINT8"})
    expected = cars.invoke({"speed": [10, 21]}).json()["predictions"]
    assert same(answered(infer(cars, "cars", inputs)), {"prediction": expected})


def test_a_tensor_of_another_name_is_no_field(cars: Server) -> None:
    reply = infer(cars, "cars", tensors({"weight": [10]}, {"weight": "FP64"}))
    assert (reply.status_code, reply.json()) == (422, {"error": "speed: is missing"})


def test_parameters_are_arguments_of_predict(cars: Server) -> None:
    inputs = tensors({"speed": [10, 21]}, {"speed": "UINT8"})
    asked = {"interval": "prediction"}
    rows = cars.invoke({"speed": [10, 21], "parameters": asked}).json()["predictions"]
    found = answered(infer(cars, "cars", inputs, parameters=asked))
    assert same(found, {name: [row[name] for row in rows] for name in ("fit", "lwr", "upr")})
    body = {"instances": [[10], [21]], "parameters": asked}
    assert httpx.post(cars.url + "/v1/models/cars:predict", json=body).json()["predictions"] == rows
    reply = infer(cars, "cars", inputs, parameters={"level": 0.9})
    assert reply.status_code == 400 and '"level" may not be set' in reply.json()["error"]


def test_what_was_replaced_is_told(cars: Server) -> None:
    reply = infer(cars, "cars", tensors({"speed": ["x"]}, {"speed": "BYTES"}))
    assert answered(reply) == {"prediction": [None]}
    assert reply.json()["parameters"] == {
        "replaced": '[{"row":0,"field":"speed","value":"x","became":null}]',
        "replaced_count": 1,
    }
    assert reply.headers["rbridge-replaced"] == "1"


def wait_until_live(server: Server) -> None:
    while True:
        assert server.process.poll() is None, server.log.read_text()
        with suppress(httpx.ConnectError):
            assert httpx.get(server.url + "/v2/health/live").json() == {"live": True}
            return
        time.sleep(0.02)


def test_nothing_is_ready_before_a_worker_can_answer(tmp_path: Path) -> None:
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", tmp_path)
    (tmp_path / "inference.R").write_text(f"while (!file.exists('{tmp_path}/go')) Sys.sleep(0.02)")
    server = start(tmp_path, tmp_path, "--model-name", "cars", **VERTEX)
    try:
        wait_until_live(server)
        for path in ("/v2/health/ready", "/v2/models/cars/ready", "/v1/models/cars"):
            reply = httpx.get(server.url + path)
            assert (reply.status_code, reply.json()["ready"]) == (503, False)
        for path in ("/v2/models/cars", HEALTH):
            assert httpx.get(server.url + path).status_code == 503
        for path in ("/v2/models/cars/infer", "/v1/models/cars:predict", PREDICT):
            reply = httpx.post(server.url + path, json={})
            assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
            assert set(reply.json()) == {"error"}
        (tmp_path / "go").touch()
        server.wait_until_ready()
        assert httpx.get(server.url + HEALTH).status_code == 200
    finally:
        server.stop()


def test_vertex_ai_may_take_sagemakers_paths(cars: Server) -> None:
    reply = cars.invoke({"instances": [{"speed": 10}]}, Accept="text/csv")
    assert reply.json() == {"predictions": [21.74499270072996]}
    assert (
        cars.invoke({"speed": "x", "parameters": {"level": 1}}).json()["error"][:9] == "parameter"
    )
    assert cars.ping() == 200


def test_artifacts_that_nobody_fetches_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    server = start(
        None,
        tmp_path,
        RBRIDGE_MODEL=str(tmp_path / "empty"),
        RBRIDGE_DEMO_MODEL=str(MARATHON),
        AIP_STORAGE_URI="gs://bucket/model",
    )
    assert server.process.wait(20) == 2
    assert "AIP_STORAGE_URI is gs://bucket/model, but nothing is fetched" in server.log.read_text()
