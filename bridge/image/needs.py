"""needs: the model or models at a path, and the R packages that these need."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bridge.check.facts import gather
from bridge.errors import ModelNotServable
from bridge.folder import holds_model, read_folder
from bridge.image.cannot import CannotBuild

ITSELF = "."
_NAME = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*")  # that a Dockerfile takes without quotes
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Needs:
    """``models``: names below ``folder``; of a single folder ITSELF, of a file the file's.

    ``many``: it is a folder of model folders. ``packages``: versions by name, as they are on
    this machine; "" where that is not known.
    """

    folder: Path
    models: tuple[str, ...]
    many: bool
    packages: dict[str, str]


def needs_of(path: Path, trusted: bool, packages: Iterable[str] = ()) -> Needs:
    """With ``packages`` no model is loaded; raises StartupError, CannotBuild."""
    folder, models = _models(path)
    _check_models(models)
    named = dict.fromkeys(packages, "")
    _check(named)
    if not named:
        for model in models:
            facts = gather(folder / model, trusted)
            named |= {name: facts.packages.get(name, "") for name in facts.needed}
    many = path.is_dir() and models != (ITSELF,)
    return Needs(folder, models, many, dict(sorted(named.items())))


def _models(path: Path) -> tuple[Path, tuple[str, ...]]:
    if path.is_file():
        return path.parent, (path.name,)
    if not path.is_dir():
        raise ModelNotServable(f"there is no model at {path}")
    entries = sorted(entry for entry in path.iterdir() if entry.is_dir() and entry.name[0] != ".")
    models = tuple(entry.name for entry in entries if holds_model(entry))
    if holds_model(path) or not models:
        read_folder(path)  # says what is missing
        return path, (ITSELF,)
    return path, models


def _check(names: Iterable[str]) -> None:
    for name in names:
        if not _PACKAGE.fullmatch(name):
            raise CannotBuild(f'"{name}" cannot be the name of an R package')


def _check_models(names: Iterable[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise CannotBuild(
                f'"{name}" cannot stand in a Dockerfile; please rename it to letters, digits and '
                "._- alone"
            )
