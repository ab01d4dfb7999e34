"""Images of this machine: a docker that only writes down what it is asked."""

from pathlib import Path
from typing import Any

import pytest

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.docker import fitting_image_id, image_id
from bridge.deploy.names import repository
from bridge.deploy.wanted import Mode, Wanted
from tests.deploy.cloud import ACCOUNT, REGION, Cloud
from tests.deploy.runs import IMAGE, Run
from tests.serving import MARATHON

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
DOCKER = """#!/bin/sh
echo "$@" | sed 's/--config [^ ]*/--config DIR/' >>"{log}"
case "$*" in
  context*) {context} ;;
  *inspect*missing) exit 1 ;;
  *inspect*Architecture*arm) echo arm64 ;;
  *inspect*Architecture*) echo amd64 ;;
  *inspect*) echo sha256:0123456789abcdef ;;
  *login*) echo "password $(cat)" >>"{log}" ;;
  *push*broken*) echo "no space left on device" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Where it writes what it is asked."""
    context = getattr(request, "param", "echo unix:///here.sock")
    command = tmp_path / "bin" / "docker"
    command.parent.mkdir()
    command.write_text(DOCKER.format(log=tmp_path / "log", context=context))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(command.parent), prepend=":")
    return tmp_path / "log"


def wanted(image: str, **options: Any) -> Wanted:
    return Wanted(MARATHON, "marathon", image=image, **options)


def test_what_is_in_an_image(docker: Path) -> None:
    assert image_id("models") == fitting_image_id(wanted("models")) == "sha256:0123456789abcdef"
    assert image_id("missing") is None
    with pytest.raises(CannotDeploy, match="docker has no image missing on this machine"):
        fitting_image_id(wanted("missing"))


@pytest.mark.parametrize(
    ("image", "machine", "fits"),
    [
        ("models", "ml.m5.large", True),
        ("models", "ml.g6e.xlarge", True),
        ("models", "ml.c7g.large", False),
        ("for-arm", "ml.m6gd.large", True),
        ("for-arm", "ml.m7i.large", False),
    ],
)
def test_an_image_must_be_for_such_machines(
    docker: Path, image: str, machine: str, fits: bool
) -> None:
    if fits:
        assert fitting_image_id(wanted(image, instance_type=machine))
        return
    with pytest.raises(CannotDeploy, match=f"{machine} has .* --platform linux/a"):
        fitting_image_id(wanted(image, instance_type=machine))


def test_a_serverless_endpoint_is_amd64(docker: Path) -> None:
    with pytest.raises(CannotDeploy, match="is for arm64, and a serverless endpoint has amd64"):
        fitting_image_id(wanted("for-arm", mode=Mode.SERVERLESS, instance_type="ml.m6g.large"))


def test_an_image_in_ecr_is_not_looked_for(docker: Path) -> None:
    assert image_id(IMAGE) is fitting_image_id(wanted(IMAGE)) is None
    assert not docker.exists()


def test_without_docker_an_image_in_ecr_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert image_id("models") is None
    with pytest.raises(CannotDeploy, match="give one that is in ECR with --image"):
        fitting_image_id(wanted("models"))


def test_a_local_image_is_pushed_once_and_removed(run: Run, cloud: Cloud, docker: Path) -> None:
    untouched = cloud.holds()
    plan = run.deploy(image="models")
    pushed = f"{HOST}/rbridge/marathon:0123"
    asked = docker.read_text().splitlines()[1:]
    begin = "--config DIR --host unix:///here.sock"
    assert asked[0] == f"{begin} login --username AWS --password-stdin {HOST}"
    assert asked[1].startswith("password ")
    assert asked[2:] == [f"tag models {pushed}", f"{begin} push {pushed}"]
    (model,) = cloud.sagemaker._models.values()
    assert model.primary_container["Image"] == pushed
    (step,) = (step for step in plan.steps if step.call.operation == "push")
    assert step.look is not None
    image = {"imageTag": "0123"}
    assert step.look.parameters == {"repositoryName": repository("marathon"), "imageIds": [image]}
    run.undeploy()
    assert cloud.holds() == untouched


def test_a_push_that_fails_tells_what_docker_said(run: Run, docker: Path) -> None:
    with pytest.raises(CannotDeploy, match=r"docker push .* failed: no space left on device"):
        run.deploy(image="models", name="broken")


@pytest.mark.parametrize("docker", ["exit 1"], indirect=True)
def test_a_docker_that_knows_no_contexts(run: Run, docker: Path) -> None:
    run.deploy(image="models")
    asked = docker.read_text().splitlines()
    assert asked[-1] == f"--config DIR push {HOST}/rbridge/marathon:0123"
