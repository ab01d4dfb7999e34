"""The command line as a user meets it."""

import os
import subprocess
import sys
from pathlib import Path

from bridge import __version__
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
