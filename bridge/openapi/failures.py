"""failures: every error as a response, made from the classes of ``bridge.errors``."""

from collections.abc import Iterable, Iterator
from typing import Any

from bridge.errors import (
    PROBLEMS,
    BridgeError,
    InvalidInput,
    LoadTimedOut,
    ModelAlreadyLoaded,
    ModelNotLoaded,
    ModelRefused,
    Rejected,
)
from bridge.openapi.facts import Json, Statuses, ref

# What only an endpoint of many models answers.
OF_MODELS = (ModelRefused, ModelNotLoaded, ModelAlreadyLoaded, LoadTimedOut)
INTERNAL = ("internal_error", "A fault of the server.")
_RETRY: Json = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def schemas() -> dict[str, Json]:
    """The body of every error."""
    return {"Error": _error(), "Problem": _problem()}


def _error() -> Json:
    told = {
        "message": {"type": "string"},
        "code": {"type": "string"},
        "id": {"type": "string", "description": "Under it the server's log has more."},
        "details": {"type": "array", "items": ref("Problem")},
    }
    return _object({"error": _object(told, ["message", "code"])}, ["error"])


def _problem() -> Json:
    told = {
        "code": {"enum": [*PROBLEMS, Rejected.code]},
        "row": {"type": "integer", "minimum": 0, "description": "From 0 within the request."},
        "field": {"type": "string"},
        "value": {"description": "What was sent, as far as it is short."},
        "allowed": {"type": "array", "items": {"type": "string"}},
    }
    return _object(told, ["code"])


def _object(properties: Json, required: list[str]) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def codes(error: type[BridgeError]) -> Iterator[tuple[str, str]]:
    """The codes under which clients see ``error``, and when."""
    if error is InvalidInput:
        yield from PROBLEMS.items()
        yield error.code, "Several of these."
    else:
        yield error.code, " ".join((error.__doc__ or "").split())


def responses(
    errors: Iterable[type[BridgeError]],
    statuses: Statuses,
    more: Iterable[tuple[int, str, str]] = ((500, *INTERNAL),),
) -> dict[str, Json]:
    """A response for each status that ``errors`` have, and ``more``: status, code, when."""
    found: dict[int, dict[str, str]] = {}
    for error in errors:
        found.setdefault(statuses[error], {}).update(codes(error))
    for status, code, when in more:
        found.setdefault(status, {})[code] = when
    return {str(status): _response(status, found[status]) for status in sorted(found)}


def _response(status: int, told: dict[str, str]) -> Json:
    response: dict[str, Any] = {
        "description": "\n".join(f"- `{code}`: {when}" for code, when in told.items()),
        "content": {"application/json": {"schema": _with_codes(list(told))}},
    }
    return {**response, "headers": _RETRY} if status == 503 else response


def _with_codes(names: list[str]) -> Json:
    told = {"properties": {"code": {"enum": names}}}
    return {"allOf": [ref("Error"), {"properties": {"error": told}}]}
