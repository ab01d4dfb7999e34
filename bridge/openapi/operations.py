"""operations: the routes of one model."""

from bridge.errors import BridgeError, Starting
from bridge.openapi import answers, asking, failures
from bridge.openapi.facts import Facts, Json, Statuses, ref

_INVOKE = (
    "One answer a record, in order, computed by R's predict(). Accept says in which of the media "
    "types; in JSON, layout=predictions, columns, records or scores says how it is laid out."
)
_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


def ping(statuses: Statuses) -> Json:
    """``/ping``."""
    healthy = {"description": "A worker can answer.", "content": {"text/plain": {}}}
    told = {"200": healthy, **failures.responses([Starting], statuses, ())}
    return {
        "get": {"operationId": "ping", "summary": "Can a worker answer?", "responses": told},
        "post": {"operationId": "postPing", "summary": "The same.", "responses": told},
    }


def openapi(told: Json) -> Json:
    """``/openapi.json``; ``told`` are responses beside the document itself."""
    schema = {"type": "object", "required": ["openapi", "info", "paths"]}
    found = {"description": "This document.", "content": {"application/json": {"schema": schema}}}
    return {
        "get": {
            "operationId": "openapi",
            "summary": "This description.",
            "responses": {"200": found, **told},
        }
    }


def metrics() -> Json:
    """``/metrics``."""
    found = {"description": "In Prometheus' text format.", "content": {"text/plain": {}}}
    return {
        "get": {
            "operationId": "metrics",
            "summary": "What the whole server has done, and does.",
            "responses": {"200": found},
        }
    }


def execution_parameters() -> Json:
    """``/execution-parameters``."""
    size = {"type": "integer", "minimum": 1}
    told = {
        "MaxConcurrentTransforms": size,
        "BatchStrategy": {"enum": ["MULTI_RECORD", "SINGLE_RECORD"]},
        "MaxPayloadInMB": size,
    }
    schema = {"type": "object", "properties": told, "required": list(told)}
    found = {"description": "Its parameters.", "content": {"application/json": {"schema": schema}}}
    return {
        "get": {
            "operationId": "executionParameters",
            "summary": "How a transform job should ask.",
            "responses": {"200": found},
        }
    }


def invocations(facts: Facts) -> Json:
    """``/invocations``."""
    return {
        "post": {
            "operationId": "invocations",
            "summary": "Ask the model.",
            "description": _INVOKE,
            "parameters": asking.headers(),
            "requestBody": asking.body(ref("Request"), facts.examples),
            "responses": {
                "200": answered(facts.answer, facts.bodies.echo_attributes),
                **failures.responses(of_one_model(facts.statuses), facts.statuses),
            },
        }
    }


def answered(example: object, echoes: bool) -> Json:
    """The response with an answer; ``echoes``: it gives Custom-Attributes back."""
    told: dict[str, Json] = {
        "Content-Encoding": {"schema": {"const": "gzip"}},
        "rbridge-errors": {
            "schema": {"type": "string"},
            "description": "How many records have a placeholder in the answer.",
        },
        "rbridge-replaced": {
            "schema": {"type": "string"},
            "description": "How many cells policies replaced.",
        },
    }
    if echoes:
        told[_ATTRIBUTES] = {"schema": {"type": "string"}, "description": "Those of the request."}
    return {"description": "The answers.", "content": answers.content(example), "headers": told}


def of_one_model(statuses: Statuses) -> list[type[BridgeError]]:
    """Every error but those of endpoints of many models."""
    return [error for error in statuses if error not in failures.OF_MODELS]
