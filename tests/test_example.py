"""Which request is asked of a model."""

import json
from pathlib import Path

from bridge.example import choose
from bridge.schema import Predictor, Schema

SCHEMA = Schema(
    (
        Predictor("age", "number"),
        Predictor("region", "factor", ("north", "south")),
        Predictor("note", "string"),
        Predictor("when", "date"),
    )
)


def test_usual_values_are_taken_where_they_are_known() -> None:
    example = choose(None, SCHEMA, {"age": [41.0], "region": ["south"], "note": ["naïve"]})
    assert example.request["age"] == 41 and isinstance(example.request["age"], int)
    assert (example.request["region"], example.request["note"]) == ("south", "naïve")
    assert example.guessed == ()
    assert "naïve" in example.body and json.loads(example.body) == example.request


def test_the_first_level_is_taken_where_no_value_is_known() -> None:
    example = choose(None, SCHEMA, {})
    assert example.request["region"] == "north"
    assert example.guessed == ("note",)


def test_a_horizon_is_a_year_of_months() -> None:
    schema = Schema((Predictor("n.ahead", "integer"),))
    assert choose(None, schema, {}).request == {"n.ahead": 12}


def test_the_first_answered_request_of_golden_is_taken(tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    lines = [{"request": {"a": 1}, "status": 422}, {"status": 200}, {"request": 5, "status": 200}]
    golden.write_text("\n".join(["", "no JSON", "7", *map(json.dumps, lines)]))
    example = choose(golden, SCHEMA, {})
    assert (example.request, example.source) == (5, "golden.jsonl")


def test_golden_without_an_answered_request_is_passed_over(tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text('{"request": {"a": 1}, "status": 422}\n')
    assert choose(golden, SCHEMA, {}).source == "made from the fields"
