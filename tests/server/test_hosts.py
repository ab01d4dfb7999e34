"""docs/hosts.md and the manifests in deploy/, against the running server."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.config import Settings, load_settings
from tests.server.documented import Part, manifests, parts
from tests.serving import MARATHON, Server, serving

PARTS = parts()
SHOWN = [
    (name, shown) for name, part in PARTS.items() for shown in part.shown if name != "Vertex AI"
]
PORT = Settings().port


def container(manifest: Any) -> Any:
    """The one container of a custom predictor or of a deployment."""
    spec = manifest["spec"]
    (found,) = (spec.get("predictor") or spec["template"]["spec"])["containers"]
    return found


def environment(manifest: Any) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container(manifest)["env"]}


KSERVE = [*manifests("kserve"), *manifests("kserve-v1")]
DEPLOYMENT, SERVICE, *_ = manifests("kubernetes")
(COMPOSE,) = (manifest["services"]["marathon"] for manifest in PARTS["Docker compose"].manifests)
POD_MANIFESTS = [*KSERVE, DEPLOYMENT]


@pytest.fixture(scope="module")
def vertex(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with the environment of the docker line, but on a free port."""
    environ = dict(re.findall(r" -e (\w+)=(\S+)", PARTS["Vertex AI"].shell))
    with serving(MARATHON, tmp_path_factory.mktemp("vertex"), **environ) as server:
        yield server


@pytest.mark.parametrize(("name", "shown"), SHOWN)
def test_every_request_is_answered_as_shown(marathon: Server, name: str, shown: Any) -> None:
    assert shown.sent(marathon.url).text == shown.answer


@pytest.mark.parametrize("shown", PARTS["Vertex AI"].shown)
def test_every_request_to_vertex_ai_is_answered_as_shown(vertex: Server, shown: Any) -> None:
    assert shown.sent(vertex.url).text == shown.answer


def test_every_part_shows_a_request() -> None:
    assert len(PARTS) == 6 and all(part.shown for part in PARTS.values())


@pytest.mark.parametrize("manifest", POD_MANIFESTS)
def test_probes_and_ports_are_what_the_server_answers(marathon: Server, manifest: Any) -> None:
    one = container(manifest)
    (port,) = one["ports"]
    assert port["containerPort"] == PORT == load_settings({}, environment(manifest)).port
    probes = [name for name in one if name.endswith("Probe")]
    assert {"readinessProbe", "livenessProbe"} <= set(probes)
    for probe in probes:
        asked = one[probe]["httpGet"]
        assert asked["port"] in (PORT, port.get("name"))
        assert httpx.get(marathon.url + asked["path"]).status_code == 200


@pytest.mark.parametrize("manifest", POD_MANIFESTS)
def test_variables_are_those_of_the_server(manifest: Any) -> None:
    settings = load_settings({}, environment(manifest))
    assert settings.model_name == manifest["metadata"]["name"] == MARATHON.name
    assert str(settings.workers) == container(manifest)["resources"]["limits"]["cpu"]
    known = {"PROTOCOL", "STORAGE_URI", "RBRIDGE_MODEL", "RBRIDGE_MODEL_NAME", "RBRIDGE_WORKERS"}
    assert environment(manifest).keys() <= known


def test_kserve_hands_over_the_model_where_the_server_looks_for_it() -> None:
    fetched, shipped = map(environment, KSERVE)
    assert (fetched["PROTOCOL"], shipped["PROTOCOL"]) == ("v2", "v1")
    assert "STORAGE_URI" in fetched and load_settings({}, fetched).model == "/mnt/models"
    assert "STORAGE_URI" not in shipped and load_settings({}, shipped).model == Settings().model
    assert {container(manifest)["name"] for manifest in KSERVE} == {"kserve-container"}


def test_the_deployment_and_its_service_agree() -> None:
    pod = DEPLOYMENT["spec"]["template"]
    (port,) = SERVICE["spec"]["ports"]
    assert port["targetPort"] == container(DEPLOYMENT)["ports"][0]["name"] and port["port"] == PORT
    labels = DEPLOYMENT["spec"]["selector"]["matchLabels"]
    assert SERVICE["spec"]["selector"] == labels == pod["metadata"]["labels"]
    pause = container(DEPLOYMENT)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["spec"]["terminationGracePeriodSeconds"] > pause + Settings().drain


def test_the_health_check_of_compose_works(marathon: Server) -> None:
    kind, python, *arguments = COMPOSE["healthcheck"]["test"]
    assert (kind, python) == ("CMD", "python3") and COMPOSE["ports"] == [f"{PORT}:{PORT}"]
    assert load_settings({}, COMPOSE["environment"]).model_name == MARATHON.name
    assert int(COMPOSE["stop_grace_period"][:-1]) > Settings().drain
    here = [word.replace(str(PORT), str(marathon.port)) for word in arguments]
    assert subprocess.run([sys.executable, *here], check=False).returncode == 0
    nowhere = [word.replace("/ping", "/nothing") for word in here]
    failed = subprocess.run([sys.executable, *nowhere], check=False, capture_output=True)
    assert failed.returncode != 0


def test_vertex_ai_is_told_the_routes_that_are_shown() -> None:
    part: Part = PARTS["Vertex AI"]
    told = dict(re.findall(r"--container-([\w-]+)=(\S+)", part.shell))
    environ = dict(re.findall(r" -e (\w+)=(\S+)", part.shell))
    assert told["ports"] == environ["AIP_HTTP_PORT"] == str(PORT)
    assert told["health-route"] == environ["AIP_HEALTH_ROUTE"]
    assert told["predict-route"] == environ["AIP_PREDICT_ROUTE"]
    assert load_settings({}, environ).port == PORT


def test_the_image_has_the_folder_that_is_copied_to() -> None:
    text = (Path(__file__).parents[2] / "docs" / "hosts.md").read_text(encoding="utf-8")
    assert f"COPY mymodel {Settings().model}\n" in text
    assert f"./mymodel:{Settings().model}:ro" in COMPOSE["volumes"]
