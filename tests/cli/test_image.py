"""rbridge image: the Dockerfile that it writes, and what it asks of whatever builds images.

Engines are stand-ins that write down what they are asked; scripts/image-test builds for real.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge import __version__
from bridge.cli import image as command
from bridge.cli.commands import rbridge
from tests.serving import MARATHON, ROOT, rscript

BASE = f"r-model-bridge:{__version__}"
ENGINE = """#!/bin/sh
echo "$(basename "$0") $*" >>"{log}"
case "$*" in
  version*) exit {answers} ;;
  inspect*) exit {has_base} ;;
esac
while [ $# -gt 0 ]; do
  [ "$1" = --file ] && cp "$2" "{log}.Dockerfile"
  shift
done
exit {builds}
"""
GAM = 'saveRDS(mgcv::gam(dist ~ s(speed), data = cars), "model.rds")'
TRIED = "RUN --mount=type=bind,source=.,target=/opt/ml/model rbridge check /opt/ml/model"


def loading(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Starts R, which wants a real stderr."""
    line = [sys.executable, "-m", "bridge.cli", "image", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def image(*arguments: object) -> Result:
    return CliRunner().invoke(rbridge, ["image", *map(str, arguments)])


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The command takes signals for itself."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts an engine on the path; gives where engines write what they are asked."""

    def make(name: str, answers: int = 0, has_base: int = 0, builds: int = 0) -> Path:
        command = tmp_path / "bin" / name
        command.parent.mkdir(exist_ok=True)
        log = tmp_path / "log"
        text = ENGINE.format(log=log, answers=answers, has_base=has_base, builds=builds)
        command.write_text(text)
        command.chmod(0o755)
        return log

    for name in ("docker", "podman", "buildah"):  # none of this machine is asked
        make(name, answers=1)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return make


def test_every_option_is_on_the_page() -> None:
    page = (ROOT / "docs" / "container.md").read_text(encoding="utf-8")
    names = [
        flag for option in command.image.params for flag in option.opts if flag.startswith("--")
    ]
    assert len(names) > 5
    assert [name for name in names if f"`{name}" not in page and f" {name} " not in page] == []


def test_a_model_of_r_alone_needs_no_package() -> None:
    done = loading(MARATHON)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"# For the model marathon, by rbridge {__version__}. R packages: none."
    assert [line for line in lines if line and line[0] != "#"] == [
        f"ARG BASE={BASE}", "FROM ${BASE}", TRIED,
    ]  # fmt: skip


def test_packages_are_those_that_check_finds_in_each_model(tmp_path: Path) -> None:
    (tmp_path / "smooth").mkdir()
    rscript(GAM, tmp_path / "smooth")
    shutil.copytree(MARATHON, tmp_path / "marathon")
    (tmp_path / "no-model").mkdir()
    done = loading(tmp_path, "--with-model")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert 'ENV R_PACKAGES="mgcv nlme"' in lines or 'ENV R_PACKAGES="mgcv"' in lines
    assert lines[-5:] == [
        "COPY marathon /opt/ml/models/marathon",
        "COPY smooth /opt/ml/models/smooth",
        "RUN rbridge check /opt/ml/models/marathon",
        "RUN rbridge check /opt/ml/models/smooth",
        "ENV RBRIDGE_MULTI_MODEL=true",
    ]
    version = rscript('cat(as.character(packageVersion("mgcv")))', tmp_path)
    assert f"mgcv {version}" in done.stdout


def test_packages_that_are_named_are_taken_without_loading_anything(tmp_path: Path) -> None:
    (tmp_path / "model.rds").write_bytes(b"no model at all")
    named = ("--package", "ranger", "--package", "data.table", "--base", "mine:1", "--trust")
    done = image(tmp_path / "model.rds", *named)
    assert done.exit_code == 0, done.stderr
    assert 'ENV R_PACKAGES="data.table ranger"' in done.stdout
    assert "ARG BASE=mine:1\n" in done.stdout
    assert "source=model.rds,target=/opt/ml/model/model.rds" in done.stdout
    assert done.stdout.endswith("rbridge check /opt/ml/model --trust\n")


def test_the_file_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    done = image(MARATHON, "--package", "ranger", "--output", tmp_path / "Dockerfile")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "ranger" in (tmp_path / "Dockerfile").read_text()
    done = image(MARATHON, "--package", "ranger", "--output", tmp_path / "no" / "Dockerfile")
    assert done.exit_code == 2
    assert "no/Dockerfile cannot be written: No such file" in done.stderr


@pytest.mark.parametrize(
    ("path", "options", "reason"),
    [
        ("gone", (), "there is no model at "),
        ("empty", (), "holds no .RData, .rda or .rds file"),
        ("a b.rds", (), '"a b.rds" cannot stand in a Dockerfile'),
        ("empty", ("--package", "x; reboot"), "holds no .RData"),
        ("m.rds", ("--package", "x; reboot"), '"x; reboot" cannot be the name of an R package'),
        ("m.rds", ("--platform", "linux/arm64"), "--platform goes with --tag"),
    ],
)
def test_what_cannot_be_is_told(
    tmp_path: Path, path: str, options: tuple[str, ...], reason: str
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("a b.rds", "m.rds"):
        (tmp_path / name).write_bytes(b"no model at all")
    done = image(tmp_path / path, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in done.stderr and "Traceback" not in done.stderr


def test_a_model_that_cannot_be_served_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.rds").write_bytes(b"no model at all")
    done = loading(tmp_path / "m.rds")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rbridge: m.rds cannot be read")


def test_the_first_engine_that_answers_builds_the_base_and_then_the_image(
    engine: Callable[..., Path],
) -> None:
    log = engine("docker", has_base=1)
    done = image(MARATHON, "--package", "ranger", "--tag", "mine:2", "--platform", "linux/amd64")
    assert done.exit_code == 0, done.stderr
    assert f"building {BASE} first" in done.stderr
    version, inspect, base, own = log.read_text().splitlines()
    assert version.startswith("docker version")
    assert inspect == f"docker inspect --type image {BASE}"
    options = "--provenance=false --output type=docker --platform linux/amd64"
    assert base == f"docker buildx build {options} --tag {BASE} --file {ROOT}/Dockerfile {ROOT}"
    assert own.startswith(f"docker buildx build {options} --tag mine:2 --file /")
    assert own.endswith(f"/Dockerfile {MARATHON}")
    assert 'R_PACKAGES="ranger"' in Path(f"{log}.Dockerfile").read_text()


@pytest.mark.parametrize("name", ["podman", "buildah"])
def test_other_engines_make_the_kind_of_image_that_sagemaker_takes(
    engine: Callable[..., Path], name: str
) -> None:
    log = engine(name)
    done = image(MARATHON, "--package", "ranger", "--tag", "mine")
    assert done.exit_code == 0, done.stderr
    lines = [line for line in log.read_text().splitlines() if line.startswith(name)]
    assert len(lines) == 3
    assert lines[-1].startswith(f"{name} build --format docker --tag mine --file ")


def test_a_base_that_is_named_is_not_built(engine: Callable[..., Path]) -> None:
    log = engine("docker", has_base=1)
    done = image(MARATHON, "--package", "ranger", "--tag", "mine", "--base", "theirs:1")
    assert done.exit_code == 0, done.stderr
    assert log.read_text().count("buildx build") == 1


def test_no_engine_and_a_build_that_fails_are_told(engine: Callable[..., Path]) -> None:
    done = image(MARATHON, "--package", "ranger", "--tag", "mine")
    assert done.exit_code == 2
    assert "none of docker, podman, buildah answers on this machine; leave --tag" in done.stderr
    engine("docker", builds=1)
    done = image(MARATHON, "--package", "ranger", "--tag", "mine")
    assert done.exit_code == 2
    assert "docker could not build mine; it says why above" in done.stderr
