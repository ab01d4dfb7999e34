"""protocol: uvicorn's HTTP protocol with a short road for ``POST /invocations``.

uvicorn answers a request with an ASGI task: a scope, coroutines, messages to and fro. For
an answer that waits in our own queue all of it is overhead, as much as the rest of the
request. So a plain ``POST /invocations`` goes from the parser to ``ServedModel.begin`` and
from its future to the socket. Everything else, and a request that is sent before the one
in front of it is answered, takes uvicorn's road to the ASGI application, which answers
``/invocations`` alike.

Responses leave in one system call; uvicorn takes two, for head and body.
"""

import asyncio
from collections.abc import Coroutine
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from bridge.http.app import answered, send_answered
from bridge.http.errors import JSON, log_inference, render, retry_after, too_large
from bridge.http.headers import asked, told
from bridge.http.keepalive import KeepAliveProtocol
from bridge.served import Invocation, Reply, ServedModel, is_large

_STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in HTTPStatus}


class CorkedTransport:
    """A transport that joins what is written in one turn of the event loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def write_now(self, data: bytes) -> None:
        """Writes at once, after what is waiting."""
        self._flush()
        self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            data, self._waiting = b"".join(self._waiting), []
            if not self._transport.is_closing():  # the client may be gone by now
                self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _NoEvent:
    def set(self) -> None:
        """Nobody waits."""


class ShortCycle:
    """A request on the short road, with what uvicorn's protocol wants of its cycle."""

    __slots__ = (
        "attributes",
        "body",
        "disconnected",
        "inference",
        "keep_alive",
        "more_body",
        "response_complete",
    )
    message_event = _NoEvent()

    def __init__(self, keep_alive: bool) -> None:
        self.attributes = ""  # to be given back
        self.body = bytearray()
        self.inference = ""
        self.keep_alive = keep_alive
        self.more_body = True
        self.disconnected = False
        self.response_complete = False


@lru_cache(maxsize=64)
def _head(
    status: int, content_type: str, headers: tuple[tuple[bytes, bytes], ...], keep_alive: bool
) -> bytes:
    """A response up to the number of its content-length; the same for all of one second."""
    lines = [_STATUS_LINES[status], *(b"%s: %s\r\n" % header for header in headers)]
    if not keep_alive:
        lines.append(b"connection: close\r\n")
    lines.append(b"content-type: %s\r\ncontent-length: " % content_type.encode())
    return b"".join(lines)


class Protocol(KeepAliveProtocol):
    """For ``uvicorn.Config(http=...)``; ``protocol_for`` says what it serves."""

    served: ClassVar[ServedModel]
    max_body: ClassVar[int]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._corked = CorkedTransport(transport, self.loop)
        super().connection_made(cast(asyncio.Transport, self._corked))

    def on_headers_complete(self) -> None:
        if self._takes_the_short_road():
            self.cycle = cast(Any, ShortCycle(self.parser.should_keep_alive()))
        else:
            super().on_headers_complete()

    def _takes_the_short_road(self) -> bool:
        previous: Any = self.cycle
        return (
            self.url == b"/invocations"
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and (previous is None or previous.response_complete)
        )

    def on_body(self, body: bytes) -> None:
        cycle: Any = self.cycle
        if type(cycle) is not ShortCycle:
            super().on_body(body)
        elif not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > self.max_body:
                cycle.keep_alive = False
                self._respond_error(cycle, too_large(self.max_body))

    def on_message_complete(self) -> None:
        cycle: Any = self.cycle
        if type(cycle) is not ShortCycle:
            super().on_message_complete()
        elif not cycle.response_complete:
            self._invoke(cycle)

    def _invoke(self, cycle: ShortCycle) -> None:
        wanted, cycle.inference = asked(self.headers)
        if self.served.echo_attributes:
            cycle.attributes = wanted.attributes
        body = bytes(cycle.body)
        if is_large(body, wanted):
            self._give_later(cycle, self.served.invoke(body, wanted))
            return
        try:
            invocation = self.served.begin(body, wanted)
        except Exception as error:
            self._respond_error(cycle, error)
        else:
            invocation.answer.add_done_callback(partial(self._answered, cycle, invocation))

    def _answered(self, cycle: ShortCycle, invocation: Invocation, answer: object) -> None:
        if invocation.is_long:
            self._give_later(cycle, asyncio.to_thread(invocation.reply))
            return
        try:
            reply = invocation.reply()
        except Exception as error:
            self._respond_error(cycle, error)
        else:
            self._give(cycle, reply)

    def _give_later(self, cycle: ShortCycle, coming: Coroutine[Any, Any, Reply]) -> None:
        task = self.loop.create_task(self._wait_and_give(cycle, coming))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _wait_and_give(self, cycle: ShortCycle, coming: Coroutine[Any, Any, Reply]) -> None:
        try:
            reply = await coming
        except Exception as error:
            self._respond_error(cycle, error)
        else:
            self._give(cycle, reply)

    def _give(self, cycle: ShortCycle, reply: Reply) -> None:
        if reply.rest is not None:
            self._give_in_pieces(cycle, reply)
            return
        headers = told(reply, cycle.attributes)
        self._respond(cycle, 200, reply.content_type, reply.body, *headers)

    def _give_in_pieces(self, cycle: ShortCycle, reply: Reply) -> None:
        """Long answers take uvicorn's road from here: it waits for clients that read slowly."""
        if cycle.disconnected:
            return
        if cycle.inference:
            log_inference(cycle.inference, 200)
        long = RequestResponseCycle(
            scope=cast(Any, {"type": "http", "http_version": "1.1", "method": "POST"}),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=cycle.keep_alive,
            on_response=self.on_response_complete,
        )
        if self.cycle is cast(Any, cycle):  # else the next request is there already
            self.cycle = long
        self._start_asgi_task(long, partial(send_answered, answered(reply, cycle.attributes)))

    def _respond_error(self, cycle: ShortCycle, error: Exception) -> None:
        status, content = render(error, cycle.inference)
        self._respond(cycle, status, JSON, content, *retry_after(status))

    def _respond(
        self,
        cycle: ShortCycle,
        status: int,
        content_type: str,
        content: bytes,
        *headers: tuple[bytes, bytes],
    ) -> None:
        if cycle.disconnected:
            return
        defaults = tuple(self.server_state.default_headers)
        head = _head(status, content_type, defaults, cycle.keep_alive)
        rest = b"".join([b"%s: %s\r\n" % header for header in headers]) if headers else b""
        self._corked.write_now(b"%s%d\r\n%s\r\n%s" % (head, len(content), rest, content))
        cycle.response_complete = True
        if cycle.inference:
            log_inference(cycle.inference, status)
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def protocol_for(served: ServedModel, max_body: int) -> type[Protocol]:
    """The protocol class that answers for ``served``; ``max_body`` is in bytes."""
    return type("ServedProtocol", (Protocol,), {"served": served, "max_body": max_body})
