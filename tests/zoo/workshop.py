"""workshop: runs R: fits the cases of a theme, and asks a fresh R what each must answer.

What was made is kept in the system's folder for temporary files under a hash of all that
it depends on: the R files, the version of R and of its packages, the BLAS.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from .catalog import SOURCES, THEME_OF

# Taken once: pytest changes its own variable while threads start R.
_ENVIRON = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TZ": "UTC"}

_SESSION = "cat(R.version.string, extSoftVersion()[['BLAS']], .libPaths(), sep = '\\n')"
_SECONDS = 300


class RFailed(Exception):
    """R ended with an error."""


@cache
def r_session() -> tuple[str, str, list[Path]]:
    """R's version, its BLAS, and the folders of its packages."""
    version, blas, *libraries = _run("Rscript", "--vanilla", "-e", _SESSION).splitlines()
    return version, blas, [Path(library) for library in libraries]


def prepared(theme: Path) -> Path:
    """A folder with a folder for each case of the theme: fitted, saved, and asked."""
    kept = Path(tempfile.gettempdir()) / f"r-model-zoo-{os.getuid()}" / _key(theme)
    if kept.is_dir():
        return kept
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=kept.parent))
    _rscript("zoo.R", str(theme), str(made))
    for group in _groups(made):
        _rscript("expected.R", *map(str, group))
    names = [name for name, home in THEME_OF.items() if home == theme]
    missing = [name for name in names if not (made / name / "case.json").is_file()]
    return made if missing else made.rename(kept)


def _groups(made: Path) -> list[list[Path]]:
    """The cases that R is to answer, those with the same packages together."""
    groups: dict[str, list[Path]] = {}
    for path in sorted(made.glob("*/case.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        if not case["refused"] and not case["never"]:
            groups.setdefault(str(case["packages"]), []).append(path.parent)
    return list(groups.values())


def _key(theme: Path) -> str:
    version, blas, libraries = r_session()
    digest = hashlib.sha256("\n".join((version, blas)).encode())
    packages = [path for library in libraries for path in library.glob("*/DESCRIPTION")]
    for path in (theme, *sorted(SOURCES.iterdir()), *sorted(packages)):
        digest.update(path.read_bytes())
    return f"{theme.stem}-{digest.hexdigest()[:16]}"


def _rscript(script: str, *arguments: str) -> str:
    return _run("Rscript", "--vanilla", str(SOURCES / script), str(SOURCES), *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=_ENVIRON
    )
    if done.returncode != 0:
        raise RFailed(f"{' '.join(command)}: {done.stderr}")
    return done.stdout
