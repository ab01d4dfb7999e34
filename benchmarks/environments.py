"""environments: what only benchmarks need of Python, each in an environment below ``.bench``.

All versions are pinned with their hashes in ``benchmarks/requirements``.
"""

import os
import subprocess
import sys
from pathlib import Path

HOME = Path(".bench").absolute()
_REQUIREMENTS = Path("benchmarks/requirements")
_BUILD = Path("requirements-build.txt")  # rpy2-rinterface comes as source
NAMES = ("plot", "starlette", "bentoml", "mlserver")


def python(name: str) -> str:
    """The Python of one environment."""
    return str(HOME / name / "bin" / "python")


def install(name: str) -> str:
    """Makes an environment, unless it is there already; tells what went wrong, or ""."""
    wanted = _requirements(name).read_text() + _BUILD.read_text()
    done = HOME / name / "installed"
    if done.exists() and done.read_text() == wanted:
        return ""
    try:
        _run(sys.executable, "-m", "venv", "--clear", str(HOME / name))
        _pip(name, "--only-binary", ":all:", "-r", str(_BUILD))
        _pip(name, "--no-build-isolation", "-r", str(_requirements(name)))
    except subprocess.CalledProcessError as error:
        lines = str(error.stdout).strip().splitlines()
        return lines[-1][:200] if lines else str(error)
    done.write_text(wanted)
    return ""


def version(name: str, package: str) -> str:
    """Of a package that is pinned there; "" if none is."""
    lines = _requirements(name).read_text().splitlines()
    found = [line.split("==")[1].split()[0] for line in lines if line.startswith(f"{package}==")]
    return found[0] if found else ""


def _requirements(name: str) -> Path:
    return _REQUIREMENTS / f"{name}.txt"


def _pip(name: str, *arguments: str) -> None:
    _run(python(name), "-m", "pip", "install", "--require-hashes", *arguments)


def _run(*command: str) -> None:
    """Raises CalledProcessError, which has all that was printed."""
    environ = {**os.environ, "RPY2_CFFI_MODE": "API", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    print("bench:", *command, flush=True)
    subprocess.run(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
