"""tables: the report as titled tables of text, which the terminal and certificates lay out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.verify.report import Report

SHOWN_CHARACTERS = 120
OUTCOMES = {"NA": "NA", "value": "a value", "error": "an error", "rejected": "refused it too"}


@dataclass(frozen=True, slots=True)
class Table:
    """``head`` is empty where each row is a name and its value."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def result_tables(report: Report) -> list[Table]:
    """Counts, then what differs and what was refused, where there is any."""
    tables = [Table("Result", (), _counts(report)), _differences(report)]
    return [table for table in [*tables, _reasons(report), _refusals(report)] if table.rows]


def circumstance_tables(report: Report) -> list[Table]:
    """What was compared, with what, when and how."""
    what = report.circumstances
    made = [
        ("date (UTC)", what.date),
        ("command", what.command),
        ("requests", f"{what.requests}, of at most {what.rows_per_request} rows"),
        ("seconds", f"{what.seconds:.1f}"),
    ]
    files = [(f.role, f.name, str(f.bytes), f.sha256) for f in what.files]
    return [
        Table("Model", (), [*what.model.items(), ("fields", ", ".join(what.fields))]),
        Table("Files", ("file", "name", "bytes", "SHA-256"), files),
        Table("Run", (), made),
        Table("Versions", (), [*what.versions.items(), ("R packages", _packages(what.packages))]),
    ]


def _counts(report: Report) -> list[tuple[str, ...]]:
    return [
        ("rows", str(report.rows)),
        ("bit-identical", str(report.identical)),
        ("differing", str(report.differing)),
        ("refused by the service", str(report.refused)),
        ("answered with a cell replaced", str(report.replaced)),
        ("greatest absolute difference", _number(report.greatest_absolute, report)),
        ("greatest relative difference", _number(report.greatest_relative, report)),
    ]


def _number(value: float | None, report: Report) -> str:
    """Without a differing row the greatest difference is 0; without a number there is none."""
    if value is None:
        return "none between numbers" if report.differing else "0"
    return f"{value:.3g}"


def _differences(report: Report) -> Table:
    title = f"First differing rows ({report.differing} in all)"
    head = ("row", "column", "service", "fresh session", "difference")
    rows = [
        (str(d.row), d.column, _cut(d.service), _cut(d.fresh), _difference(d.absolute))
        for d in report.differences
    ]
    return Table(title, head, rows)


def _difference(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _reasons(report: Report) -> Table:
    rows = [(r.code, OUTCOMES[r.outcome], str(r.rows)) for r in report.refused_by_reason]
    return Table("Refused rows by reason", ("reason", "fresh session gave", "rows"), rows)


def _refusals(report: Report) -> Table:
    title = f"First refused rows ({report.refused} in all)"
    rows = [
        (str(r.row), f"{r.status} {r.code}", _cut(r.text), _cut(_made(r.outcome, r.fresh)))
        for r in report.refusals
    ]
    return Table(title, ("row", "status", "what the service said", "fresh session"), rows)


def _made(outcome: str, fresh: str) -> str:
    return fresh if outcome in ("NA", "value") else f"{OUTCOMES[outcome]}: {fresh}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def _packages(packages: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages.items()) or "none"


def as_text(table: Table) -> str:
    """The table for a terminal."""
    rows = [table.head, *table.rows] if table.head else table.rows
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([table.title, *(f"  {line}" for line in lines)])
