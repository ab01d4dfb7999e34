"""Training jobs as SageMaker lays them out, run by `rbridge train` as in a container."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.serving import ROOT

COMMAND = (sys.executable, "-m", "bridge.cli", "train")
PAGE = (ROOT / "docs" / "train.md").read_text(encoding="utf-8")
FIT, STOPPABLE = re.findall(r"```r\n(.*?)```", PAGE, re.DOTALL)
RUNNERS = "half,time\n5000,10500\n6000,12900\n7000,15200\n8000,17800\n"


class Job:
    """``base`` is what /opt/ml is in a container."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def config(self, name: str, content: Any) -> None:
        folder = self.base / "input" / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(content))

    def channel(self, name: str, **files: str) -> Path:
        folder = self.base / "input" / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file.replace("__", ".")).write_text(text)
        return folder

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.base,
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(self.base), **environ},
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str, str]:
        """Exit status, stdout and stderr."""
        process = self.start(*arguments, **environ)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text(encoding="utf-8")

    @property
    def has_failed(self) -> bool:
        return (self.base / "output" / "failure").exists()
