"""Whole documents: of any model, and of many; and that no error is left out."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from bridge.codecs import DECODERS, ENCODERS
from bridge.errors import PROBLEMS, BridgeError, RequestError, ServiceError
from bridge.http.errors import STATUS
from bridge.openapi.document import document
from bridge.openapi.facts import Facts
from bridge.openapi.failures import OF_MODELS, codes
from bridge.openapi.models import models_document
from bridge.schema import Predictor, Schema
from tests import strategies
from tests.test_errors import leaves

ONE = Schema((Predictor("x", "number"),))


def described(schema: Schema = ONE, endpoints: bool = True) -> dict[str, Any]:
    """As a client reads it."""
    return read(document(Facts(schema, "a model", "1", STATUS, endpoints=endpoints)))


def read(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(orjson.dumps(made))
    return found


def told(operation: dict[str, Any]) -> dict[int, set[str]]:
    """The codes of each status, as they stand in the schemas of the responses."""
    found = {}
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            schema = response["content"]["application/json"]["schema"]["allOf"][1]
            found[int(status)] = set(schema["properties"]["error"]["properties"]["code"]["enum"])
    return found


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value))
    if isinstance(value, dict):
        here = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return here.union(*map(references, value.values()))
    return set()


@settings(max_examples=20)
@given(strategies.schemas())
def test_it_is_openapi_whatever_the_fields(schema: Schema) -> None:
    made = described(schema)
    OPENAPI_31_VALIDATOR.validate(made)
    names = {f"#/components/schemas/{name}" for name in made["components"]["schemas"]}
    assert references(made["paths"]) <= references(made) <= names


@pytest.mark.parametrize("error", sorted(leaves(RequestError) | leaves(ServiceError), key=str))
def test_every_error_is_told_with_its_status(error: type[BridgeError]) -> None:
    one = told(described()["paths"]["/invocations"]["post"])
    paths = models_document(STATUS, "1")["paths"]
    many = [told(operation) for path in paths.values() for operation in operations(path)]
    places = many if error in OF_MODELS else [one]
    for code, _ in codes(error):
        assert any(code in place.get(STATUS[error], ()) for place in places)


def operations(path: dict[str, Any]) -> list[dict[str, Any]]:
    return [path[method] for method in ("get", "post", "delete") if method in path]


def test_no_status_is_told_that_no_error_has() -> None:
    one = told(described()["paths"]["/invocations"]["post"])
    assert set(one) == {status for error, status in STATUS.items() if error not in OF_MODELS}
    assert one[500] >= {"internal_error"} and one[422] == {*PROBLEMS, "invalid_input", "rejected"}


def test_every_type_that_is_read_or_written_is_told() -> None:
    asked = described()["paths"]["/invocations"]["post"]
    read_types = set(DECODERS) - {"", "application/x-www-form-urlencoded"}
    assert set(asked["requestBody"]["content"]) == read_types
    assert set(asked["responses"]["200"]["content"]) == set(ENCODERS)


def test_endpoints_are_told_where_they_are_on() -> None:
    on, off = (set(described(endpoints=flag)["paths"]) for flag in (True, False))
    path = "/endpoints/{name}/invocations"
    assert on - off == {path, f"{path}-response-stream"} and off < on


def test_an_endpoint_of_many_models_is_told() -> None:
    made = read(models_document(STATUS, "1"))
    OPENAPI_31_VALIDATOR.validate(made)
    assert references(made) <= {f"#/components/schemas/{n}" for n in made["components"]["schemas"]}
    shown = {path: set(entry) - {"parameters"} for path, entry in made["paths"].items()}
    assert shown == {
        "/ping": {"get", "post"},
        "/models": {"get", "post"},
        "/models/{name}": {"get", "delete"},
        "/models/{name}/invoke": {"post"},
        "/metrics": {"get"},
        "/openapi.json": {"get"},
    }
