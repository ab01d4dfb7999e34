"""endpoints: the routes of SageMaker's own runtime API, for clients on this machine.

``boto3.client("sagemaker-runtime", endpoint_url="http://localhost:8080")`` works unchanged:
what the container answers is passed on or translated as the platform does it. Any name of an
endpoint will do. Which model is meant, ``targets`` knows.
"""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge.http import eventstream
from bridge.http.app import Answered, send_answered
from bridge.http.errors import JSON
from bridge.http.headers import Headers
from bridge.http.targets import InvalidTarget, ManyModels, OneModel

MODEL_ERROR = 424
MOST_CHARACTERS = 2048  # of a message
VARIANT = b"AllTraffic"  # the name that the SDKs give to an only variant


def endpoint_routes(models: OneModel | ManyModels) -> list[Route]:
    """``/endpoints/NAME/invocations``, and the same as a stream of events."""
    path = "/endpoints/{name}/invocations"
    return [
        Route(path, Endpoint(models, _as_it_is), methods=["POST"]),
        Route(path + "-response-stream", Endpoint(models, _streamed), methods=["POST"]),
    ]


class Endpoint:
    """InvokeEndpoint, or InvokeEndpointWithResponseStream, as ``pack`` says."""

    def __init__(self, models: OneModel | ManyModels, pack: Callable[[Answered], Answered]) -> None:
        self._models = models
        self._pack = pack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope["headers"] if _is_forwarded(header[0])]
        answered = await self._answer({**scope, "headers": headers}, receive)
        await send_answered(answered, scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answered:
        try:
            answered = await self._models.answer(scope, receive)
        except InvalidTarget as error:
            return validation_error(str(error))
        if answered.status != 200:
            return model_error(answered, self._models.container)
        headers = _passed_on(answered.headers, scope["headers"])
        return self._pack(answered._replace(headers=headers))


def _is_forwarded(name: bytes) -> bool:
    """The platform drops headers that its API does not define, such as Accept-Encoding."""
    return name in (b"content-type", b"accept") or name.startswith(b"x-amzn-sagemaker-")


def model_error(answered: Answered, container: str) -> Answered:
    """What the caller of an endpoint gets for a container's 4xx or 5xx."""
    told = answered.body.decode()
    party = "client" if answered.status < 500 else "server"
    status = answered.status
    message = f'Received {party} error ({status}) from {container} with message "{told}".'
    content = {
        "Message": message[:MOST_CHARACTERS],
        "OriginalMessage": told[:MOST_CHARACTERS],
        "OriginalStatusCode": status,
    }
    return _error(MODEL_ERROR, b"ModelError", content)


def validation_error(message: str) -> Answered:
    """What the caller gets for a request that reaches no container."""
    return _error(400, b"ValidationError", {"Message": message})


def _error(status: int, kind: bytes, content: dict[str, Any]) -> Answered:
    return Answered(status, orjson.dumps(content), JSON, [(b"x-amzn-errortype", kind)])


def _passed_on(headers: Headers, asked: Headers) -> Headers:
    """The platform names the variant, and drops what its API does not define here too."""
    variant = dict(asked).get(b"x-amzn-sagemaker-target-variant", VARIANT)
    kept = [header for header in headers if header[0] == b"x-amzn-sagemaker-custom-attributes"]
    return [(b"x-amzn-invoked-production-variant", variant), *kept]


def _as_it_is(answered: Answered) -> Answered:
    return answered


def _streamed(answered: Answered) -> Answered:
    content_type = (b"x-amzn-sagemaker-content-type", answered.content_type.encode())
    return Answered(
        200,
        eventstream.payload_parts(answered.body),
        eventstream.CONTENT_TYPE,
        [content_type, *answered.headers],
        None if answered.rest is None else map(eventstream.payload_parts, answered.rest),
    )
