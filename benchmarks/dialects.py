"""dialects: how each server wants to be asked for records, and how it tells the answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """``ask`` makes a body of records; ``values`` are the answers in one."""

    path: str
    ask: Callable[[list[Record]], bytes]
    values: Callable[[bytes], list[Any]]


def agree(found: list[Any], expected: list[Any]) -> bool:
    """True if texts are the same, and numbers as near as 15 digits tell them apart."""
    if len(found) != len(expected):
        return False
    return all(map(_same, found, expected))


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, str):
        return bool(found == expected)
    return abs(float(found) - expected) <= 1e-13 * max(abs(expected), 1e-3)


def _ask_rest(records: list[Record]) -> bytes:
    """A single record is an object, more are an array."""
    return json.dumps(records[0] if len(records) == 1 else records).encode()


def _rest_values(body: bytes) -> list[Any]:
    (column,) = json.loads(body).values()
    return list(column)


def _ask_bento(records: list[Record]) -> bytes:
    return json.dumps({"records": records}).encode()


def _ask_v2(records: list[Record]) -> bytes:
    """A tensor a field, of one column."""
    return json.dumps(
        {"id": "1", "inputs": [_tensor(name, records) for name in records[0]]}
    ).encode()


def _tensor(name: str, records: list[Record]) -> Record:
    data = [record[name] for record in records]
    datatype = "BYTES" if isinstance(data[0], str) else "FP64"
    return {"name": name, "shape": [len(data), 1], "datatype": datatype, "data": data}


def _v2_values(body: bytes) -> list[Any]:
    return list(json.loads(body)["outputs"][0]["data"])


REST = Dialect("/invocations", _ask_rest, _rest_values)
BENTO = Dialect("/invocations", _ask_bento, json.loads)
V2 = Dialect("/v2/models/model/infer", _ask_v2, _v2_values)
