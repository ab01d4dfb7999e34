"""session: the fresh Rscript that loads the model file and calls predict() by itself.

Starts ``r/verify.R``, which uses nothing of ``r/R``. The task goes there as a file, the
answers come back through a pipe while R works, both as exact bytes (``exchange``).
"""

import os
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from bridge.config import environment
from bridge.folder import ModelFolder
from bridge.rfiles import FOLDER
from bridge.schema import Schema
from bridge.verify import exchange
from bridge.verify.cannot import CannotVerify
from bridge.verify.exchange import Kind, Vector

SCRIPT = FOLDER / "verify.R"
_RUN = """
functions <- new.env(parent = baseenv())
sys.source(commandArgs(TRUE)[1], functions)
functions$run(commandArgs(TRUE)[2], commandArgs(TRUE)[3])
"""
MOST_STDERR = 1000

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What the session is told: where the model is, and what the fields are."""

    folder: ModelFolder
    object: str
    packages: list[str]
    predict: dict[str, list[Any]]
    schema: Schema


@dataclass(frozen=True, slots=True)
class Fresh:
    """The answer to one request: ``columns``, or why there are none.

    ``kind`` is ``answer``, ``rejected`` (a hook refused a row) or ``error``.
    """

    kind: str
    columns: Columns
    text: str = ""


def fresh_answers(
    task: Task,
    vectors: list[Vector],
    requests: list[tuple[int, ...]],
    tell: Callable[[int], None],
) -> tuple[dict[str, Any], list[Fresh]]:
    """What the session says of itself, and its answer to each request, in order.

    ``requests`` are row numbers from 0; ``tell`` gets the rows of each that is answered.
    Raises CannotVerify.
    """
    with tempfile.TemporaryDirectory(prefix="rbridge-verify-") as folder:
        place = Path(folder)
        with (place / "task").open("wb") as out:
            exchange.write(out, _told(task, vectors, requests))
        return _converse(place, requests, tell)


def _told(task: Task, vectors: list[Vector], requests: list[tuple[int, ...]]) -> dict[str, Any]:
    folder = task.folder
    fields = [
        {**asdict(field), "levels": Vector("character", list(field.levels))}
        for field in task.schema.predictors
    ]
    return {
        "dir": str(folder.path),
        "file": folder.data_file and str(folder.data_file),
        "script": folder.script and str(folder.script),
        "object": task.object,
        "packages": Vector("character", task.packages),
        "predict": {name: _argument(value) for name, value in task.predict.items()},
        "fields": fields,
        "columns": vectors,
        "rows": len(vectors[0].values),
        "order": Vector("integer", [row + 1 for rows in requests for row in rows]),
        "sizes": Vector("integer", [len(rows) for rows in requests]),
    }


def _argument(values: list[Any]) -> Vector:
    """An argument of predict(), with the type that it has in R."""
    types = {type(value) for value in values if value is not None}
    kinds: list[tuple[type, Kind]] = [(str, "character"), (float, "double"), (int, "integer")]
    return Vector(next((kind for known, kind in kinds if known in types), "logical"), values)


def _converse(
    place: Path, requests: list[tuple[int, ...]], tell: Callable[[int], None]
) -> tuple[dict[str, Any], list[Fresh]]:
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as answers, (place / "stderr").open("w+b") as errors:
        process = _start(place / "task", theirs, errors)
        try:
            about = _greeting(exchange.read(answers))
            return about, [_fresh(exchange.read(answers), rows, tell) for rows in requests]
        except exchange.Ended:
            process.wait()
            errors.seek(0)
            said = errors.read()[-MOST_STDERR:].decode("utf-8", "replace").strip()
            raise CannotVerify(f"the fresh R session ended before it was done: {said}") from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def _start(task: Path, pipe: int, errors: BinaryIO) -> subprocess.Popen[bytes]:
    command = ["Rscript", "--vanilla", "-e", _RUN, str(SCRIPT), str(task), f"/dev/fd/{pipe}"]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            pass_fds=(pipe,),
            cwd=task.parent,
            env=environment(TMPDIR=str(task.parent)),
        )
    except FileNotFoundError:
        raise CannotVerify("there is no Rscript on PATH to start a fresh session with") from None
    finally:
        os.close(pipe)


def _greeting(message: list[Any]) -> dict[str, Any]:
    kind, content = message
    if kind == ["cannot"]:
        raise CannotVerify(f"the fresh R session could not load the model: {content[0]}")
    packages = {name: version[0] for name, version in (content.pop("packages") or {}).items()}
    return {name: value[0] for name, value in content.items()} | {"packages": packages}


def _fresh(message: list[Any], rows: tuple[int, ...], tell: Callable[[int], None]) -> Fresh:
    (kind,), content = message
    tell(len(rows))
    if kind == "answer":
        return Fresh(kind, content)
    return Fresh(kind, {}, content[0])
