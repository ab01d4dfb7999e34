"""examples: one record in the forms and media types in which clients send it."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson

from bridge.codecs import CSV, DEFAULT, LINES, json
from bridge.codecs.reading import Reading, Sizes
from bridge.example import choose
from bridge.frame import ABSENT
from bridge.openapi.facts import Facts
from bridge.schema import Schema

Record = dict[str, Any]


def record(golden: Path | None, schema: Schema) -> Record:
    """The first record of golden.jsonl that is answered, else one of plain values."""
    request = choose(golden, schema, {}).request
    raw = json.decode(orjson.dumps(request), Reading.of(schema, None, Sizes()))
    cells = {name: raw.columns[name][0] for name in schema.names if name in raw.columns}
    return {name: cell for name, cell in cells.items() if cell is not ABSENT}


def examples(shown: Record, facts: Facts) -> dict[str, dict[str, Any]]:
    """``shown`` in each form, by media type and name."""
    found: dict[str, dict[str, Any]] = {
        DEFAULT: {"record": shown, "records": [shown]},
        LINES[0]: {"line": orjson.dumps(shown).decode()},
    }
    if shown and shown.keys() == set(facts.schema.names):
        found[DEFAULT] |= _by_place(shown, facts.conventions)
        found[CSV] = {"lines": _csv(shown, facts.bodies.csv_header is not False)}
    return found


def body(value: Any, media_type: str) -> bytes:
    """An example as a client sends it."""
    return orjson.dumps(value) if media_type == DEFAULT else str(value).encode()


def _by_place(shown: Record, keys: frozenset[str]) -> dict[str, Any]:
    """The forms that need every field; ``keys`` are those that are no fields."""
    row = list(shown.values())
    wrapped = {
        "instances": [shown],
        "inputs": {name: [cell] for name, cell in shown.items()},
        "dataframe_split": {"columns": list(shown), "data": [row]},
        "features": row,
    }
    named = {key: {key: value} for key, value in wrapped.items() if key in keys}
    return {"rows": [row], "columns": {name: [cell] for name, cell in shown.items()}, **named}


def _csv(shown: Record, header: bool) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    if header:
        lines.writerow(shown)
    lines.writerow(map(_cell, shown.values()))
    return out.getvalue()


def _cell(value: Any) -> Any:
    return str(value).upper() if isinstance(value, bool) else value
