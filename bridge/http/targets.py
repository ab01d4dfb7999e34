"""targets: which model an InvokeEndpoint of one's own machine means.

An endpoint of one model takes no TargetModel. One of many needs it: the relative path of a
model, with ``.tar.gz`` or without, which is loaded on first use as the platform does it.
"""

from contextlib import suppress

from starlette.types import Receive, Scope

from bridge.errors import BridgeError, ModelAlreadyLoaded, ModelNotLoaded
from bridge.http.app import Answered, Invocations, failed
from bridge.http.headers import Headers, asked
from bridge.loaded import LoadedModel
from bridge.registry import Registry

TARGET = b"x-amzn-sagemaker-target-model"


class InvalidTarget(Exception):
    """The request names no model that it can be for; the platform never passes it on."""


class OneModel:
    """The endpoint of a server that serves one model."""

    container = "primary"  # as messages call it

    def __init__(self, invocations: Invocations) -> None:
        self._invocations = invocations

    async def answer(self, scope: Scope, receive: Receive) -> Answered:
        """See ``Invocations``; raises InvalidTarget."""
        if _target(scope["headers"]):
            raise InvalidTarget("the endpoint serves one model: send no TargetModel")
        return await self._invocations.answer(scope, receive)


class ManyModels:
    """The endpoint of a multi-model server; ``max_body`` is in bytes."""

    container = "model"

    def __init__(self, registry: Registry, max_body: int) -> None:
        self._registry = registry
        self._max_body = max_body

    async def answer(self, scope: Scope, receive: Receive) -> Answered:
        """See ``Invocations``; raises InvalidTarget."""
        path = _target(scope["headers"]).strip("/").removesuffix(".tar.gz")
        if not path:
            raise InvalidTarget("the endpoint serves many models: name one with TargetModel")
        try:
            model = await self._model(path)
        except BridgeError as error:
            scope["app"].state.counts.failed(error)
            return failed(error, asked(scope["headers"])[1])
        return await Invocations(model, self._max_body).answer(scope, receive)

    async def _model(self, path: str) -> LoadedModel:
        name = path.replace("%", "%25").replace("/", "%2F")  # a name is one part of a URL's path
        try:
            return self._registry.model(name)
        except ModelNotLoaded:
            await self._load(name, path)
        return self._registry.model(name)

    async def _load(self, name: str, path: str) -> None:
        url = self._registry.find(path)
        if url is None:
            raise InvalidTarget(f'there is no model "{path[:100]}" in the folder of models')
        with suppress(ModelAlreadyLoaded):  # by another first request
            await self._registry.load(name, url)


def _target(headers: Headers) -> str:
    return dict(headers).get(TARGET, b"").decode("latin-1")
