"""A worker over a real socket, with the model that needs no R."""

import mmap
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bridge.answer import Answer
from bridge.frame import Frame
from bridge.model import EchoModel
from bridge.pool.worker import MANY_CALLS, answer, work
from bridge.wire import Call, Hello, pack


class Settling(EchoModel):
    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.rested = threading.Event()

    def predict(self, call: Call) -> Answer:
        self.done.append("call")
        with mmap.mmap(-1, 1 << 20) as memory:
            memory.write(bytes(1 << 20))  # in 256 pages that the kernel gives anew
        return super().predict(call)

    def settle(self) -> None:
        self.done.append("settle")

    def rest(self) -> None:
        self.done.append("rest")
        self.rested.set()


CALL = pack(Call(Frame(("x",), (np.array([1.0]),), 1), 1))


ANSWER_BYTES = len(answer(EchoModel(), Call(Frame(("x",), (np.array([1.0]),), 1), 1)))


@contextmanager
def working(model: EchoModel) -> Iterator[socket.socket]:
    """The server's end of a worker that has said hello."""
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=work, args=(model, theirs))
        thread.start()
        with ours:
            assert exactly(ours, len(pack(Hello())))
            yield ours
        thread.join()


def exactly(channel: socket.socket, size: int) -> bytes:
    return channel.recv(size, socket.MSG_WAITALL)


def test_a_worker_rests_in_a_pause_and_not_between_calls() -> None:
    model = Settling()
    with working(model) as channel:
        for _ in range(2):
            channel.sendall(3 * CALL)
            exactly(channel, 3 * ANSWER_BYTES)
            assert model.rested.wait(10)
            model.rested.clear()
    assert model.done == ["call", "call", "call", "rest"] * 2


def test_a_worker_settles_once_when_it_has_answered_many_calls() -> None:
    model = Settling()
    with working(model) as channel:
        for _ in range(2 * MANY_CALLS + 1):
            channel.sendall(CALL)
            assert exactly(channel, ANSWER_BYTES)
    done = [what for what in model.done if what != "rest"]
    assert done.count("call") == 2 * MANY_CALLS + 1
    assert [i for i, what in enumerate(done) if what == "settle"] == [MANY_CALLS]
