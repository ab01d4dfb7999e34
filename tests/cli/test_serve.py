"""The command line as a user meets it."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge import __version__
from bridge.cli.commands import NAMES
from bridge.cli.serve import importing
from bridge.config import knobs


def rbridge(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environ}
    )


def test_version() -> None:
    assert rbridge("--version").stdout == f"rbridge, version {__version__}\n"


def test_help_tells_of_every_setting() -> None:
    told = " ".join(rbridge("serve", "--help").stdout.split())
    for knob in knobs():
        assert knob.help.split(";")[0].split(".")[0][:30] in told or knob.name == "model"
        assert knob.env[0] in told or knob.name == "model"


def test_a_wrong_setting_is_told_with_its_name(tmp_path: Path) -> None:
    done = rbridge("serve", str(tmp_path), SAGEMAKER_MODEL_SERVER_WORKERS="many")
    assert done.returncode == 2
    assert done.stderr == "rbridge: SAGEMAKER_MODEL_SERVER_WORKERS=many is not a whole number\n"


def test_a_wrong_option_is_told_with_its_limit(tmp_path: Path) -> None:
    done = rbridge("serve", str(tmp_path), "--queue", "0")
    assert done.returncode == 2
    assert "queue is 0, but must be at least 1" in done.stderr


def imported_by(*modules: str) -> set[str]:
    """The names of all modules that are there once these were imported."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_command_is_imported_when_it_is_asked_for() -> None:
    assert not imported_by("bridge.cli.commands") & {f"bridge.cli.{name}" for name in NAMES}
    told = rbridge("--help").stdout
    assert [line.split()[0] for line in told.partition("Commands:\n")[2].splitlines()] == [*NAMES]
    done = rbridge("sevre")
    assert (done.returncode, "No such command" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "modules",
    [
        ("bridge.cli.serve", "bridge.pool.launch", "bridge.pool.privileges"),
        ("bridge.pool.confined", "bridge.pool.zygote"),
    ],
)
def test_r_does_not_wait_for_what_is_needed_later(modules: tuple[str, ...]) -> None:
    later = {"asyncio", "numpy", "uvicorn", "starlette", "bridge.folder", "bridge.scan"}
    assert not imported_by(*modules) & later


def test_the_collector_rests_while_the_server_is_imported() -> None:
    with importing():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()
