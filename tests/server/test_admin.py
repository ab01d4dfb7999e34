"""Many models whose loading has an address of its own."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.mme import lines
from tests.server.scraped import scrape
from tests.serving import MARATHON, Server, free_port, serving, start

Divided = tuple[Server, str]


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Divided]:
    """A server, and the URL of its administration."""
    folder = tmp_path_factory.mktemp("divided")
    lines(folder, 1)
    port = free_port()
    given = ("--multi-model", "true", "--models", str(folder), "--admin-port", str(port))
    (folder / "large.rds").write_bytes(b"x" * (2 << 20))
    with serving(None, folder, *given, "--max-model-mb", "1") as server:
        admin = f"http://127.0.0.1:{port}"
        model = {"model_name": "m1", "url": str(folder / "m1" / "model")}
        assert httpx.post(admin + "/models", json=model, timeout=60).status_code == 200
        yield server, admin


def test_a_model_that_was_loaded_there_is_asked_here(divided: Divided) -> None:
    server, _ = divided
    reply = httpx.post(server.url + "/models/m1/invoke", json={"x": 2}, timeout=60)
    assert reply.json()["predictions"] == [pytest.approx(2, abs=1e-4)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/models"), ("POST", "/models"), ("GET", "/models/m1"), ("DELETE", "/models/m1")),
        ("GET", "/metrics"),
    ],
)
def test_clients_cannot_administer(divided: Divided, method: str, path: str) -> None:
    server, _ = divided
    reply = httpx.request(method, server.url + path, headers={"Host": "127.0.0.1:1"}, timeout=10)
    assert reply.status_code == 404
    assert "/models/{name}/invoke" in reply.text and "/models," not in reply.text


@pytest.mark.parametrize("path", ["/models/m1/invoke", "/invocations", "/openapi.json"])
def test_nothing_else_is_answered_there(divided: Divided, path: str) -> None:
    _, admin = divided
    assert httpx.post(admin + path, json={"x": 2}, timeout=10).status_code == 404


def test_models_are_listed_there(divided: Divided) -> None:
    _, admin = divided
    assert [m["modelName"] for m in httpx.get(admin + "/models").json()["models"]] == ["m1"]


def test_metrics_are_told_there(divided: Divided) -> None:
    server, admin = divided
    before = scrape(admin).get("rbridge_requests_total", model="m1")
    assert httpx.post(server.url + "/models/m1/invoke", json={"x": 2}, timeout=60).is_success
    assert scrape(admin).get("rbridge_requests_total", model="m1") == before + 1


def test_a_model_that_is_too_large_is_refused(divided: Divided, tmp_path: Path) -> None:
    server, admin = divided
    model = {"model_name": "large", "url": str(server.log.parent / "large.rds")}
    reply = httpx.post(admin + "/models", json=model, timeout=10)
    assert reply.status_code == 400 and "max_model_mb allows 1" in reply.text


def test_one_model_has_nothing_to_administer(tmp_path: Path) -> None:
    server = start(MARATHON, tmp_path, "--admin-port", str(free_port()))
    assert server.process.wait(20) == 2
    assert "admin_port is for loading models" in server.log.read_text()
