"""worker: what a forked worker does until its socket closes: read a call, answer it.

Runs on the main thread of its process, one call at a time. Knows the model and the wire,
nothing of who is at the other end.
"""

import logging
import resource
import select
import socket

from bridge.model import Model
from bridge.sheet import Bytes
from bridge.wire import CALL, RECEIVE, REST, Failure, Hello, Reader, pack

# So long without a call (ms) is a pause: a client that asks again at once has done so by then.
PAUSE = 1
# The kernel gives a page, or copies one that is shared, when it is first written to: 2 us a page,
# half of what the first calls of a worker take, and all that are long. By itself R collects its
# garbage seldom, and takes more and more pages meanwhile. After calls that took more than these
# it does so in the pause, and the next call has their memory.
FEW_PAGES = 16
log = logging.getLogger(__name__)


def work(model: Model, channel: socket.socket) -> None:
    """Does what comes over ``channel``, until the other side closes it."""
    model.after_fork()
    channel.sendall(pack(Hello()))
    reader = Reader()
    coming = select.poll()
    coming.register(channel, select.POLLIN)
    pages = _pages()
    while data := channel.recv(RECEIVE):
        for kind, body in reader.bodies(data):
            if kind == REST:
                model.rest()
                channel.sendall(pack(Hello()))
            else:
                channel.sendall(answer(model, kind, body))
        if _pages() - pages > FEW_PAGES and not coming.poll(PAUSE):
            model.collect()
            pages = _pages()


def _pages() -> int:
    """How many pages this process was given."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def answer(model: Model, kind: int, body: Bytes) -> bytes:
    """The packed answer to one call; whatever the model raises becomes a failure."""
    if kind != CALL:
        raise TypeError(f"a worker is sent calls, not messages of kind {kind}")
    try:
        return model.answer(body)
    except Exception as error:
        log.exception("the call failed outside of R")
        return pack(Failure("failed", "the worker could not answer", repr(error)))
