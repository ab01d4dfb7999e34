"""worker: what a forked worker does until its socket closes: read a call, answer it.

Runs on the main thread of its process, one call at a time. Knows the model and the wire,
nothing of who is at the other end.
"""

import logging
import socket

from bridge.model import Model
from bridge.sheet import Bytes
from bridge.wire import CALL, REST, Failure, Hello, Reader, pack

RECEIVE = 1 << 18
log = logging.getLogger(__name__)


def work(model: Model, channel: socket.socket) -> None:
    """Does what comes over ``channel``, until the other side closes it."""
    model.after_fork()
    channel.sendall(pack(Hello()))
    reader = Reader()
    while data := channel.recv(RECEIVE):
        for kind, body in reader.bodies(data):
            if kind == REST:
                model.rest()
                channel.sendall(pack(Hello()))
            else:
                channel.sendall(answer(model, kind, body))


def answer(model: Model, kind: int, body: Bytes) -> bytes:
    """The packed answer to one call; whatever the model raises becomes a failure."""
    if kind != CALL:
        raise TypeError(f"a worker is sent calls, not messages of kind {kind}")
    try:
        return model.answer(body)
    except Exception as error:
        log.exception("the call failed outside of R")
        return pack(Failure("failed", "the worker could not answer", repr(error)))
