"""predict: the routes that take ``{"instances": [...]}`` and give ``{"predictions": [...]}``.

KServe's protocol v1, which is TensorFlow Serving's, and the route that Vertex AI names. Bodies
are read as those of ``/invocations`` are, so that both give the same predictions.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge.config import Settings
from bridge.errors import BridgeError
from bridge.http import hosted
from bridge.http.app import Invocations, Ping, send_answered
from bridge.http.hosted import Hosted, failed, plainly, refused

ACCEPT = (b"accept", b"application/json; layout=predictions")


def predict_routes(model: Hosted) -> list[Route]:
    """KServe's routes below ``/v1``."""
    models = Models(model)
    return [
        Route("/v1/models", models.list, methods=["GET"]),
        Route("/v1/models/{name}:predict", Predict(model), methods=["POST"]),
        Route("/v1/models/{name}", models.ready, methods=["GET"]),
    ]


def vertex_routes(settings: Settings, model: Hosted) -> list[Route]:
    """The routes that the settings name, if they do."""
    health, predict = settings.health_route, settings.predict_route
    return [
        *([Route(health, Ping(model.can_answer), methods=["GET"])] if health else []),
        *([Route(predict, Predict(model), methods=["POST"])] if predict else []),
    ]


class Models:
    """``GET /v1/models`` and ``GET /v1/models/NAME``."""

    def __init__(self, model: Hosted) -> None:
        self._model = model

    async def list(self, request: Request) -> Response:
        """The names of all models."""
        return hosted.json({"models": [self._model.name]})

    async def ready(self, request: Request) -> Response:
        """200 when a worker can answer, else 503."""
        try:
            self._model.check(request.path_params["name"])
        except BridgeError as error:
            return refused(error)
        ready = self._model.can_answer()
        return hosted.json({"name": self._model.name, "ready": ready}, 200 if ready else 503)


class Predict:
    """``POST``, for the model that the path names, if it names one."""

    def __init__(self, model: Hosted) -> None:
        self._model = model
        self._invocations = Invocations(model.served, model.max_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope["headers"] if header[0] != ACCEPT[0]]
        try:
            self._model.check(scope["path_params"].get("name", self._model.name))
        except BridgeError as error:
            self._model.served.counts.failed(error)
            answered = failed(error)
        else:
            asking = {**scope, "headers": [*headers, ACCEPT]}
            answered = plainly(await self._invocations.answer(asking, receive))
        await send_answered(answered, scope, receive, send)
