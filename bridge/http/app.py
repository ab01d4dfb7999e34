"""app: the routes, as a list of values given to one Starlette.

Most of ``POST /invocations`` does not come here: ``protocol`` answers it on a shorter road.
"""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler, Lifespan, Receive, Scope, Send

from bridge.errors import Starting
from bridge.http.errors import JSON, body, render, retry_after, too_large
from bridge.http.protocol import asked, replaced_header
from bridge.served import ServedModel


def create_app(
    served: ServedModel,
    can_answer: Callable[[], bool],
    max_body: int,
    lifespan: Lifespan[Starlette],
) -> Starlette:
    """The ASGI application. ``max_body`` is in bytes."""
    return Starlette(
        routes=[
            Route("/ping", Ping(can_answer), methods=["GET", "POST"]),
            Route("/invocations", Invocations(served, max_body), methods=["POST"]),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )


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
        try:
            request = await self._body(receive)
            reply = await self._served.invoke(request, asked(scope["headers"]))
        except Exception as error:
            await respond_error(send, error)
        else:
            await respond(
                send, 200, reply.body, reply.content_type.encode(), *replaced_header(reply)
            )

    async def _body(self, receive: Receive) -> bytes:
        message = await receive()
        content: bytes = message.get("body", b"")
        while message.get("more_body", False) and len(content) <= self._max_body:
            message = await receive()
            content += message.get("body", b"")
        if len(content) > self._max_body:
            raise too_large(self._max_body)
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
    await respond(send, status, content, JSON.encode(), *retry_after(status))


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = f"{request.method} {request.url.path[:100]}: {error.detail}"
    code = error.detail.lower().replace(" ", "_")
    return Response(body(code, text), error.status_code, error.headers, JSON)


EXCEPTION_HANDLERS: dict[Any, ExceptionHandler] = {HTTPException: _http_exception}
