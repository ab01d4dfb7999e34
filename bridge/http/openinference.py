"""openinference: the routes of the Open Inference Protocol (v2) that KServe and Triton speak.

The model has one version, so that a client may name one.
https://github.com/kserve/open-inference-protocol
"""

from contextlib import suppress
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge import __version__
from bridge.codecs import Form
from bridge.codecs.inference import VERSION
from bridge.codecs.tensors import input_datatype, tensor
from bridge.errors import BridgeError, ModelNotLoaded, WrongShape
from bridge.golden import first_answered
from bridge.http import hosted
from bridge.http.app import Invocations, send_answered
from bridge.http.headers import Headers
from bridge.http.hosted import Hosted, failed, plainly, refused
from bridge.request import Asked

SERVER = "r-model-bridge"
PLATFORM = "r_predict"
_JSON_BYTES = b"inference-header-content-length"


def inference_routes(model: Hosted) -> list[Route]:
    """All routes below ``/v2``."""
    face, infer = OpenInference(model), Infer(model)
    bases = ("/v2/models/{name}", "/v2/models/{name}/versions/{version}")
    return [
        *(Route(path, face.server, methods=["GET"]) for path in ("/v2", "/v2/")),
        Route("/v2/health/live", face.live, methods=["GET"]),
        Route("/v2/health/ready", face.ready, methods=["GET"]),
        *(Route(base, face.metadata, methods=["GET"]) for base in bases),
        *(Route(base + "/ready", face.model_ready, methods=["GET"]) for base in bases),
        *(Route(base + "/infer", infer, methods=["POST"]) for base in bases),
    ]


class OpenInference:
    """What the protocol tells of server and model."""

    def __init__(self, model: Hosted) -> None:
        self._model = model
        self._outputs: list[dict[str, Any]] = []

    async def server(self, request: Request) -> Response:
        """``GET /v2``."""
        return hosted.json({"name": SERVER, "version": __version__, "extensions": []})

    async def live(self, request: Request) -> Response:
        """``GET /v2/health/live``: 200 from the first."""
        return hosted.json({"live": True})

    async def ready(self, request: Request) -> Response:
        """``GET /v2/health/ready``: 200 when a worker can answer, else 503."""
        ready = self._model.can_answer()
        return hosted.json({"live": True, "ready": ready}, 200 if ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """``GET /v2/models/NAME/ready``: the same for the model."""
        try:
            _check(self._model, request.path_params)
        except BridgeError as error:
            return refused(error)
        ready = self._model.can_answer()
        return hosted.json({"name": self._model.name, "ready": ready}, 200 if ready else 503)

    async def metadata(self, request: Request) -> Response:
        """``GET /v2/models/NAME``: the fields, and the outputs as golden.jsonl shows them."""
        try:
            _check(self._model, request.path_params)
            fields = self._model.served.schema.predictors
            outputs = await self._known_outputs()
        except BridgeError as error:
            return refused(error)
        told = {
            "name": self._model.name,
            "versions": [VERSION],
            "platform": PLATFORM,
            "inputs": [tensor(field.name, input_datatype(field.type)) for field in fields],
            "outputs": outputs,
        }
        return hosted.json(told)

    async def _known_outputs(self) -> list[dict[str, Any]]:
        """The outputs of the first golden request, which is asked once."""
        golden = self._model.golden
        example = None if self._outputs or golden is None else first_answered(golden)
        if example is not None:
            with suppress(BridgeError):  # so that nothing is known yet
                body = orjson.dumps(example)
                reply = await self._model.served.invoke(body, Asked(form=Form("outputs")))
                self._outputs = orjson.loads(reply.body)
        return self._outputs


class Infer:
    """``POST /v2/models/NAME/infer``."""

    def __init__(self, model: Hosted) -> None:
        self._model = model
        self._invocations = Invocations(model.served, model.max_body, self._form)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _check(self._model, scope["path_params"])
        except BridgeError as error:
            self._model.served.counts.failed(error)
            answered = failed(error)
        else:
            answered = plainly(await self._invocations.answer(scope, receive))
        await send_answered(answered, scope, receive, send)

    def _form(self, headers: Headers) -> Form:
        """How bodies are read: with binary data, a header says how much of one is JSON."""
        json_bytes = dict(headers).get(_JSON_BYTES)
        if json_bytes is None:
            return Form("inference", (("model", self._model.name),))
        if not json_bytes.isdigit():
            raise WrongShape("Inference-Header-Content-Length is not a number of bytes")
        told = ("model", self._model.name), ("json_bytes", int(json_bytes[:18]))
        return Form("inference", told)


def _check(model: Hosted, path: dict[str, str]) -> None:
    """Raises ModelNotLoaded for another name or version."""
    model.check(path["name"])
    version = path.get("version", VERSION)
    if version != VERSION:
        raise ModelNotLoaded(f'there is no version "{version[:100]}"; there is "{VERSION}"')
