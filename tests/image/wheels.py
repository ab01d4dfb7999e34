"""wheels: what the image takes from Python's registry is there for arm64 too."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .engine import Engine
from .places import ROOT
from .report import Report

PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64")
FROM_SOURCE = "rpy2-rinterface"
PYTHON = "3.13"  # that of the image


def check_arm64(engine: Engine, port: int, report: Report) -> None:
    """Every wheel that is pinned exists for arm64, with a hash that is pinned."""
    with tempfile.TemporaryDirectory(prefix="rbridge-wheels-") as folder:
        for name in ("requirements.txt", "requirements-build.txt"):
            pinned = (ROOT / name).read_text(encoding="utf-8")
            binary = re.sub(rf"^{FROM_SOURCE}==(.*\\\n)*.*\n", "", pinned, flags=re.MULTILINE)
            Path(folder, name).write_text(binary)
            said = _download(Path(folder, name), Path(folder))
            report.check(f"{name} has wheels for arm64", not said, said)


def _download(requirements: Path, folder: Path) -> str:
    """What pip says if it fails."""
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--python-version", PYTHON, *platforms]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr[-2000:] if done.returncode else ""
