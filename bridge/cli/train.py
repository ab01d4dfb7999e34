"""rbridge train: SageMaker's `docker run IMAGE train`."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import fail_when_interrupted

if TYPE_CHECKING:
    from bridge.check.facts import Facts

FOLDER = click.Path(path_type=Path)


@click.command()
@click.option(
    "--base",
    type=FOLDER,
    envvar="SAGEMAKER_BASE_DIR",
    show_envvar=True,
    default="/opt/ml",
    show_default=True,
    help="Where SageMaker's files are.",
)
@click.option(
    "--program",
    envvar="SAGEMAKER_PROGRAM",
    show_envvar=True,
    help="The script, where the job names none. [default: train.R]",
)
@click.option(
    "--source",
    type=FOLDER,
    envvar="SAGEMAKER_SUBMIT_DIRECTORY",
    show_envvar=True,
    help="Its folder, where the job has none. [default: code, below --base]",
)
def train(base: Path, program: str | None, source: Path | None) -> None:
    """Run a train.R as a training job of SageMaker, and check that its model can be served.

    Hyperparameters and channels come as SM_* variables and as arguments; what the script leaves
    in SM_MODEL_DIR is the model. A failure is told in output/failure as well.

    Exit status: 0 if there is a model that can be served, that of the script if it fails, 2 if
    it cannot be run or its model cannot be served, 143 if the job was stopped.
    """
    fail_when_interrupted()
    from bridge.train.failed import TrainingFailed
    from bridge.train.job import write_failure
    from bridge.train.run import train as run

    try:
        status, facts = run(base, program, source)
    except TrainingFailed as error:
        with contextlib.suppress(OSError):  # who may not write there has stderr
            write_failure(base, str(error))
        click.echo(f"rbridge: {error}", err=True)
        sys.exit(error.status)
    click.echo(_report(facts) if facts else "rbridge: stopped; the model was not looked at")
    sys.exit(status)


def _report(facts: "Facts") -> str:
    from bridge.check.text import as_text

    return as_text(facts)
