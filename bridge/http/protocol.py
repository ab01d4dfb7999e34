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
from functools import partial
from time import monotonic
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from bridge.errors import ClientGone
from bridge.http.app import answered, send_answered
from bridge.http.bounded import FREE_BYTES, BoundedProtocol
from bridge.http.corked import CorkedTransport
from bridge.http.errors import (
    JSON,
    STATUS_LINES,
    log_inference,
    render,
    retry_after,
    too_large,
)
from bridge.http.headers import Headers, asked, told
from bridge.http.known import KnownHeads
from bridge.promise import Promise
from bridge.request import Asked, Body, Reply
from bridge.served import LARGE_BYTES, Invocation, ServedModel
from bridge.ticket import RowTicket

NONE: Headers = []


class _NoEvent:
    def set(self) -> None:
        """Nobody waits."""


class ShortCycle:
    """A request on the short road, with what uvicorn's protocol wants of its cycle."""

    __slots__ = (
        "answer",
        "attributes",
        "began",
        "body",
        "disconnected",
        "inference",
        "invocation",
        "keep_alive",
        "more_body",
        "response_complete",
        "size",
    )
    message_event = _NoEvent()

    def __init__(self, keep_alive: bool) -> None:
        self.attributes = ""  # to be given back
        self.answer: Promise[Any] | asyncio.Task[None] | None = None
        self.began = 0.0  # when it was read
        self.body: list[bytes] = []
        self.inference = ""
        self.invocation: Invocation | RowTicket | None = None
        self.keep_alive = keep_alive
        self.more_body = True
        self.disconnected = False
        self.response_complete = False
        self.size = 0  # of the body


class Heads:
    """Responses up to the number of their content-length; the same for all of one second."""

    def __init__(self) -> None:
        self._defaults: Headers = []
        self._made: dict[tuple[int, str, bool], bytes] = {}

    def get(self, defaults: Headers, status: int, content_type: str, keep_alive: bool) -> bytes:
        """``defaults`` is a new list each second, for it holds the date."""
        if defaults is not self._defaults:
            self._defaults, self._made = defaults, {}
        key = status, content_type, keep_alive
        head = self._made.get(key)
        if head is None:
            head = self._made[key] = self._make(*key)
        return head

    def _make(self, status: int, content_type: str, keep_alive: bool) -> bytes:
        lines = [STATUS_LINES[status], *(b"%s: %s\r\n" % header for header in self._defaults)]
        if not keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"content-type: %s\r\ncontent-length: " % content_type.encode())
        return b"".join(lines)


class Protocol(BoundedProtocol):
    """For ``uvicorn.Config(http=...)``; ``protocol_for`` says what it serves."""

    served: ClassVar[ServedModel]
    max_body: ClassVar[int]
    heads: ClassVar[Heads]
    known: ClassVar[KnownHeads]
    _headers_before: Headers | None = None
    _data = b""  # that is being read
    _short: ShortCycle | None = None  # the one that waits for its answer; there is one at most

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._corked = CorkedTransport(transport, self.loop)
        super().connection_made(cast(asyncio.Transport, self._corked))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        cycle: Any = self.cycle
        if type(cycle) is ShortCycle and cycle.answer is not None:
            if not cycle.response_complete:
                self.counts.failed(ClientGone())
            cycle.answer.cancel()

    def data_received(self, data: bytes) -> None:
        cycle: Any = self.cycle
        if type(cycle) is ShortCycle and cycle.response_complete and not self._coming:
            known = self.known.find(data)
            if known is not None and not self._leaving and not self._deaf:
                self._idle_since = None
                cycle.response_complete = False  # the same for one request after another
                body, wanted, inference = known
                self._invoke(cycle, body, wanted, inference)
                return
        self._data = data
        super().data_received(data)
        self._data = b""

    def on_message_begin(self) -> None:
        self.begin()
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def admit(self) -> None:
        if self._takes_the_short_road():
            keep_alive = self.parser.should_keep_alive() and not self._leaving
            self.cycle = cast(Any, ShortCycle(keep_alive))
        else:
            self._make_scope()
            super().admit()

    def _make_scope(self) -> None:
        """What uvicorn does before it reads the head; the short road needs none of it."""
        url, headers, expect = self.url, self.headers, self.expect_100_continue
        HttpToolsProtocol.on_message_begin(self)
        self.url, self.expect_100_continue = url, expect
        self.headers += headers

    def _takes_the_short_road(self) -> bool:
        previous: Any = self.cycle
        return (
            self.url == b"/invocations"
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.expect_100_continue
            and (previous is None or previous.response_complete)
        )

    def on_body(self, body: bytes) -> None:
        cycle: Any = self.cycle
        if type(cycle) is not ShortCycle:
            super().on_body(body)
        elif not cycle.response_complete:
            cycle.body.append(body)
            cycle.size += len(body)
            if cycle.size > self.max_body:
                cycle.body = []
                cycle.keep_alive = False
                self._respond_error(cycle, too_large(self.max_body))

    def on_message_complete(self) -> None:
        cycle: Any = self.cycle
        self.end()
        if type(cycle) is not ShortCycle:
            super().on_message_complete()
        elif not cycle.response_complete:
            body = cycle.body if cycle.size >= LARGE_BYTES else b"".join(cycle.body)
            cycle.body = []  # who reads it may free it
            self._invoke(cycle, body, *self._asked(cycle, body))

    def _asked(self, cycle: ShortCycle, body: Body) -> tuple[Asked, str]:
        """What the headers ask for; clients send the same again and again."""
        if self.headers != self._headers_before:
            self._asked_before = asked(self.headers)
            self._headers_before = self.headers
        elif cycle.keep_alive and self._began is None and len(self._data) <= FREE_BYTES:
            self.known.learn(self._data, body, *self._asked_before)
        return self._asked_before

    def _invoke(self, cycle: ShortCycle, body: Body, wanted: Asked, inference: str) -> None:
        cycle.inference = inference
        cycle.began = monotonic()
        if self.served.echo_attributes:
            cycle.attributes = wanted.attributes
        try:
            invocation = self.served.begin(body, wanted)
        except Exception as error:
            self._respond_error(cycle, error)
            return
        if invocation is None:
            self._give_later(cycle, self.served.invoke(body, wanted))
        else:
            self._short = cycle
            cycle.invocation = invocation
            cycle.answer = invocation.answer
            cycle.answer.add_done_callback(self._answered)

    def _answered(self, answer: object) -> None:
        cycle: Any = self._short
        invocation = cycle.invocation
        if invocation.is_long:
            self._give_later(cycle, self.served.write(invocation))
            return
        plain = invocation.plain
        if plain is not None and not (cycle.attributes or cycle.disconnected):  # as _give() does
            self.counts.took.append(monotonic() - cycle.began)
            self._respond(cycle, 200, invocation.writer.content_type, plain, NONE)
            return
        try:
            reply = invocation.reply()
        except asyncio.CancelledError:
            return
        except Exception as error:
            self._respond_error(cycle, error)
        else:
            self._give(cycle, reply)

    def _give_later(self, cycle: ShortCycle, coming: Coroutine[Any, Any, Reply]) -> None:
        task = self.loop.create_task(self._wait_and_give(cycle, coming))
        cycle.answer = task
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
        if cycle.disconnected:
            return
        self.counts.took.append(monotonic() - cycle.began)
        if reply.rest is not None:
            self._give_in_pieces(cycle, reply)
            return
        headers = told(reply, cycle.attributes)
        if headers:
            self.counts.amended(reply.replaced, reply.errors)
        self._respond(cycle, 200, reply.content_type, reply.body, headers)

    def _give_in_pieces(self, cycle: ShortCycle, reply: Reply) -> None:
        """Long answers take uvicorn's road from here: it waits for clients that read slowly."""
        self.counts.amended(reply.replaced, reply.errors)
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
        if cycle.disconnected:
            return
        self.counts.failed(error)
        self._respond(cycle, status, JSON, content, retry_after(status))

    def _respond(
        self,
        cycle: ShortCycle,
        status: int,
        content_type: str,
        content: bytes,
        headers: Headers,
    ) -> None:
        defaults = self.server_state.default_headers
        head = self.heads.get(defaults, status, content_type, cycle.keep_alive)
        rest = b"".join([b"%s: %s\r\n" % header for header in headers]) if headers else b""
        # Who is refused may ask again at once. Among thousands who do, the event loop would read
        # and refuse without end, and give R nothing to do, unless it has its turn first.
        write = self._corked.write if status == 503 else self._corked.write_now
        size = len(content)
        if size < LARGE_BYTES:
            write(b"%s%d\r\n%s\r\n%s" % (head, size, rest, content))
        else:  # not to be copied
            write(b"%s%d\r\n%s\r\n" % (head, size, rest))
            write(content)
        cycle.response_complete = True
        if cycle.inference:
            log_inference(cycle.inference, status)
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def protocol_for(served: ServedModel, max_body: int) -> type[Protocol]:
    """The protocol class that answers for ``served``; ``max_body`` is in bytes."""
    own = {"served": served, "max_body": max_body, "heads": Heads(), "known": KnownHeads()}
    return type("ServedProtocol", (Protocol,), {**own, "counts": served.counts})
