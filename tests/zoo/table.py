"""table: columns of exact values, as R told them, and how they differ from an answer.

A double is compared by its 8 bytes. NaN is NaN whatever its payload; NA is None.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Cell = float | int | bool | str | None
Kind = Literal["double", "integer", "logical", "character"]

WORDS = {"NaN": float("nan"), "Inf": float("inf"), "-Inf": float("-inf")}


@dataclass(frozen=True, slots=True)
class Column:
    """Cells of one R type."""

    kind: Kind
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """``layout`` is "values" (one plain vector) or "records" (named columns)."""

    layout: str
    names: list[str]
    columns: list[Column]

    @property
    def rows(self) -> int:
        return len(self.columns[0].cells) if self.columns else 0

    @property
    def values(self) -> int:
        return self.rows * len(self.columns)


def from_r(data: dict[str, Any]) -> Table:
    """A table that ``r/transfer.R`` wrote."""
    columns = [_column(column["type"], column["values"]) for column in data["columns"]]
    return Table(data["layout"], data["names"], columns)


def _column(kind: Kind, cells: list[Any]) -> Column:
    if kind == "double":
        return Column(kind, [None if cell is None else float.fromhex(cell) for cell in cells])
    return Column(kind, cells)


class Mismatch(Exception):
    """An answer that cannot be compared cell by cell: another shape or other names."""


def from_json(body: bytes, like: Table) -> Table:
    """The table in a JSON answer, read as the types of ``like``; raises Mismatch."""
    rows = json.loads(body).get("predictions")
    if not isinstance(rows, list):
        raise Mismatch(f"no predictions in {body[:200]!r}")
    if like.layout == "values":
        return _typed([rows], like)
    for row in rows:
        if not isinstance(row, dict) or list(row) != like.names:
            raise Mismatch(f"a row is {row!r:.200}, its columns should be {like.names}")
    return _typed([[row[name] for row in rows] for name in like.names], like)


def from_csv(lines: list[list[str]], like: Table) -> Table:
    """The table in the lines of a CSV answer, read as the types of ``like``; raises Mismatch."""
    names = ["prediction"] if like.layout == "values" else like.names
    if not lines or lines[0] != names:
        raise Mismatch(f"the header is {lines[:1]}, it should be {names}")
    cells = [list(column) for column in zip(*lines[1:], strict=True)]
    kinds = [column.kind for column in like.columns]
    return _typed([[_read(c, k) for c in col] for col, k in zip(cells, kinds, strict=True)], like)


def _read(cell: str, kind: Kind) -> object:
    if cell == "":
        return None
    if kind == "logical":
        return {"TRUE": True, "FALSE": False}.get(cell, cell)
    return cell if kind == "character" or cell in WORDS else _number(cell)


def _number(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell


def _typed(columns: Sequence[list[Any]], like: Table) -> Table:
    for column in columns:
        if len(column) != like.rows:
            raise Mismatch(f"{len(column)} rows instead of {like.rows}")
    typed = [
        Column(wanted.kind, [_value(cell, wanted.kind) for cell in column])
        for column, wanted in zip(columns, like.columns, strict=True)
    ]
    return Table(like.layout, like.names, typed)


def _value(cell: Any, kind: Kind) -> Cell:
    if kind == "double" and isinstance(cell, str):
        return WORDS.get(cell, cell)
    if kind == "double" and type(cell) is int:
        return float(cell)
    if kind == "integer" and isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell  # type: ignore[no-any-return]


def differing(found: Table, wanted: Table) -> list[str]:
    """What differs, one text per cell."""
    return [
        f"{name}[{row}] is {mine!r}, R gives {theirs!r}"
        for name, got, want in zip(wanted.names, found.columns, wanted.columns, strict=True)
        for row, (mine, theirs) in enumerate(zip(got.cells, want.cells, strict=True))
        if not same(mine, theirs)
    ]


def same(mine: Cell, theirs: Cell) -> bool:
    """True if two cells have the same type and the same bits."""
    if isinstance(mine, float) and isinstance(theirs, float):
        nan = mine != mine and theirs != theirs
        return nan or struct.pack("<d", mine) == struct.pack("<d", theirs)
    return type(mine) is type(theirs) and mine == theirs
