"""app: what every route of the HTTP face needs, and the routes of one model.

Most of ``POST /invocations`` does not come here: ``protocol`` answers it on a shorter road.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import chain
from time import monotonic
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ExceptionHandler, Lifespan, Receive, Scope, Send

from bridge.codecs import Form
from bridge.counts import Counts
from bridge.errors import ClientGone, Starting
from bridge.http.counted import is_counted
from bridge.http.errors import JSON, body, log_inference, render, retry_after, too_large
from bridge.http.headers import Headers, asked, told
from bridge.http.streaming import send_pieces
from bridge.request import Asked, Body, Reply
from bridge.served import LARGE_BYTES, ServedModel


def create_app(
    routes: Sequence[BaseRoute],
    lifespan: Lifespan[Starlette] | None = None,
    counts: Counts | None = None,
) -> Starlette:
    """The ASGI application; ``counts`` are told of requests that no route takes."""
    app = Starlette(routes=routes, exception_handlers=EXCEPTION_HANDLERS, lifespan=lifespan)
    app.state.counts = counts or Counts()
    app.router.redirect_slashes = False  # nobody who asks for /ping/ follows a redirect
    return app


def model_routes(can_answer: Callable[[], bool], invocations: "Invocations") -> list[Route]:
    """``/ping`` and ``/invocations``, each with and without a slash at its end."""
    ping = Ping(can_answer)
    return [
        *(Route(path, ping, methods=["GET", "POST"]) for path in ("/ping", "/ping/")),
        *(Route(p, invocations, methods=["POST"]) for p in ("/invocations", "/invocations/")),
    ]


class Ping:
    """200 without a body when a worker can answer, else 503."""

    def __init__(self, can_answer: Callable[[], bool]) -> None:
        self._can_answer = can_answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._can_answer():
            await respond(send, 200, b"", b"text/plain")
        else:
            await respond_error(send, Starting("no worker can answer yet"))


class Answered(NamedTuple):
    """A response that was not sent yet; ``rest`` and ``size`` as in ``Reply``."""

    status: int
    body: bytes
    content_type: str
    headers: Headers
    rest: Iterator[bytes] | None = None
    size: int | None = None


class Invocations:
    """``POST /invocations``: the body goes down ``ServedModel.invoke`` and its reply comes back.

    ``max_body`` is in bytes. ``form`` tells, of the headers, the one form that bodies have.
    """

    def __init__(
        self, served: ServedModel, max_body: int, form: Callable[[Headers], Form] | None = None
    ) -> None:
        self._served = served
        self._max_body = max_body
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_answered(await self.answer(scope, receive), scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive) -> Answered:
        """The response to a request, whatever becomes of it."""
        wanted, inference = asked(scope["headers"])
        content: Body | None = None
        try:
            if self._form is not None:
                wanted = wanted._replace(form=self._form(scope["headers"]))
            content = await read_body(receive, self._max_body)
            reply = await self._reply(receive, content, wanted)
        except Exception as error:
            if content is not None or not isinstance(error, ClientGone):  # else it never came
                self._served.counts.failed(error)
            return failed(error, inference)
        if inference:
            log_inference(inference, 200)
        return answered(reply, wanted.attributes if self._served.echo_attributes else "")

    async def _reply(self, receive: Receive, content: Body, wanted: Asked) -> Reply:
        began, counts = monotonic(), self._served.counts
        reply = await unless_gone(receive, self._served.invoke(content, wanted))
        counts.took.append(monotonic() - began)
        counts.amended(reply.replaced, reply.errors)
        return reply


def answered(reply: Reply, attributes: str) -> Answered:
    """The response that a reply is; ``attributes`` are given back."""
    headers = told(reply, attributes)
    return Answered(200, reply.body, reply.content_type, headers, reply.rest, reply.size)


def failed(error: Exception, inference: str) -> Answered:
    """The response for an error; ``inference`` is the id that the client gave the request."""
    status, content = render(error, inference)
    if inference:
        log_inference(inference, status)
    return Answered(status, content, JSON, retry_after(status))


async def unless_gone(receive: Receive, coming: Coroutine[Any, Any, Reply]) -> Reply:
    """What is coming; once the client is gone nobody waits for it, and it is cancelled."""
    working = asyncio.create_task(coming)
    listening = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait((working, listening), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone("the client hung up")
        return working.result()
    finally:
        working.cancel()
        listening.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def read_body(receive: Receive, most: int) -> Body:
    """A whole request body, in pieces if it is large.

    Raises ClientGone, or BodyTooLarge beyond ``most`` bytes.
    """
    pieces: list[bytes] = []
    size, more = 0, True
    while more and size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("the client hung up")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
    if size > most:
        raise too_large(most)
    return pieces if size >= LARGE_BYTES else b"".join(pieces)


async def send_answered(answer: Answered, scope: Scope, receive: Receive, send: Send) -> None:
    """Sends what was answered: a long body in pieces, if its size or the client's HTTP allow it."""
    status, content, content_type, headers, rest, size = answer
    if rest is not None and (size is not None or scope["http_version"] == "1.1"):
        length = [] if size is None else [(b"content-length", b"%d" % size)]
        start = [(b"content-type", content_type.encode()), *length, *headers]
        await send({"type": "http.response.start", "status": status, "headers": start})
        await send_pieces(content, rest, receive, send)
        return
    if rest is not None:
        content = await asyncio.to_thread(b"".join, chain((content,), rest))
    await respond(send, status, content, content_type.encode(), *headers)


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
    """A 404 or 405, with what there is instead."""
    assert isinstance(error, HTTPException)
    text = f"{request.method} {request.url.path[:100]}: {error.detail.lower()}"
    code = error.detail.lower().replace(" ", "_")
    if is_counted(request.scope["path"].encode()):
        request.app.state.counts.refused(code)
    content = body(code, f"{text}; there are {', '.join(_told(request.app.routes))}")
    return Response(content, error.status_code, error.headers, JSON)


def _told(routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Each route once, such as "POST /invocations"."""
    paths: dict[str, set[str]] = {}
    for route in routes:
        if isinstance(route, Route):
            paths.setdefault(route.path.rstrip("/"), set()).update(route.methods or ())
    for path, methods in paths.items():
        yield f"{'|'.join(sorted(methods - {'HEAD'}))} {path}"


async def _unexpected(request: Request, error: Exception) -> Response:
    status, content = render(error)
    return Response(content, status, media_type=JSON)


EXCEPTION_HANDLERS: dict[Any, ExceptionHandler] = {
    HTTPException: _http_exception,
    Exception: _unexpected,
}
