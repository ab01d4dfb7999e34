"""rbridge verify: every row of a data file through the service and through a fresh R session."""

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import fail_when_interrupted
from bridge.errors import StartupError
from bridge.verify.cannot import CannotVerify

if TYPE_CHECKING:
    from bridge.verify.report import Report

DIFFERENT_STATUS, CANNOT_STATUS = 1, 2


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--certificate", type=click.Path(path_type=Path), help="Write a page to file: .html or .md."
)
@click.option(
    "--batch", type=click.IntRange(min=1), default=500, show_default=True, help="Rows per request."
)
def verify(path: Path, data: Path, as_json: bool, certificate: Path | None, batch: int) -> None:
    """Prove that the model at PATH is served bit for bit, with the rows of DATA.

    DATA is a .csv, .jsonl or .parquet file with a column for each field of the model; other
    columns are ignored. Every row goes through the running service, over HTTP, and through a
    fresh R session that loads the model file and calls predict() by itself.

    Exit status: 0 if every answer is identical, 1 if one is not, 2 if it cannot be told.
    """
    fail_when_interrupted()
    try:
        report = _verified(path, data, certificate, batch)
    except (StartupError, CannotVerify) as error:
        click.echo(f"rbridge: {error}", err=True)
        sys.exit(CANNOT_STATUS)
    click.echo(json.dumps(report.json(), indent=2) if as_json else _as_text(report))
    sys.exit(0 if report.is_identical else DIFFERENT_STATUS)


# Imports numpy and more, which `rbridge serve` shall not wait for.
def _verified(path: Path, data: Path, certificate: Path | None, batch: int) -> "Report":
    from bridge.verify import certificate as certificates
    from bridge.verify import run

    write = certificates.writer(certificate) if certificate else None
    command = ["rbridge", *sys.argv[1:]]
    report = run.verify(run.Asked(path, data, batch, command), _bar)
    if certificate and write:
        _save(certificate, write(report))
    return report


def _save(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CannotVerify(f"the certificate {path} cannot be written: {error.strerror}") from None


def _bar(label: str, rows: int) -> AbstractContextManager["click._termui_impl.ProgressBar[int]"]:
    """On a terminal alone; stdout is the report's."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(length=rows, label=label, file=sys.stderr, hidden=hidden)


def _as_text(report: "Report") -> str:
    from bridge.verify.tables import as_text, result_tables

    return "\n\n".join([*map(as_text, result_tables(report)), report.sentence])
