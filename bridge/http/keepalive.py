"""keepalive: uvicorn's HTTP protocol with one idle timer per connection.

uvicorn makes a timer after each response and cancels it at the next request, which is a
twentieth of what a request costs. Here the timer stays: when it goes off, it looks how
long the connection has been idle, and waits for the rest.
"""

import asyncio

from bridge.http.heads import HeadProtocol


class KeepAliveProtocol(HeadProtocol):
    """Closes a connection that is idle for ``timeout_keep_alive`` seconds."""

    _idle_since: float | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def on_response_complete(self) -> None:
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_again_in(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        if self._idle_since is None:
            self._look_again_in(self.timeout_keep_alive)
        elif (left := self._idle_since + self.timeout_keep_alive - self.loop.time()) > 0:
            self._look_again_in(left)
        else:
            super().timeout_keep_alive_handler()

    def _look_again_in(self, seconds: float) -> None:
        later: asyncio.TimerHandle = self.loop.call_later(seconds, self.timeout_keep_alive_handler)
        self.timeout_keep_alive_task = later
