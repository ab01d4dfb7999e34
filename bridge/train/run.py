"""run: a training job from its files to a model that can be served."""

import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.config import environment, load_settings
from bridge.errors import StartupError
from bridge.train.failed import TrainingFailed
from bridge.train.job import Job
from bridge.train.script import PATIENCE, Ended, run_script
from bridge.train.source import Source, find_source
from bridge.train.variables import arguments, variables

if TYPE_CHECKING:
    from bridge.check.facts import Facts

BROUGHT = ("bridge.toml", "inference.R")  # what serving needs beside the model
STOPPED = 128 + signal.SIGTERM


def train(base: Path, program: str | None, folder: Path | None) -> tuple[int, "Facts | None"]:
    """Status and what is to be told of the model; raises TrainingFailed with the reason.

    None is told where the job was stopped: then there is no time to look at its model.
    """
    job = Job.read(base)
    with tempfile.TemporaryDirectory(prefix="rbridge-") as into:
        source = find_source(job, program, folder, Path(into))
        _prepare(job)
        told = environment(**variables(job))
        ended = run_script(source, arguments(job), told, PATIENCE)
        if ended.stopped:
            return (0 if ended.status == 0 else STOPPED), None
        _check_status(source, ended)
        _bring(source, job.model)
    return 0, _checked(job.model)


def _prepare(job: Job) -> None:
    """The folders for what comes; nothing is left of a run before."""
    (job.output / "failure").unlink(missing_ok=True)
    for folder in (job.model, job.output / "data"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingFailed(f"{folder} cannot be made: {error.strerror}") from None


def _check_status(source: Source, ended: Ended) -> None:
    if ended.status < 0:
        name = signal.Signals(-ended.status).name
        why = ", most likely for want of memory" if name == "SIGKILL" else ""
        raise TrainingFailed(f"{source.program} was ended by {name}{why}", 128 - ended.status)
    if ended.status > 0:
        said = f": {ended.said}" if ended.said else ""
        raise TrainingFailed(
            f"{source.program} ended with status {ended.status}{said}", ended.status
        )


def _bring(source: Source, model: Path) -> None:
    """Hooks and settings that lie beside the script, unless it wrote its own."""
    for name in BROUGHT:
        if (source.folder / name).is_file() and not (model / name).exists():
            shutil.copyfile(source.folder / name, model / name)


def _checked(model: Path) -> "Facts":
    # Imports numpy and more, which the script shall not wait for.
    from bridge.check.facts import gather

    try:
        return gather(model, load_settings({}).trust)
    except StartupError as error:
        raise TrainingFailed(
            f"the script ended well, but its model cannot be served: {error}"
        ) from None
