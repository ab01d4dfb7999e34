"""aside: the server's end of the process that reads and writes large and binary bodies.

Reading a large body holds Python's lock for seconds, and pyarrow can end its process on a
damaged one. Here neither keeps the server from other requests: a body that its reader dies of
twice is refused. One body at a time.
"""

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from bridge.config import environment
from bridge.errors import DeadlineExceeded, UnreadableBody

_TRIES = 2
# What it may allocate: its libraries, and what bodies become.
_OWN_BYTES = 1 << 30
_BYTES_PER_BYTE = 40
log = logging.getLogger(__name__)


class Aside:
    """Runs functions in the process, which is started when the first is run.

    ``seconds`` a function may take; ``most`` bytes a body may have.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._limit = _OWN_BYTES + _BYTES_PER_BYTE * most
        self._thread = ThreadPoolExecutor(1, "aside")
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns or raises; raises UnreadableBody, DeadlineExceeded."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._run, function, *arguments)

    def stop(self) -> None:
        """Ends the process at once."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._end()

    def _run(self, *call: Any) -> Any:
        for _ in range(_TRIES):
            with contextlib.suppress(EOFError, OSError):
                good, value = self._ask(call)
                if good:
                    return value
                raise value
            self._end()
            log.warning("the process that reads bodies ended; starting another")
        raise UnreadableBody("the body is damaged: what reads it ended twice while it did")

    def _ask(self, call: tuple[Any, ...]) -> tuple[bool, Any]:
        connection = self._connection or self._start()
        connection.send(call)
        if not connection.poll(self._seconds):
            self._end()
            raise DeadlineExceeded("the body was not read in time")
        reply: tuple[bool, Any] = connection.recv()
        return reply

    def _start(self) -> "Connection[Any, Any]":
        ours, theirs = socket.socketpair()
        with theirs:
            fd = theirs.fileno()
            command = (sys.executable, "-P", "-m", "bridge.pool.reader")
            self._process = subprocess.Popen(
                [*command, *map(str, (fd, os.getpid(), self._limit))],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                pass_fds=(fd,),
                env=environment(),
            )
        self._connection = Connection(ours.detach())
        return self._connection

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._connection = self._process = None
