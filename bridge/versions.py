"""versions: all that a machine answers with: R, Python, their packages, the BLAS, the system."""

import platform
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from bridge import __version__
from bridge.rfiles import FOLDER

_ASK = """
sys.source(commandArgs(TRUE), environment())
installed <- utils::installed.packages(noCache = TRUE)
installed <- installed[!duplicated(rownames(installed)), ]
cat(as.character(getRversion()), blas_name(), "", sep = "\\n")
cat(sprintf("%s %s\\n", rownames(installed), installed[, "Version"]), sep = "")
"""
_DEBIAN = Path("/etc/debian_version")


@dataclass(frozen=True, slots=True)
class Language:
    """``packages`` are versions by name; ``version`` is "" if the language is not there."""

    version: str
    packages: dict[str, str]


@dataclass(frozen=True, slots=True)
class Versions:
    """``release`` is Debian's, such as 13.1, "" elsewhere."""

    rbridge: str
    system: str
    release: str
    machine: str
    blas: str
    python: Language
    r: Language

    def json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return asdict(self)


def all_versions() -> Versions:
    """What is installed here."""
    blas, r = _r()
    return Versions(
        rbridge=__version__,
        system=_system(),
        release=_DEBIAN.read_text().strip() if _DEBIAN.is_file() else "",
        machine=platform.machine(),
        blas=blas,
        python=Language(platform.python_version(), _sorted(_python_packages())),
        r=r,
    )


def as_text(versions: Versions) -> str:
    """A line for each."""
    system = f"{versions.system}, {versions.release}" if versions.release else versions.system
    blas = f", with the BLAS {versions.blas}" if versions.blas else ""
    return "\n".join(
        [
            f"rbridge {versions.rbridge}",
            f"{system}, {versions.machine}",
            f"R {versions.r.version or 'is not installed'}{blas}",
            *(f"  {name} {version}" for name, version in versions.r.packages.items()),
            f"Python {versions.python.version}",
            *(f"  {name} {version}" for name, version in versions.python.packages.items()),
        ]
    )


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _python_packages() -> dict[str, str]:
    return {found.metadata["Name"]: found.version for found in distributions()}


def _r() -> tuple[str, Language]:
    """The BLAS, and R itself."""
    command = ["Rscript", "--vanilla", "-e", _ASK, str(FOLDER / "R" / "blas.R")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "", Language("", {})
    version, blas, *lines = done.stdout.splitlines()
    packages = dict(line.split(" ", 1) for line in lines if line)
    return blas, Language(version, _sorted(packages))


def _sorted(packages: dict[str, str]) -> dict[str, str]:
    return dict(sorted(packages.items(), key=lambda item: item[0].lower()))
