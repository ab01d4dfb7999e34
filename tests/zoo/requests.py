"""requests: the rows of a case as the bodies that clients send."""

import csv
import io
import json

from .table import Cell, Column, Table


def records(table: Table) -> list[dict[str, Cell]]:
    """One JSON object per row."""
    columns = [column.cells for column in table.columns]
    return [dict(zip(table.names, row, strict=True)) for row in zip(*columns, strict=True)]


def one(table: Table, row: int) -> bytes:
    return json.dumps(records(table)[row]).encode()


def backwards(table: Table, row: int) -> bytes:
    """One record whose fields come in the opposite order."""
    return json.dumps(dict(reversed(records(table)[row].items()))).encode()


def batch(table: Table) -> bytes:
    return json.dumps(records(table)).encode()


def as_csv(table: Table) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.names)
    writer.writerows(zip(*(map(_cell, column.cells) for column in table.columns), strict=True))
    return out.getvalue().encode()


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(cell).upper() if isinstance(cell, bool) else str(cell)


def without_a_cell(table: Table) -> Table:
    """The same rows; the first field of the second one is missing."""
    first = table.columns[0]
    cells = [None if row == 1 else cell for row, cell in enumerate(first.cells)]
    return Table(table.layout, table.names, [Column(first.kind, cells), *table.columns[1:]])
