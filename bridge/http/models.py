"""models: the routes of a multi-model endpoint, as a list of values, for a registry.

SageMaker's contract: snake case in requests, camel case in answers. What a model is called
is opaque; X-Amzn-SageMaker-Target-Model says more, for the log.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge.codecs import keys
from bridge.errors import BridgeError, ModelRefused
from bridge.http.app import Invocations, Ping, read_body, respond_error
from bridge.http.errors import JSON, render
from bridge.http.openapi import models_openapi, openapi_routes
from bridge.registry import Registry
from bridge.request import whole

MOST_LISTED = 100
MOST_DIGITS = 9
MOST_BYTES = 1 << 16  # of a request to load a model
TARGET = "x-amzn-sagemaker-target-model"
Handler = Callable[[Request], Awaitable[Response]]
log = logging.getLogger(__name__)


def multi_model_routes(registry: Registry, max_body: int) -> list[Route]:
    """What clients of a multi-model endpoint ask; ``max_body`` is in bytes."""
    return [
        *_pings(registry),
        Route("/models/{name}/invoke", Invoke(registry, max_body), methods=["POST"]),
        *openapi_routes(models_openapi),
    ]


def administrative_routes(registry: Registry) -> list[Route]:
    """What loads, lists and unloads models."""
    models, model = Models(registry), Model(registry)
    return [
        *(_route(path, GET=models.list, POST=models.load) for path in ("/models", "/models/")),
        _route("/models/{name}", GET=model.get, DELETE=model.unload),
    ]


def _pings(registry: Registry) -> list[Route]:
    ping = Ping(registry.can_answer)
    return [Route(path, ping, methods=["GET", "POST"]) for path in ("/ping", "/ping/")]


def _route(path: str, **handlers: Handler) -> Route:
    """One route for all methods of a path, so that 405 tells each of them in Allow."""

    async def handle(request: Request) -> Response:
        return await handlers.get(request.method, handlers["GET"])(request)  # HEAD is as GET

    return Route(path, handle, methods=list(handlers))


class Models:
    """``/models``: all of them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def list(self, request: Request) -> Response:
        """``GET``: a page of models, and ``nextPageToken`` unless it is the last."""
        limit = request.query_params.get("limit", str(MOST_LISTED))
        if not limit.isdecimal() or len(limit) > MOST_DIGITS or int(limit) < 1:
            return _failure(ModelRefused("limit is a whole number from 1"))
        token = request.query_params.get("next_page_token", "")
        page, after = self._registry.page(token, min(int(limit), MOST_LISTED))
        listed: dict[str, Any] = {"models": [_shown(name, url) for name, url in page]}
        return _json(listed | ({"nextPageToken": after} if after else {}))

    async def load(self, request: Request) -> Response:
        """``POST {"model_name": ..., "url": ...}``: 200 when the model can be asked."""
        try:
            name, url = _named(whole(await read_body(request.receive, MOST_BYTES)))
            await self._registry.load(name, url)
        except BridgeError as error:
            return _failure(error, request)
        return _done("loaded", request, name, url)


class Model:
    """``/models/NAME``: one of them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def get(self, request: Request) -> Response:
        """``GET``: its name and url."""
        name = request.path_params["name"]
        try:
            return _json(_shown(name, self._registry.model(name).url))
        except BridgeError as error:
            return _failure(error)

    async def unload(self, request: Request) -> Response:
        """``DELETE``: 200 when its processes are gone."""
        name = request.path_params["name"]
        try:
            url = self._registry.model(name).url
            await self._registry.unload(name)
        except BridgeError as error:
            return _failure(error, request)
        return _done("unloaded", request, name, url)


class Invoke:
    """``POST /models/NAME/invoke``, answered as ``/invocations`` is."""

    def __init__(self, registry: Registry, max_body: int) -> None:
        self._registry = registry
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            model = self._registry.model(scope["path_params"]["name"])
        except BridgeError as error:
            scope["app"].state.counts.failed(error)
            await respond_error(send, error)
        else:
            await Invocations(model, self._max_body)(scope, receive, send)


def _named(content: bytes) -> tuple[str, str]:
    """The model's name and url, of the body of a request to load it."""
    try:
        wanted = orjson.loads(content)
        keys.check(content, wanted)
        name, url = wanted["model_name"], wanted["url"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ModelRefused('the body is {"model_name": "...", "url": "..."}') from None
    if not (isinstance(name, str) and name and isinstance(url, str) and url):
        raise ModelRefused("model_name and url are strings")
    return name, url


def _shown(name: str, url: str) -> dict[str, str]:
    return {"modelName": name, "modelUrl": url}


def _done(what: str, request: Request, name: str, url: str) -> Response:
    log.info("%s: %s (%s)", what, name, request.headers.get(TARGET, "no target model"))
    return _json(_shown(name, url))


def _failure(error: BridgeError, request: Request | None = None) -> Response:
    status, content = render(error)
    if request is not None:
        target = request.headers.get(TARGET, "no target model")
        log.warning("%s %s: %d: %s", request.method, target, status, error)
    return Response(content, status, media_type=JSON)


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type=JSON)
