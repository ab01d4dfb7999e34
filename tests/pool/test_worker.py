"""A worker over a real socket, with the model that needs no R."""

import socket
import threading

import numpy as np

from bridge.answer import Answer
from bridge.frame import Frame
from bridge.model import EchoModel
from bridge.pool.worker import MANY_CALLS, work
from bridge.wire import Call, pack


class Settling(EchoModel):
    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.rested = threading.Event()

    def predict(self, call: Call) -> Answer:
        self.done.append("call")
        np.ones(1 << 20)  # which takes 2000 pages anew
        return super().predict(call)

    def settle(self) -> None:
        self.done.append("settle")

    def rest(self) -> None:
        self.done.append("rest")
        self.rested.set()


CALL = pack(Call(Frame(("x",), (np.array([1.0]),), 1), 1))


def test_a_worker_rests_in_a_pause_and_not_between_calls() -> None:
    model = Settling()
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=work, args=(model, theirs))
        thread.start()
        with ours:
            for _ in range(2):
                ours.sendall(3 * CALL)
                assert model.rested.wait(10)
                model.rested.clear()
            assert ours.recv(1 << 16)  # what is not read would reset the connection
        thread.join()
    assert model.done == ["call", "call", "call", "rest"] * 2


def test_a_worker_settles_once_when_it_has_answered_many_calls() -> None:
    model = Settling()
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=work, args=(model, theirs))
        thread.start()
        with ours:
            for _ in range(2 * MANY_CALLS + 1):
                ours.sendall(CALL)
                assert ours.recv(4096)
        thread.join()
    done = [what for what in model.done if what != "rest"]
    assert done.count("call") == 2 * MANY_CALLS + 1
    assert [i for i, what in enumerate(done) if what == "settle"] == [MANY_CALLS]
