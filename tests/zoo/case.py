"""case: one case of the zoo, as its folder tells it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .table import Table, from_r


@dataclass(frozen=True, slots=True)
class Missing:
    """What R answers where one cell is missing: ``kept`` rows, or an error."""

    table: Table | None
    kept: list[int]
    error: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a fresh R session answers."""

    batch: Table
    single: list[Table]
    missing: Missing | None
    versions: list[str]


@dataclass(frozen=True, slots=True)
class Case:
    """``alike`` are bodies that get the answer of a row; ``refuses`` those that get an error."""

    name: str
    family: str
    packages: list[str]
    toml: bool
    refused: list[str]
    never: bool
    alike: list[dict[str, Any]]
    refuses: list[dict[str, Any]]
    request: Table | None
    model: Path


class NoCase(Exception):
    """The case could not be fitted, or R itself cannot answer it."""


def read_case(folder: Path) -> Case:
    """Raises NoCase."""
    try:
        data = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoCase(_why_not(folder)) from None
    return Case(
        name=data["name"],
        family=data["family"],
        packages=data["packages"],
        toml=data["toml"],
        refused=data["refused"],
        never=data["never"],
        alike=data["alike"],
        refuses=data["refuses"],
        request=data["request"] and from_r(data["request"]),
        model=folder / "model",
    )


def _why_not(folder: Path) -> str:
    failed = folder / "failed.txt"
    told = failed.read_text(encoding="utf-8") if failed.is_file() else "R ended before it"
    return f"the case cannot be fitted: {told}"


def read_expected(folder: Path) -> Expected:
    """Raises NoCase."""
    path = folder / "expected.json"
    if not path.is_file():
        raise NoCase("R ended before it had answered")
    data = json.loads(path.read_text(encoding="utf-8"))
    answers = data["answers"]
    if "error" in answers:
        raise NoCase(f"a fresh R session cannot answer: {answers['error']}")
    return Expected(
        batch=from_r(answers["batch"]),
        single=[from_r(table) for table in answers["single"]],
        missing=answers["missing"] and _missing(answers["missing"]),
        versions=data["versions"],
    )


def _missing(data: dict[str, Any]) -> Missing:
    if "error" in data:
        return Missing(None, [], data["error"])
    return Missing(from_r(data["table"]), [row - 1 for row in data["kept"]], "")
