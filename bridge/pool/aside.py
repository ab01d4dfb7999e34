"""aside: the server's end of the process that reads and writes large and binary bodies.

Reading a large body holds Python's lock for seconds, and pyarrow can end its process on a
damaged one. Here neither keeps the server from other requests: a body that its reader dies of
twice is refused. One body at a time.
"""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bridge import errors
from bridge.answer import Answer
from bridge.config import environment
from bridge.errors import BridgeError, DeadlineExceeded, Problem, Starting, UnreadableBody
from bridge.frame import ABSENT, Replaced, Replacements
from bridge.pool import children
from bridge.pool.packets import Packet, receive, send
from bridge.request import WHOLE, Asked, Body, Read, RequestReader, Writer
from bridge.sheet import Bytes
from bridge.wire import Call, message, pieces

_TRIES = 2
# What it may allocate: its libraries, and what bodies become.
_OWN_BYTES = 1 << 30
_BYTES_PER_BYTE = 40
Tail = Callable[[], Sequence[Bytes]]
log = logging.getLogger(__name__)


class Aside:
    """The process, which is started when it is first asked.

    ``seconds`` a body may take; ``most`` bytes it may have.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._limit = _OWN_BYTES + _BYTES_PER_BYTE * most
        self._thread = ThreadPoolExecutor(1, "aside")
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._stopped = False

    async def read(
        self, reader: RequestReader, body: Body, asked: Asked, block: int = WHOLE
    ) -> Read:
        """What was asked, in frames of ``block`` rows; raises a RequestError, DeadlineExceeded."""
        headers, form = asked[:-1], asked.form
        told = {"do": "read", "model": reader.specification, "block": block}
        told |= {"asked": headers, "form": None if form is None else tuple(form)}
        answers = await self._ask(told, lambda: [body] if isinstance(body, bytes) else body)
        return await asyncio.to_thread(_read, *answers)

    async def write(self, writer: Writer, answer: Answer) -> bytes:
        """The answer in a binary format; raises NotAcceptable, DeadlineExceeded."""
        told = {"do": "write", "content_type": writer.content_type}
        return bytes((await self._ask(told, partial(pieces, answer)))[0].tail)

    async def warm(self) -> None:
        """Has it load what it will need; if that fails, it does so when it is first asked."""
        try:
            await self._ask({"do": "warm"})
        except BridgeError as error:
            log.warning("the process that reads bodies is not ready yet: %s", error)

    def stop(self) -> None:
        """Ends the process at once; what it reads is refused, and it is not started again."""
        self._stopped = True
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._end()

    async def _ask(self, head: dict[str, Any], tail: Tail = list) -> list[Packet]:
        loop = asyncio.get_running_loop()
        answers = await loop.run_in_executor(self._thread, self._ask_twice, head, tail)
        if "error" in answers[0].head:
            raise _error(answers[0].head)
        return answers

    def _ask_twice(self, head: dict[str, Any], tail: Tail) -> list[Packet]:
        sent = tail()
        for _ in range(_TRIES):
            try:
                return self._exchange(head, sent)
            except TimeoutError:
                self._end()
                raise DeadlineExceeded("the body was not read in time") from None
            except (EOFError, OSError):
                self._end()
                log.warning("the process that reads bodies ended; starting another")
        raise UnreadableBody("the body is damaged: what reads it ended twice while it did")

    def _exchange(self, head: dict[str, Any], tail: Sequence[Bytes]) -> list[Packet]:
        if self._stopped:
            raise Starting("the server is being stopped")
        channel = self._channel or self._start()
        channel.settimeout(self._seconds)
        send(channel, head, tail)
        first = receive(channel)
        return [first, *(receive(channel) for _ in range(first.head.get("packets", 0)))]

    def _start(self) -> socket.socket:
        self._channel, theirs = socket.socketpair()
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
        children.keep(self._process.pid)
        return self._channel

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if (process := self._process) is not None:
            process.kill()
            process.wait()
            children.release(process.pid)
        self._channel = self._process = None


def _read(first: Packet, *others: Packet) -> Read:
    head, told, frames = first.head, list[tuple[int, str]](), []
    for packet in others:
        if "errors" in packet.head:
            told += [(row, text) for row, text in packet.head["errors"]]
            continue
        call = message(packet.tail)
        assert isinstance(call, Call)
        frames.append(call.frame)
    if "replaced" in head:
        total, listed = head["replaced"]
        cells = tuple(Replaced(**{"value": ABSENT, **cell}) for cell in listed)
        frames[0] = frames[0]._replace(replaced=Replacements(total, cells))
    return Read(tuple(frames), head["parameters"], head["rows"], tuple(told), head["wanted"])


def _error(head: dict[str, Any]) -> BridgeError:
    kind: type[BridgeError] = getattr(errors, head["error"])
    if issubclass(kind, errors.InvalidInput):
        problems = [Problem(**{**p, "allowed": _levels(p["allowed"])}) for p in head["problems"]]
        return kind(problems)
    return kind(head["message"])


def _levels(allowed: list[str] | None) -> tuple[str, ...] | None:
    return None if allowed is None else tuple(allowed)
