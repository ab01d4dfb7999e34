"""handle: the server's end of one worker: a call out, its answer back, or its death.

One call at a time. A call that is not answered in time costs the worker its life: R's C
code cannot be interrupted in any other way. So does a stop by a signal, after which it would
answer nobody. What model code started may hold the worker's socket open after its death:
``look`` finds out.
"""

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from math import inf
from time import monotonic
from typing import cast

from bridge.answer import Answer
from bridge.counts import Death
from bridge.errors import DeadlineExceeded, WorkerDied
from bridge.pool.memory import process_state
from bridge.promise import Promise
from bridge.wire import RECEIVE, Call, Failure, Hello, Reader, Rest, WireError, pack, pieces

Reply = Answer | Failure
_REST = pack(Rest())
START_SECONDS = 30.0  # until its Hello, which takes some milliseconds
# R collects its young garbage every 60 to 80 calls of one row of an lm, for 1.5 ms.
REST_CALLS = 50
_STOPPED, _OVER = "T", "ZX"
_MANY_ROWS = 4096  # of fewer a call is written at once
log = logging.getLogger(__name__)


class State(Enum):
    """STARTING until its Hello; then IDLE and BUSY in turns, at times RESTING; DEAD for ever."""

    STARTING = auto()
    IDLE = auto()
    BUSY = auto()
    RESTING = auto()
    DEAD = auto()


class WorkerHandle(asyncio.Protocol):
    """Protocol of the worker's socket. ``changed`` is told of each change of state."""

    def __init__(self, pid: int, changed: Callable[["WorkerHandle"], None]) -> None:
        self.pid = pid
        self.state = State.STARTING
        self.greeted = False
        self.killed = False
        self.why: Death | None = None
        self.retired = False
        self.served = 0
        self._calls_since_rest = 0
        self._has_rested = False
        self._requests = 0  # of the last call
        self._is_short = True  # the last call: it is read at once or not at all
        self.since = monotonic()
        self._changed = changed
        self._reader = Reader()
        self._transport: asyncio.WriteTransport | None = None
        self._calls: deque[tuple[Promise[Reply], float]] = deque()
        self._deadline = inf  # of the running call
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def call(self, call: Call, timeout: float) -> Promise[Reply]:
        """The reply to come; raises WorkerDied, or DeadlineExceeded after ``timeout`` s.

        A call made while another is running begins, as does its timeout, when that ends. One
        that has not begun is cancelled if the worker ends, or has ended already.
        """
        assert self._transport is not None
        promise: Promise[Reply] = Promise()
        if self.state is State.DEAD:
            asyncio.get_running_loop().call_soon(promise.cancel)
            return promise
        self.served += call.requests
        self._requests = call.requests
        self._calls.append((promise, timeout))
        self._is_short = call.frame.rows < _MANY_ROWS
        if self._is_short:
            packed = pack(call)
            self._is_short = len(packed) <= RECEIVE
            self._transport.write(packed)
        else:
            self._transport.writelines(pieces(call))
        if len(self._calls) == 1:
            self._begin()
        return promise

    @property
    def wants_rest(self) -> bool:
        """True if R's collector is about to run, in the middle of a call.

        Not where requests share calls: no core may be idle, and to change from worker to
        worker then costs more (of 64 clients a twelfth) than who waits for it would gain.
        """
        return self._calls_since_rest >= REST_CALLS and self._requests == 1

    @property
    def needs_rest(self) -> bool:
        """True if it should not be put off any longer."""
        return self._calls_since_rest >= REST_CALLS and not self._has_rested

    def rest(self) -> None:
        """Has an idle worker collect its garbage; then it is idle again."""
        assert self._transport is not None
        self._calls_since_rest, self._has_rested = 0, True
        self._transport.write(_REST)
        self.since = monotonic()
        self._set(State.RESTING)

    def kill(self, why: Death | None = None) -> None:
        """Ends the worker at once; its end of the socket then closes."""
        self.killed = True
        self.why = self.why or why
        if self.state is not State.DEAD:
            os.kill(self.pid, signal.SIGKILL)
            self.hang_up()

    def retire(self) -> None:
        """Ends the worker because it is no longer wanted."""
        self.retired = True
        self.kill()

    def look(self, now: float, patience: float) -> None:
        """Ends the worker if what it does for longer than ``patience`` will never end."""
        if self.state in (State.IDLE, State.DEAD) or now - self.since < patience:
            return
        state = process_state(self.pid)
        if state in _OVER:
            self.hang_up()
        elif state == _STOPPED or self._is_late(now):
            log.warning("worker %d is killed: it is stopped, or never began", self.pid)
            self.kill(Death.STUCK)

    def _is_late(self, now: float) -> bool:
        begins = self.state in (State.STARTING, State.RESTING)
        return begins and now - self.since > START_SECONDS

    def hang_up(self) -> None:
        """Takes the worker for ended, whoever may still hold its socket open."""
        if self._transport is not None:
            self._transport.abort()

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
            self.kill(Death.GARBLED)

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, ConnectionError) and len(self._calls) == 1 and self._is_short:
            # The worker has not read the call, else it would have read all of it: it ended before.
            self._end(asyncio.CancelledError())
        else:
            self._end(WorkerDied("the R process ended while it worked on the request"))
        self._set(State.DEAD)

    def _begin(self) -> None:
        self.since = monotonic()
        self._deadline = self.since + self._calls[0][1]
        if self._timer is None or self._timer_at > self._deadline:
            self._expire_in(self._calls[0][1])
        if self.state is not State.BUSY:
            self._set(State.BUSY)

    def _expire_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = monotonic() + seconds
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _answered(self, reply: Reply) -> None:
        promise, _ = self._calls.popleft()
        self._calls_since_rest += 1
        if self._calls:
            self._begin()
        else:
            self._set(State.IDLE)
        promise.set_result(reply)

    def _expire(self) -> None:
        """The timer is not set anew for each call: it may have been for an earlier one."""
        self._timer = None
        left = self._deadline - monotonic()
        if not self._calls:
            return
        if left > 0:
            self._expire_in(left)
            return
        log.warning("worker %d is killed: its call is past the deadline", self.pid)
        self._end(DeadlineExceeded("the answer was not there in time"))
        self.kill(Death.DEADLINE)

    def _end(self, error: BaseException) -> None:
        """The running call fails with ``error``; those that have not begun are cancelled.

        Not at once: who is told of it may call again.
        """
        if self._timer is not None:
            self._timer.cancel()
        calls, self._calls = self._calls, deque()
        loop = asyncio.get_running_loop()
        for i, (promise, _) in enumerate(calls):
            if i == 0:
                loop.call_soon(promise.set_exception, error)
            else:
                loop.call_soon(promise.cancel)

    def _set(self, state: State) -> None:
        self.state = state
        self._changed(self)
