"""What the description says of a request is what the server does with it."""

from typing import Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.codecs import json
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.errors import RequestError
from bridge.frame import RawFrame
from bridge.openapi.facts import Facts, component_names
from bridge.openapi.fields import cell
from bridge.openapi.forms import schemas as forms
from bridge.policy import NA, Action, Become, Policies
from bridge.schema import Predictor, Schema
from tests import strategies

ACTIONS: st.SearchStrategy[Action] = st.sampled_from([None, NA])
KINDS = ("unseen", "invalid", "absent", "null")
POLICIES = st.fixed_dictionaries({}, optional=dict.fromkeys(KINDS, ACTIONS)).map(Policies)
SPELLED = Predictor("g", "factor", ("4", "6.5", "1e+05", "007", "TRUE", "NA", "a"))


def facts(schema: Schema, policies: Policies | None = None, **more: Any) -> Facts:
    return Facts(schema, "a model", "1", {}, policies or Policies(), **more)


def validator(facts: Facts, name: str = "Request") -> jsonschema_rs.Validator:
    """Of one of the schemas of requests."""
    document = {"components": {"schemas": forms(facts)}, "$ref": f"#/components/schemas/{name}"}
    return jsonschema_rs.Draft202012Validator(document, validate_formats=True)


def is_read(facts: Facts, body: Any) -> bool:
    """True if the server would ask the model."""
    try:
        raw = json.decode(orjson.dumps(body), Reading.of(facts.schema, None, Sizes()))
        Coercer(facts.schema, facts.policies)(raw)
    except RequestError:
        return False
    return True


@st.composite
def asked_cells(draw: st.DrawFn) -> tuple[Predictor, object]:
    predictor = draw(strategies.predictors("x"))
    return predictor, draw(strategies.fitting(predictor) | strategies.json_cells)


@given(asked_cells(), POLICIES)
def test_a_cell_is_valid_where_the_server_takes_it(
    case: tuple[Predictor, object], policies: Policies
) -> None:
    predictor, value = case
    schema = cell(predictor, policies.of("x"))
    valid = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value)
    try:
        Coercer(Schema((predictor,)), policies)(RawFrame({"x": [value]}, 1))
    except RequestError:
        assert not valid
    else:
        # A time without an offset is taken as UTC: the format wants one.
        assert valid or predictor.type == "datetime"


@pytest.mark.parametrize("value", ["4", 4, 4.0, 6.5, 100000, "007", True, "NA", None])
def test_levels_may_be_sent_as_the_numbers_that_they_are(value: object) -> None:
    one = facts(Schema((SPELLED,)))
    assert validator(one, "Field.g").is_valid(value) and is_read(one, {"g": value})


@pytest.mark.parametrize("value", ["4.0", 7, 1, False, {}])
def test_what_is_no_level_is_not_valid(value: object) -> None:
    one = facts(Schema((SPELLED,)))
    assert not validator(one, "Field.g").is_valid(value) and not is_read(one, {"g": value})


def test_hundreds_of_levels_are_all_told() -> None:
    levels = tuple(f"level {i}" for i in range(800))
    told = forms(facts(Schema((Predictor("g", "factor", levels),))))
    assert told["Field.g"]["enum"] == [*levels, None]
    assert sum(text.count(b"level 799") for text in map(orjson.dumps, told.values())) == 1


def test_an_unseen_level_that_becomes_another_is_valid() -> None:
    policies = Policies({}, {"g": {"unseen": Become("a"), "null": None}})
    one = facts(Schema((SPELLED,)), policies)
    for value, valid in [("new", True), (7, True), (None, False), ({}, False)]:
        assert validator(one).is_valid({"g": value}) is valid
        assert is_read(one, {"g": value}) is valid


@st.composite
def asked_records(draw: st.DrawFn) -> tuple[Schema, list[dict[str, Any]]]:
    schema = draw(strategies.schemas())
    cells = {p.name: strategies.fitting(p) | strategies.json_cells for p in schema.predictors}
    others = st.dictionaries(strategies.names, strategies.json_cells, max_size=1)
    record = st.builds(
        dict.__or__,
        others,
        st.fixed_dictionaries({}, optional=cells) | st.fixed_dictionaries(cells),
    )
    return schema, draw(st.lists(record, max_size=2))


@given(asked_records(), POLICIES)
def test_records_are_valid_where_the_server_takes_them(
    case: tuple[Schema, list[dict[str, Any]]], policies: Policies
) -> None:
    schema, records = case
    one = facts(schema, policies)
    times = any(p.type == "datetime" for p in schema.predictors)
    for body in [records, {"instances": records}, *filter(are_even, records)]:
        valid = validator(one).is_valid(body)
        assert valid == is_read(one, body) or (times and not valid)


def are_even(record: dict[str, Any]) -> bool:
    """That arrays are of one length no schema says."""
    return len({len(value) for value in record.values() if isinstance(value, list)}) < 2


def test_a_key_that_is_a_field_makes_no_form() -> None:
    plain, taken = (facts(Schema((Predictor(name, "number"),))) for name in ("x", "instances"))
    assert validator(plain).is_valid({"instances": [{"x": 1}]})
    assert "Instances" not in forms(taken)
    assert validator(taken).is_valid({"instances": 1}) and is_read(taken, {"instances": 1})
    assert not validator(plain).is_valid({"x": 1, "instances": 1})


@pytest.mark.parametrize(
    ("parameters", "valid"),
    [
        ({"interval": "prediction"}, True),
        ({"level": 0.9}, True),
        ({}, True),
        (None, True),
        ({"interval": "none"}, False),
        ({"type": "terms"}, False),
        ({"level": [1]}, False),
    ],
)
def test_parameters_are_those_that_bridge_toml_allows(parameters: object, valid: bool) -> None:
    allowed = {"interval": ["prediction", "confidence"], "level": True}
    one = facts(Schema((Predictor("x", "number"),)), parameters=allowed)
    for body in ({"x": 1}, {"x": [1, 2]}, {"instances": [[1]]}, {"features": [1]}):
        assert validator(one).is_valid({**body, "parameters": parameters}) is valid


def test_names_that_openapi_does_not_allow_stay_apart() -> None:
    named = component_names(
        Schema(tuple(Predictor(n, "number") for n in ("a b", "a_b", "é", "a/b")))
    )
    assert set(named) == {"a b", "a_b", "é", "a/b"} and len(set(named.values())) == 4
