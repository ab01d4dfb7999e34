"""run: the comparison from beginning to end."""

import hashlib
import json
import platform
import shlex
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from bridge import __version__
from bridge.describe import Description, describe
from bridge.folder import ModelFolder, read_folder
from bridge.schema import Schema
from bridge.verify.cannot import CannotVerify
from bridge.verify.cells import Prepared, prepare
from bridge.verify.compare import compare
from bridge.verify.data import read_data
from bridge.verify.report import Circumstances, HashedFile, Report, make_report
from bridge.verify.service import Answered, Outcome, ask_all, serving
from bridge.verify.session import Fresh, Task, fresh_answers


class Bar(Protocol):
    """What shows how far a piece of work is."""

    def update(self, n_steps: int) -> None: ...


Progress = Callable[[str, int], AbstractContextManager[Bar]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be verified."""

    path: Path
    data: Path
    batch: int
    command: list[str]


def verify(asked: Asked, progress: Progress) -> Report:
    """The report; raises CannotVerify or a StartupError.

    ``progress`` makes a bar with a label, for so many rows.
    """
    began, started = datetime.now(UTC), time.monotonic()
    folder = read_folder(asked.path)
    data = read_data(asked.data)
    described = describe(asked.path)
    if described.free_rows:
        raise CannotVerify(
            "the model does not answer one row per row, as a time series that is asked for a "
            "horizon: there are no rows of data to verify it with"
        )
    prepared = prepare(data, described.schema)
    outcomes = _through_the_service(asked, prepared, progress)
    about, fresh = _through_a_session(folder, described, prepared, outcomes, progress)
    circumstances = Circumstances(
        command=shlex.join(asked.command),
        date=began.strftime("%Y-%m-%d %H:%M:%S"),
        seconds=round(time.monotonic() - started, 1),
        rows_per_request=asked.batch,
        requests=len(outcomes),
        model=_model(folder, described),
        fields=[f"{field.name} ({field.type})" for field in described.schema.predictors],
        files=_files(folder, asked),
        versions=_versions(about),
        packages=about["packages"],
    )
    return make_report(compare(outcomes, fresh), circumstances)


def _through_the_service(asked: Asked, prepared: Prepared, progress: Progress) -> list[Outcome]:
    records = prepared.records
    with serving(asked.path) as service, progress("service", len(records)) as bar:
        return ask_all(service, records, asked.batch, bar.update)


def _through_a_session(
    folder: ModelFolder,
    described: Description,
    prepared: Prepared,
    outcomes: list[Outcome],
    progress: Progress,
) -> tuple[dict[str, Any], list[Fresh]]:
    """The same rows in the same groups: with an NA beside it, R adds up a row otherwise."""
    packages = list(described.packages)
    task = Task(folder, described.object, packages, described.predict, described.schema)
    _replace(described.schema, prepared, outcomes)
    requests = [o.rows if isinstance(o, Answered) else (o.row,) for o in outcomes]
    with progress("fresh session", len(prepared.records)) as bar:
        return fresh_answers(task, prepared.vectors, requests, bar.update)


def _replace(schema: Schema, prepared: Prepared, outcomes: list[Outcome]) -> None:
    """What a policy of bridge.toml made of a cell, the fresh session gets too."""
    vectors = dict(zip(schema.names, prepared.vectors, strict=True))
    for outcome in outcomes:
        for cell in outcome.replaced if isinstance(outcome, Answered) else ():
            vectors[cell.field].values[cell.row] = cell.became


def _model(folder: ModelFolder, described: Description) -> dict[str, str]:
    call = ", ".join(["model", "newdata", *_arguments(described.predict)])
    return {
        "model": folder.data_file.name if folder.data_file else folder.path.name,
        "object": described.object or "made by model_fn",
        "class": ", ".join(described.classes),
        "call": f"predict({call})" + (", with the hooks of inference.R" if folder.script else ""),
    }


def _arguments(predict: dict[str, list[Any]]) -> list[str]:
    return [f"{name} = {', '.join(map(json.dumps, values))}" for name, values in predict.items()]


def _versions(about: dict[str, Any]) -> dict[str, str]:
    return {
        "rbridge": __version__,
        "R": about["r"],
        "BLAS": about["blas"] or "R's own",
        "LAPACK": about["lapack"] or "R's own",
        "Python": platform.python_version(),
        "platform": platform.platform(),
    }


def _files(folder: ModelFolder, asked: Asked) -> list[HashedFile]:
    """All that the answers depend on; where model_fn makes the model, every file is."""
    toml = asked.path / "bridge.toml"
    roles = [("model", folder.data_file), ("hooks", folder.script), ("settings", toml)]
    found = [(role, path) for role, path in roles if path and path.is_file()]
    if folder.data_file is None:
        known = {path for _, path in found}
        parts = sorted(path for path in folder.path.rglob("*") if path.is_file())
        found += [("part", path) for path in parts if path not in known]
    return [_hashed(role, path) for role, path in [*found, ("data", asked.data)]]


def _hashed(role: str, path: Path) -> HashedFile:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return HashedFile(role, path.name, path.stat().st_size, digest)
