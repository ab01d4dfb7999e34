"""Examples: one record in every form, which all read to the same."""

import json as stdlib_json
from pathlib import Path
from typing import Any

import pytest

from bridge import codecs
from bridge.codecs.options import Options
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.openapi.examples import body, examples, record
from bridge.openapi.facts import Facts
from bridge.schema import Predictor, Schema

SCHEMA = Schema(
    (
        Predictor("x", "number"),
        Predictor("a, b", "factor", ("4", 'q"')),
        Predictor("yes", "boolean"),
        Predictor("when", "datetime"),
    )
)
RECORD = {"x": 1.5, "a, b": 'q"', "yes": True, "when": "2024-02-29T12:30:00Z"}
NAMES = ["record", "records", "rows", "columns", "instances", "inputs", "dataframe_split"]


@pytest.mark.parametrize("header", [None, True, False])
def test_all_read_to_the_same(header: bool | None) -> None:
    facts = Facts(SCHEMA, "a model", "1", {}, bodies=Options(header))
    reading = Reading.of(SCHEMA, header, Sizes())
    found = examples(RECORD, facts)
    assert list(found["application/json"]) == [*NAMES, "features"]
    for kind, forms in found.items():
        for value in forms.values():
            frame = Coercer(SCHEMA)(codecs.decode(body(value, kind), kind, reading))
            assert [list(column) for column in frame.columns] == [[1.5], [2], [1], [1709209800.0]]


def test_what_lacks_a_field_is_told_by_name_alone() -> None:
    found = examples({"x": 1}, Facts(SCHEMA, "a model", "1", {}))
    assert found["application/json"].keys() == {"record", "records"} and "text/csv" not in found


def test_a_form_whose_key_is_a_field_is_not_told() -> None:
    schema = Schema((Predictor("inputs", "number"),))
    found = examples({"inputs": 1}, Facts(schema, "a model", "1", {}))
    assert "inputs" not in found["application/json"]


@pytest.mark.parametrize(
    "request_",
    [
        RECORD,
        [RECORD, RECORD],
        [list(RECORD.values())],
        {name: [cell] for name, cell in RECORD.items()},
        {"instances": [RECORD], "parameters": {}},
    ],
)
def test_the_record_is_the_first_of_golden_jsonl(tmp_path: Path, request_: Any) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(stdlib_json.dumps({"request": request_, "status": 200}))
    assert record(golden, SCHEMA) == RECORD


def test_without_one_it_is_of_plain_values() -> None:
    assert record(None, SCHEMA) == {**RECORD, "x": 1, "a, b": "4"}
