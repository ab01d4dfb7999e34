"""endpoints: the routes of SageMaker's own runtime API, for clients on this machine.

``boto3.client("sagemaker-runtime", endpoint_url="http://localhost:8080")`` works unchanged:
what the container answers is passed on or translated as the platform does it. Any name of an
endpoint will do.
"""

from collections.abc import Callable

import orjson
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge.http import eventstream
from bridge.http.app import Answered, Invocations, send_answered
from bridge.http.errors import JSON
from bridge.http.headers import Headers

MODEL_ERROR = 424
MOST_CHARACTERS = 2048  # of a message
VARIANT = b"AllTraffic"  # the name that the SDKs give to an only variant


def endpoint_routes(invocations: Invocations) -> list[Route]:
    """``/endpoints/NAME/invocations``, and the same as a stream of events."""
    path = "/endpoints/{name}/invocations"
    return [
        Route(path, Endpoint(invocations, _as_it_is), methods=["POST"]),
        Route(path + "-response-stream", Endpoint(invocations, _streamed), methods=["POST"]),
    ]


class Endpoint:
    """InvokeEndpoint, or InvokeEndpointWithResponseStream, as ``pack`` says."""

    def __init__(self, invocations: Invocations, pack: Callable[[Answered], Answered]) -> None:
        self._invocations = invocations
        self._pack = pack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope["headers"] if _is_forwarded(header[0])]
        answered = await self._invocations.answer({**scope, "headers": headers}, receive)
        if answered.status == 200:
            headers = _passed_on(answered.headers, headers)
            answered = self._pack(answered._replace(headers=headers))
        else:
            answered = model_error(answered)
        await send_answered(send, answered)


def _is_forwarded(name: bytes) -> bool:
    """The platform drops headers that its API does not define, such as Accept-Encoding."""
    return name in (b"content-type", b"accept") or name.startswith(b"x-amzn-sagemaker-")


def model_error(answered: Answered) -> Answered:
    """What the caller of an endpoint gets for a container's 4xx or 5xx."""
    told = answered.body.decode()
    party = "client" if answered.status < 500 else "server"
    message = f'Received {party} error ({answered.status}) from primary with message "{told}".'
    content = {
        "Message": message[:MOST_CHARACTERS],
        "OriginalMessage": told[:MOST_CHARACTERS],
        "OriginalStatusCode": answered.status,
    }
    return Answered(
        MODEL_ERROR, orjson.dumps(content), JSON, [(b"x-amzn-errortype", b"ModelError")]
    )


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
        b"".join(eventstream.payload_parts(answered.body)),
        eventstream.CONTENT_TYPE,
        [content_type, *answered.headers],
    )
