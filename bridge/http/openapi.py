"""openapi: GET /openapi.json. A document is made when it is first asked for, and kept.

Its examples are true: one record is asked of the model, and the other forms of it are those
that read to the same frame.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

import bridge
from bridge.codecs import DEFAULT
from bridge.config import Settings
from bridge.errors import BridgeError, QueueFull, RequestError, Starting
from bridge.folder import ModelFolder
from bridge.http.app import respond, respond_error
from bridge.http.errors import JSON, STATUS
from bridge.openapi.document import document
from bridge.openapi.examples import body, examples, record
from bridge.openapi.facts import Facts
from bridge.openapi.models import models_document
from bridge.request import Asked
from bridge.schema import Schema
from bridge.served import ServedModel
from bridge.service import Service
from bridge.wire import Call, pack

Make = Callable[[], Awaitable[dict[str, Any]]]


def openapi_routes(make: Make) -> list[Route]:
    """``/openapi.json``, which is what ``make`` makes."""
    return [Route("/openapi.json", OpenApi(make), methods=["GET"])]


class OpenApi:
    """The document that ``make`` makes; an error, if it raises one, is not kept."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._content = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._content = self._content or orjson.dumps(await self._make())
        except BridgeError as error:
            await respond_error(send, error)
        else:
            await respond(send, 200, self._content, JSON.encode())


def model_openapi(settings: Settings, folder: ModelFolder, service: Service) -> Make:
    """Describes the model of ``service``; raises Starting, QueueFull."""

    async def make() -> dict[str, Any]:
        if not service.served.is_open:
            raise Starting("the model is still being loaded; try again in a second")
        facts = _facts(settings, folder, service.described)
        return document(await _with_examples(facts, folder, service.served))

    return make


async def models_openapi() -> dict[str, Any]:
    """Describes an endpoint of many models."""
    return models_document(STATUS, bridge.__version__)


def _facts(settings: Settings, folder: ModelFolder, described: dict[str, Any]) -> Facts:
    about = described["about"]
    return Facts(
        schema=Schema.from_json(described["schema"]),
        title=f"{about['object'][0] or 'model'}: {', '.join(about['class'])}",
        version=bridge.__version__,
        statuses=STATUS,
        policies=folder.policies,
        bodies=folder.bodies,
        parameters=folder.parameters,
        endpoints=settings.endpoints,
    )


async def _with_examples(facts: Facts, folder: ModelFolder, served: ServedModel) -> Facts:
    """``facts`` with the examples that the model answers: none, where it refuses the record."""
    try:
        shown = record(folder.golden, facts.schema)
        frame, answer = await _asked(served, shown)
    except (Starting, QueueFull):
        raise
    except BridgeError:
        return facts
    alike = {
        kind: {name: v for name, v in forms.items() if _frame(served, v, kind) == frame}
        for kind, forms in examples(shown, facts).items()
    }
    return replace(facts, examples=alike, answer=answer)


async def _asked(served: ServedModel, shown: dict[str, Any]) -> tuple[bytes, Any]:
    """The frame that a record is read to, and the model's answer to it."""
    reply = await served.invoke(body(shown, DEFAULT), Asked(accept=DEFAULT))
    return _frame(served, shown, DEFAULT), orjson.loads(reply.body)


def _frame(served: ServedModel, value: Any, kind: str) -> bytes:
    """What a body is read to; empty if it is refused."""
    try:
        return pack(Call(served.read(body(value, kind), Asked(kind)).frames[0], 1))
    except RequestError:
        return b""
