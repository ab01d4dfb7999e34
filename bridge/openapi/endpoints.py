"""endpoints: SageMaker's own routes, as the server answers them for boto3."""

from bridge.openapi import answers, asking
from bridge.openapi.facts import Facts, Json, ref

_PATH = "/endpoints/{name}/invocations"
_STREAM = "application/vnd.amazon.eventstream"
_NAME: Json = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "Any will do.",
    "schema": {"type": "string"},
}
_TEXT: Json = {"schema": {"type": "string"}}
_VARIANT = {"x-amzn-invoked-production-variant": _TEXT}


def schemas() -> dict[str, Json]:
    """What an endpoint answers where the model answers 4xx or 5xx."""
    told: dict[str, Json] = {
        "Message": {"type": "string"},
        "OriginalMessage": {"type": "string", "description": "The model's answer, an Error."},
        "OriginalStatusCode": {"type": "integer", "minimum": 400, "maximum": 599},
    }
    error = {
        "type": "object",
        "properties": told,
        "required": list(told),
        "additionalProperties": False,
    }
    return {"ModelError": error}


def paths(facts: Facts) -> dict[str, Json]:
    """Both routes."""
    content = answers.content(facts.answer)
    told = {**_VARIANT, "x-amzn-sagemaker-content-type": _TEXT}
    return {
        _PATH: _post(facts, "invokeEndpoint", content, _VARIANT),
        f"{_PATH}-response-stream": _post(
            facts, "invokeEndpointWithResponseStream", {_STREAM: {}}, told
        ),
    }


def _post(facts: Facts, name: str, content: Json, headers: Json) -> Json:
    found = {"description": "The answers.", "content": content, "headers": headers}
    return {
        "post": {
            "operationId": name,
            "summary": "Ask the model as a client of an endpoint does.",
            "parameters": [_NAME, *asking.platform_headers()],
            "requestBody": asking.body(ref("Request"), facts.examples),
            "responses": {"200": found, "424": _model_error()},
        }
    }


def _model_error() -> Json:
    return {
        "description": "ModelError: what `/invocations` answers with 4xx or 5xx.",
        "content": {"application/json": {"schema": ref("ModelError")}},
        "headers": {"x-amzn-errortype": _TEXT},
    }
