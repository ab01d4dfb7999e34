"""document: the whole description of one model."""

from bridge.errors import QueueFull, ServiceError, Starting
from bridge.openapi import answers, endpoints, failures, forms, operations
from bridge.openapi.facts import Facts, Json

VERSION = "3.1.1"


def document(facts: Facts) -> Json:
    """The OpenAPI description of the model, as JSON would hold it."""
    schemas = {**forms.schemas(facts), **answers.schemas(), **failures.schemas()}
    if facts.endpoints:
        schemas |= endpoints.schemas()
    return {
        "openapi": VERSION,
        "info": {"title": facts.title, "version": facts.version},
        "paths": _paths(facts),
        "components": {"schemas": schemas},
    }


def _paths(facts: Facts) -> dict[str, Json]:
    told = failures.responses(_OF_EXAMPLES, facts.statuses)
    return {
        "/ping": operations.ping(facts.statuses),
        "/invocations": operations.invocations(facts),
        "/execution-parameters": operations.execution_parameters(),
        "/metrics": operations.metrics(),
        "/openapi.json": operations.openapi(told),
        **(endpoints.paths(facts) if facts.endpoints else {}),
    }


# To make the document the model is asked its examples, and may be too busy to answer.
_OF_EXAMPLES: list[type[ServiceError]] = [Starting, QueueFull]
