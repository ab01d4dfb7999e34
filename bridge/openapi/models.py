"""models: an endpoint of many models, each of which takes what its own fields say."""

from bridge.errors import (
    BodyTooLarge,
    BridgeError,
    InsufficientMemory,
    LoadTimedOut,
    ModelAlreadyLoaded,
    ModelNotLoaded,
    ModelRefused,
)
from bridge.openapi import answers, asking, failures, operations
from bridge.openapi.document import VERSION
from bridge.openapi.facts import Json, Statuses, ref

_MODEL: Json = {
    "type": "object",
    "properties": {"modelName": {"type": "string"}, "modelUrl": {"type": "string"}},
    "required": ["modelName", "modelUrl"],
    "additionalProperties": False,
}
_LIST: Json = {
    "type": "object",
    "properties": {
        "models": {"type": "array", "items": ref("Model")},
        "nextPageToken": {"type": "string", "description": "Not there on the last page."},
    },
    "required": ["models"],
    "additionalProperties": False,
}
_LOAD: Json = {
    "type": "object",
    "properties": {
        "model_name": {"type": "string", "minLength": 1},
        "url": {"type": "string", "minLength": 1, "description": "The model's folder."},
    },
    "required": ["model_name", "url"],
}
_NAME: Json = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
}
_PAGE: list[Json] = [
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}},
    {"name": "next_page_token", "in": "query", "schema": {"type": "string"}},
]
_TARGET: Json = {
    "name": "X-Amzn-SageMaker-Target-Model",
    "in": "header",
    "description": "Told in the server's log.",
    "schema": {"type": "string"},
}
_REQUEST = {"description": "As the model's fields say; see POST /invocations of one model."}
_LOADING = [ModelRefused, BodyTooLarge, LoadTimedOut, ModelAlreadyLoaded, InsufficientMemory]


def models_document(statuses: Statuses, version: str) -> Json:
    """The OpenAPI description of the routes, as JSON would hold it."""
    return {
        "openapi": VERSION,
        "info": {"title": "Many models", "version": version},
        "paths": _paths(statuses),
        "components": {
            "schemas": {
                "Model": _MODEL,
                "Models": _LIST,
                **answers.schemas(),
                **failures.schemas(),
            }
        },
    }


def _paths(statuses: Statuses) -> dict[str, Json]:
    return {
        "/ping": operations.ping(statuses),
        "/models": {
            "get": _list(statuses),
            "post": {**_shown("loadModel", "Load a model.", _LOADING, statuses), **_loaded()},
        },
        "/models/{name}": {
            "parameters": [_NAME],
            "get": _shown("getModel", "Name and url.", [ModelNotLoaded], statuses),
            "delete": _unload(statuses),
        },
        "/models/{name}/invoke": {"parameters": [_NAME], "post": _invoke(statuses)},
        "/metrics": operations.metrics(),
        "/openapi.json": operations.openapi({}),
    }


def _list(statuses: Statuses) -> Json:
    return {
        "operationId": "listModels",
        "summary": "The models that are loaded, in pages of 100 at most.",
        "parameters": _PAGE,
        "responses": {"200": _found("Models"), **failures.responses([ModelRefused], statuses)},
    }


def _loaded() -> Json:
    content = {"application/json": {"schema": _LOAD}}
    return {"parameters": [_TARGET], "requestBody": {"required": True, "content": content}}


def _unload(statuses: Statuses) -> Json:
    told = _shown("unloadModel", "Unload a model.", [ModelNotLoaded], statuses)
    return {**told, "parameters": [_TARGET]}


def _shown(name: str, summary: str, errors: list[type[BridgeError]], statuses: Statuses) -> Json:
    """An operation that is answered with a model."""
    responses = {"200": _found("Model"), **failures.responses(errors, statuses)}
    return {"operationId": name, "summary": summary, "responses": responses}


def _found(name: str) -> Json:
    return {"description": "OK.", "content": {"application/json": {"schema": ref(name)}}}


def _invoke(statuses: Statuses) -> Json:
    errors = [*operations.of_one_model(statuses), ModelNotLoaded]
    return {
        "operationId": "invokeModel",
        "summary": "Ask a model.",
        "parameters": asking.headers(),
        "requestBody": asking.body(_REQUEST, {}),
        "responses": {
            "200": operations.answered(None, echoes=True),
            **failures.responses(errors, statuses),
        },
    }
