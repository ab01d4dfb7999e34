"""rbridge check: what a model file holds, and how it will be served."""

import json
import sys
from pathlib import Path
from typing import NoReturn

import click

from bridge.cli import fail_when_interrupted
from bridge.config import load_settings
from bridge.errors import StartupError

NOT_SERVABLE = 2


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--trust/--no-trust", default=None, help="As for `rbridge serve`.")
def check(path: Path, as_json: bool, trust: bool | None) -> None:
    """Tell what the model file or folder at PATH holds, and how it will be served.

    Loads the model as `rbridge serve` does, asks it an example, and prints its fields,
    what predict() is asked for, what is worth a warning, and a curl command to paste.

    Exit status: 0 if it can be served, 2 if not.
    """
    fail_when_interrupted()
    # Imports numpy and more, which `rbridge serve` shall not wait for.
    from bridge.check.facts import gather
    from bridge.check.text import as_text

    try:
        facts = gather(path, load_settings({"trust": trust}).trust)
    except StartupError as error:
        _refuse(path, error, as_json)
    click.echo(_dump(facts.json()) if as_json else as_text(facts))


def _refuse(path: Path, error: StartupError, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(_dump({"servable": False, "path": str(path), "reason": str(error)}))
    else:
        click.echo(f"rbridge: {error}", err=True)
    sys.exit(NOT_SERVABLE)


def _dump(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
