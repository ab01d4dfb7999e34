"""keepalive: uvicorn's HTTP protocol with bounds: of time, and of what a client may take.

uvicorn makes a timer after each response and cancels it at the next request, which is a
twentieth of what a request costs, and has none while a request comes in. Here one timer
stays: when it goes off, it looks how long the connection has been idle, has been sending
its request or has not taken its answer, and waits for the rest.
"""

import asyncio
from typing import Any

from bridge.errors import BridgeError, QueueFull, RequestTimedOut, TooManyConnections
from bridge.http.heads import HeadProtocol
from bridge.http.token import is_open

BYTES_PER_SECOND = 16 * 1024
CHANCE_SECONDS = 0.1
# So long, once the server is told to stop, may a client be about to send another request.
LEAVE_SECONDS = 0.5
FREE_BYTES = 64 * 1024  # of a request, which are not held against ``Limits.held_bytes``


class KeepAliveProtocol(HeadProtocol):
    """Closes a connection that is idle for ``timeout_keep_alive`` seconds, or too slow."""

    _idle_since: float | None = None
    _had_its_chance: float | None = None  # the request that began then
    _held = 0
    _unsent = 0
    _leaving = False
    _is_one_too_many = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        over = len(self.connections) - self.limits.connections
        self._is_one_too_many = over > 0
        if over > self.limits.connections // 8 + 8:
            self.transport.abort()
        self._idle_since = self.loop.time()
        self._look_again_in(min(self.limits.seconds, self.timeout_keep_alive))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._release()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()

    def measure(self) -> None:
        super().measure()
        if self._received > FREE_BYTES and not self._deaf and not self._is_idle():
            self._hold()

    def on_headers_complete(self) -> None:
        if self._is_one_too_many and not is_open(self.url):
            most = self.limits.connections
            self.stop(TooManyConnections(f"{most} clients are connected; try again later"))
        super().on_headers_complete()

    def admit(self) -> None:
        super().admit()
        if self._leaving:
            self.cycle.keep_alive = False

    def _hold(self) -> None:
        """Counts what the request takes, and refuses it if all take too much, unless alone."""
        limits = self.limits
        if self._began is not None or not self._held:
            limits.held += self._received - self._held
            self._held = self._received
        if self._began is not None and limits.held > limits.held_bytes and limits.held > self._held:
            self.refuse(QueueFull("requests under way take too much memory; try again later"))

    def _release(self) -> None:
        self.limits.held -= self._held
        self._held = 0

    def refuse(self, error: BridgeError) -> None:
        self._release()
        super().refuse(error)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def on_response_complete(self) -> None:
        if self._held:
            self._release()
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()

    def shutdown(self) -> None:
        """Lets the client end what it does: the next answer is the last."""
        self._leaving = True
        if self._is_idle():
            self.loop.call_later(LEAVE_SECONDS, self._leave)
        elif self.cycle is not None:
            self.cycle.keep_alive = False

    def _leave(self) -> None:
        if self._is_idle() and not self.transport.is_closing():
            self.transport.close()

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle
        return self._began is None and (cycle is None or cycle.response_complete)

    def timeout_keep_alive_handler(self) -> None:
        now = self.loop.time()
        if self._does_not_take_its_answer():
            self.transport.abort()
        elif self.transport.is_closing():
            self._look_again_in(self.limits.seconds)
        elif self._began is not None and not self.pipeline:
            late = self._began + self.limits.seconds + self._received / BYTES_PER_SECOND
            if now < late:
                self._look_again_in(late - now)
            elif self._had_its_chance != self._began:  # the rest may be there, and not yet read
                self._had_its_chance = self._began
                self._look_again_in(CHANCE_SECONDS)
            else:
                self.refuse(RequestTimedOut("the request did not come in time"))
        elif self._idle_since is None or not self._is_idle():
            self._look_again_in(self.limits.seconds)
        elif (left := self._idle_since + self.timeout_keep_alive - now) > 0:
            self._look_again_in(min(left, self.limits.seconds))
        else:
            self.transport.close()

    def _does_not_take_its_answer(self) -> bool:
        """True if nothing was taken since this was asked before."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        return 0 < before <= self._unsent

    def _look_again_in(self, seconds: float) -> None:
        later: asyncio.TimerHandle = self.loop.call_later(seconds, self.timeout_keep_alive_handler)
        self.timeout_keep_alive_task = later
