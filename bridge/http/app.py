"""app: the routes, as a list of values given to one Starlette, and the road that passes it by.

``POST /invocations`` is answered by a bare ASGI callable in front of Starlette: routing,
middleware, Request and Response objects would take as long as all the rest of the
request.
"""

import logging
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, ExceptionHandler, Lifespan, Receive, Scope, Send

from bridge.errors import BodyTooLarge, Starting
from bridge.http.errors import RETRY_AFTER_SECONDS, body, render
from bridge.served import ServedModel

JSON = b"application/json"
INVOKE = ("POST", "/invocations")
log = logging.getLogger(__name__)


def create_app(
    served: ServedModel,
    can_answer: Callable[[], bool],
    max_body: int,
    lifespan: Lifespan[Starlette],
) -> ASGIApp:
    """The ASGI application. ``max_body`` is in bytes."""
    invocations = Invocations(served, max_body)
    others = Starlette(
        routes=[
            Route("/ping", Ping(can_answer), methods=["GET", "POST"]),
            Route("/invocations", invocations, methods=["POST"]),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["method"], scope["path"]) == INVOKE:
            await invocations(scope, receive, send)
        else:
            await others(scope, receive, send)

    return app


class Ping:
    """200 without a body when a worker can answer, else 503."""

    def __init__(self, can_answer: Callable[[], bool]) -> None:
        self._can_answer = can_answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._can_answer():
            await respond(send, 200, b"", b"text/plain")
        else:
            await respond_error(send, Starting("no worker can answer yet"))


class Invocations:
    """``POST /invocations``: the body goes down ``ServedModel.invoke`` and its reply comes back."""

    def __init__(self, served: ServedModel, max_body: int) -> None:
        self._served = served
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        content_type, accept = "", ""
        for name, value in scope["headers"]:
            if name == b"content-type":
                content_type = value.decode("latin-1")
            elif name == b"accept":
                accept = value.decode("latin-1")
        try:
            request = await self._body(receive)
            reply = await self._served.invoke(request, content_type, accept)
        except Exception as error:
            await respond_error(send, error)
        else:
            await respond(send, 200, reply.body, reply.content_type.encode())

    async def _body(self, receive: Receive) -> bytes:
        message = await receive()
        content: bytes = message.get("body", b"")
        while message.get("more_body", False) and len(content) <= self._max_body:
            message = await receive()
            content += message.get("body", b"")
        if len(content) > self._max_body:
            raise BodyTooLarge(f"the body is larger than {self._max_body} bytes")
        return content


async def respond(
    send: Send, status: int, content: bytes, content_type: bytes, *headers: tuple[bytes, bytes]
) -> None:
    """Sends a whole response."""
    length = str(len(content)).encode()
    start = [(b"content-type", content_type), (b"content-length", length), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})


async def respond_error(send: Send, error: BaseException) -> None:
    """Sends what ``bridge.http.errors`` makes of the error."""
    status, content = render(error)
    headers = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())] if status == 503 else []
    await respond(send, status, content, JSON, *headers)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = f"{request.method} {request.url.path[:100]}: {error.detail}"
    code = error.detail.lower().replace(" ", "_")
    return Response(body(code, text), error.status_code, error.headers, "application/json")


EXCEPTION_HANDLERS: dict[Any, ExceptionHandler] = {HTTPException: _http_exception}
