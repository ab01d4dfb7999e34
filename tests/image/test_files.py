"""What an image is built from, without building it: Dockerfile, compose.yaml, the wheel."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from bridge import __version__
from bridge.cli.commands import NAMES
from bridge.config import ON_SAGEMAKER, Settings, knobs, load_settings
from bridge.image.dockerfile import BASE, MODEL, MODELS
from tests.serving import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
CONTEXT = """
import sys
from pathlib import Path
from bridge.image.source import base_context
print(base_context(Path(sys.argv[1])))
"""


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found if "__pycache__" not in path.parts}


def test_the_version_is_that_of_the_package() -> None:
    (label,) = re.findall(r"org\.opencontainers\.image\.version=(\S+)", DOCKERFILE)
    assert label == __version__


def test_the_health_check_is_a_command() -> None:
    (command,) = re.findall(r'HEALTHCHECK .* CMD \["rbridge", "(\w+)"\]', DOCKERFILE)
    assert command in NAMES


def test_no_step_is_for_one_kind_of_machine() -> None:
    steps = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    assert [line for line in steps if re.search(r"amd64|x86|aarch64|arm64|--platform", line)] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_sets_what_there_is(name: str) -> None:
    service: dict[str, Any] = SERVICES[name]
    known = {"build", "image", "read_only", "tmpfs", "security_opt", "stop_grace_period",
             "ports", "volumes", "environment"}  # fmt: skip
    assert set(service) <= known
    assert service["image"] == BASE
    environment = service.get("environment", {})
    variables = {variable for knob in knobs() for variable in knob.env}
    assert set(environment) <= variables - set(ON_SAGEMAKER)
    settings = load_settings({}, environment)
    assert settings.multi_model == (name == "models")
    assert settings.endpoints and str(settings.port) == service["ports"][0].rpartition(":")[2]
    assert int(service["stop_grace_period"].rstrip("s")) > Settings().drain


@pytest.mark.parametrize(("name", "place"), [("model", MODEL), ("models", MODELS)])
def test_compose_mounts_models_where_they_are_looked_for(name: str, place: str) -> None:
    (volume,) = SERVICES[name]["volumes"]
    source, target, mode = volume.replace("${MODEL:-marathon}", "marathon").split(":")
    assert (target, mode) == (place, "ro")
    assert (ROOT / source).is_dir()
    assert place in (Settings().model, Settings().models)


def test_an_installed_package_holds_what_the_image_is_built_from(tmp_path: Path) -> None:
    """From its wheel the same context is made as the clone is, and from that the same wheel."""
    installed, context = tmp_path / "installed", tmp_path / "context"
    _unpack(_wheel(ROOT, tmp_path), installed)
    command = [sys.executable, "-c", CONTEXT, str(context)]
    subprocess.run(command, cwd=installed, env={"PYTHONPATH": str(installed)}, check=True)
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(sources).replace(" . ", " ").split():
        assert (context / name).exists(), name
    for name in ("Dockerfile", ".dockerignore", "pyproject.toml", "requirements.txt"):
        assert (context / name).read_bytes() == (ROOT / name).read_bytes()
    assert files(context / "bridge") == files(ROOT / "bridge")
    again = tmp_path / "again"
    _unpack(_wheel(context, tmp_path / "second"), again)
    assert files(again) == files(installed)


def _wheel(source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=source, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
