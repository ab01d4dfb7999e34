"""handle: the server's end of one worker: a call out, its answer back, or its death.

One call at a time. A call that is not answered in time costs the worker its life: R's C
code cannot be interrupted in any other way.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from enum import Enum, auto
from typing import cast

from bridge.answer import Answer
from bridge.errors import DeadlineExceeded, WorkerDied
from bridge.wire import Call, Failure, Hello, Reader, WireError, pack

Reply = Answer | Failure
log = logging.getLogger(__name__)


class State(Enum):
    """STARTING until its Hello; then IDLE and BUSY in turns; DEAD for ever."""

    STARTING = auto()
    IDLE = auto()
    BUSY = auto()
    DEAD = auto()


class WorkerHandle(asyncio.Protocol):
    """Protocol of the worker's socket. ``changed`` is told of each change of state."""

    def __init__(self, pid: int, changed: Callable[["WorkerHandle"], None]) -> None:
        self.pid = pid
        self.state = State.STARTING
        self.greeted = False
        self._changed = changed
        self._reader = Reader()
        self._transport: asyncio.WriteTransport | None = None
        self._reply: asyncio.Future[Reply] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def call(self, call: Call, timeout: float) -> asyncio.Future[Reply]:
        """The reply to come; raises WorkerDied, or DeadlineExceeded after ``timeout`` s."""
        assert self.state is State.IDLE and self._transport is not None
        loop = asyncio.get_running_loop()
        self._reply = loop.create_future()
        self._timer = loop.call_later(timeout, self._expire)
        self._set(State.BUSY)
        self._transport.write(pack(call))
        return self._reply

    def kill(self) -> None:
        """Ends the worker at once; its end of the socket then closes."""
        if self.state is not State.DEAD:
            os.kill(self.pid, signal.SIGKILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._reader.feed(data):
                if isinstance(message, Hello):
                    self.greeted = True
                    self._set(State.IDLE)
                elif isinstance(message, Answer | Failure):
                    self._answered(message)
        except WireError:
            log.exception("worker %d sent garbage", self.pid)
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle(WorkerDied("the R process ended while it worked on the request"))
        self._set(State.DEAD)

    def _answered(self, reply: Reply) -> None:
        future, self._reply = self._reply, None
        if self._timer is not None:
            self._timer.cancel()
        self._set(State.IDLE)
        if future is not None and not future.done():
            future.set_result(reply)

    def _expire(self) -> None:
        log.warning("worker %d is killed: its call is past the deadline", self.pid)
        self._settle(DeadlineExceeded("the answer was not there in time"))
        self.kill()

    def _settle(self, error: Exception) -> None:
        future, self._reply = self._reply, None
        if self._timer is not None:
            self._timer.cancel()
        if future is not None and not future.done():
            future.set_exception(error)

    def _set(self, state: State) -> None:
        self.state = state
        self._changed(self)
