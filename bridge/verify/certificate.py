"""certificate: the report as one page, HTML or Markdown, that can be filed by itself."""

from collections.abc import Callable
from html import escape
from pathlib import Path

from bridge.verify.cannot import CannotVerify
from bridge.verify.report import Report
from bridge.verify.tables import Table, circumstance_tables, result_tables

TITLE = "Certificate of fidelity"
METHOD = (
    "Each row of the data was sent to the running prediction service over HTTP, as a JSON "
    "record. A fresh R session loaded the same model file by itself and called predict() on the "
    "same rows, in the same groups. Numbers travelled between the two as exact binary values and "
    "were compared by all 64 bits. A row is identical if every value of its answer is. A row that "
    "the service refused has no answer; it was put to the fresh session all the same, and what "
    "that gave is stated. The relative difference is that to the larger of the two values. Rows "
    "count from 1."
)
_STYLE = """
body { font: 10pt/1.4 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #111; }
h1 { font-size: 16pt; margin: 0; }
h2 { font-size: 11pt; margin: 1.2em 0 .3em; }
.verdict { border: 2px solid; padding: .6em 1em; margin: 1em 0; font-weight: bold; }
.identical { border-color: #1a7f37; }
.other { border-color: #b42318; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #bbb; padding: .15em .6em .15em 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th[scope=row] { width: 14em; font-weight: normal; color: #444; }
.signed td { padding-top: 2.2em; }
@media print { body { margin: 0; font-size: 8.5pt; } tr, .verdict { break-inside: avoid; } }
"""
_REVIEWED = """<h2>Reviewed</h2>
<table class="signed"><tr><td>Name</td><td>Date</td><td>Signature</td></tr></table>"""


def writer(path: Path) -> Callable[[Report], str]:
    """What makes the page for a file of this name; raises CannotVerify."""
    if path.suffix.lower() in (".html", ".htm"):
        return as_html
    if path.suffix.lower() == ".md":
        return as_markdown
    raise CannotVerify(f"the certificate {path.name} must be a .html or a .md file")


def as_html(report: Report) -> str:
    """A page that needs nothing beside itself, on paper as on a screen."""
    kind = "identical" if report.is_identical else "other"
    tables = [*result_tables(report), *circumstance_tables(report)]
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f"<title>{TITLE}: {escape(_subject(report))}</title>",
            f"<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>{TITLE}</h1>\n<p>{escape(_subject(report))}</p>",
            f'<p class="verdict {kind}">{escape(report.sentence)}</p>',
            *map(_html_table, tables),
            f"<h2>Method</h2>\n<p>{escape(METHOD)}</p>",
            _REVIEWED,
            "</body>\n</html>\n",
        ]
    )


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = [f"<tr>{head}</tr>"] if head else []
    for row in table.rows:
        cells = [f"<td>{escape(cell)}</td>" for cell in row]
        if not head:
            cells[0] = f'<th scope="row">{escape(row[0])}</th>'
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<h2>{escape(table.title)}</h2>\n<table>\n" + "\n".join(rows) + "\n</table>"


def as_markdown(report: Report) -> str:
    """The same in Markdown."""
    tables = [*result_tables(report), *circumstance_tables(report)]
    parts = [f"# {TITLE}", _plain(_subject(report)), f"**{_plain(report.sentence)}**"]
    parts += map(_markdown_table, tables)
    return "\n\n".join([*parts, "## Method", METHOD]) + "\n"


def _markdown_table(table: Table) -> str:
    head = table.head or ("", "")
    lines = [head, ("---",) * len(head), *(tuple(map(_plain, row)) for row in table.rows)]
    return "\n".join([f"## {table.title}", "", *(f"| {' | '.join(line)} |" for line in lines)])


def _plain(text: str) -> str:
    """``text`` with what Markdown would read as markup escaped."""
    for character in "\\`*_<>|[]#":
        text = text.replace(character, "\\" + character)
    return text


def _subject(report: Report) -> str:
    what = report.circumstances
    return f"Model {what.model['model']}, verified on {what.date} (UTC)"
