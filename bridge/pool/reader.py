"""reader: a process that reads and writes bodies for the server, and may die of them.

Started by ``bridge.pool.aside`` as ``python -m bridge.pool.reader FD PARENT BYTES``, where FD
is a Unix stream socket and BYTES what it may allocate. See ``packets`` for what is said. EOF
means that the server is gone.
"""

import logging
import resource
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from bridge import codecs
from bridge.answer import Answer
from bridge.codecs import Form
from bridge.errors import BodyTooLarge, BridgeError
from bridge.frame import ABSENT, Replacements
from bridge.log import configure
from bridge.pool.packets import Packet, receive, send
from bridge.pool.parent import die_with
from bridge.request import Asked, specified
from bridge.sheet import Bytes
from bridge.wire import Call, message, pieces

Sent = tuple[dict[str, Any], Sequence[Bytes]]
SOME = 4096  # errors that are told at once
log = logging.getLogger(__name__)


def main(fd: int, parent: int, most: int) -> None:
    """Answers until the server closes its end, or memory is short."""
    die_with(parent)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = socket.socket(fileno=fd)
    try:
        while True:
            asked = receive(channel)
            try:
                for head, tail in _answer(asked):
                    send(channel, head, tail)
            except MemoryError:  # after which nobody knows the state of this process
                error = BodyTooLarge("the body takes too much memory once it is read")
                send(channel, *_failure(error))
                return
    except (EOFError, OSError):
        return


def _answer(packet: Packet) -> Iterator[Sent]:
    try:
        yield from _DOES[packet.head["do"]](packet.head, packet.tail)
    except BridgeError as error:
        yield _failure(error)


def _read(head: dict[str, Any], body: Any) -> Iterator[Sent]:
    form = None if head["form"] is None else Form(*head["form"])
    asked = Asked(*head["asked"])._replace(form=form)
    read = specified(head["model"]).read(body, asked).in_blocks(head["block"])
    errors = [read.errors[at : at + SOME] for at in range(0, len(read.errors), SOME)]
    told: dict[str, Any] = {"rows": read.rows, "parameters": read.parameters}
    told["wanted"] = None if read.wanted is None else tuple(read.wanted)
    told["packets"] = len(errors) + len(read.frames)
    if read.replaced is not None:
        told["replaced"] = _replaced(read.replaced)
    yield told, ()
    for some in errors:
        yield {"errors": some}, ()
    for frame in read.frames:
        yield {}, pieces(Call(frame, 1))


def _replaced(replaced: Replacements) -> list[Any]:
    """``Replacements`` as JSON; a value that was not sent is not there."""
    listed = [
        {name: value for name, value in cell._asdict().items() if value is not ABSENT}
        for cell in replaced.listed
    ]
    return [replaced.total, listed]


def _write(head: dict[str, Any], data: Any) -> Iterator[Sent]:
    answer = message(data)
    assert isinstance(answer, Answer)
    yield {}, [codecs.ENCODERS[head["content_type"]](answer)]


def _warm(head: dict[str, Any], tail: Any) -> Iterator[Sent]:
    codecs.warm()
    yield {}, ()


def _failure(error: BridgeError) -> Sent:
    problems = [asdict(problem) for problem in getattr(error, "problems", [])]
    return {"error": type(error).__name__, "message": str(error), "problems": problems}, ()


_DOES = {"read": _read, "write": _write, "warm": _warm}


if __name__ == "__main__":
    configure()
    main(*map(int, sys.argv[1:]))
