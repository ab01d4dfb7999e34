"""deploying: what `rbridge deploy` and `rbridge undeploy` share: asking, progress, endings."""

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from bridge.deploy.aws import Aws
    from bridge.deploy.step import Plan, Step

DIFFERS_STATUS, CANNOT_STATUS = 1, 2


class Progress:
    """A line for each step on stdout; what is waited for on stderr."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._told = ""

    def say(self, number: int, outcome: str, step: "Step") -> None:
        """A step is done."""
        self._clear()
        call = step.change if step.change and outcome == "changed" else step.call
        click.echo(f"{number:2}/{self._steps}  {outcome:9}  {call.name}  {call.subject}")

    def watch(self, status: str, seconds: float) -> None:
        """Something is waited for: on a terminal one line that changes, else a line a status."""
        if sys.stderr.isatty():
            self._clear()
            self._told = f"       {status}, {seconds:.0f} s"
            click.echo(self._told, err=True, nl=False)
        elif status != self._told:
            self._told = status
            click.echo(f"       {status}", err=True)

    def _clear(self) -> None:
        if sys.stderr.isatty() and self._told:
            click.echo("\r" + " " * len(self._told) + "\r", err=True, nl=False)
        self._told = ""


def confirm(text: str, yes: bool) -> None:
    """Shows the plan and asks, unless ``yes``; ends the command if the answer is no."""
    from bridge.deploy.cannot import CannotDeploy

    if yes:
        return
    click.echo(text + "\n")
    if not sys.stdin.isatty():
        raise CannotDeploy("nobody can be asked here; please give --yes to go ahead")
    if not click.confirm("Go ahead?"):
        click.echo("Nothing was changed.")
        sys.exit(CANNOT_STATUS)


def carry_out(plan: "Plan", aws: "Aws", afterwards: str) -> None:
    """Makes every step; ``afterwards`` tells what to do if one fails."""
    from bridge.deploy.apply import Applying
    from bridge.deploy.cannot import CannotDeploy

    progress = Progress(len(plan.steps))
    with tempfile.TemporaryDirectory(prefix="rbridge-") as folder:
        try:
            Applying(plan, aws, Path(folder), progress.watch).run(progress.say)
        except CannotDeploy as error:
            raise type(error)(f"{error}\n{afterwards}") from None


def end(error: Exception, status: int) -> NoReturn:
    """Says what went wrong."""
    click.echo(f"rbridge: {error}", err=True)
    sys.exit(status)


def listen() -> None:
    """An interrupted command is no success; what AWS has begun goes on."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    click.echo(
        "\nrbridge: interrupted; what AWS has begun goes on. The same command again takes it up.",
        err=True,
    )
    raise SystemExit(128 + number)
