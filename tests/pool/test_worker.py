"""A worker over a real socket, with the model that needs no R."""

import socket
import threading

import numpy as np

from bridge.frame import Frame
from bridge.model import EchoModel
from bridge.pool.worker import MANY_CALLS, work
from bridge.sheet import Bytes
from bridge.wire import Call, pack


class Settling(EchoModel):
    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def answer(self, call: Bytes) -> bytes:
        self.done.append("call")
        return super().answer(call)

    def settle(self) -> None:
        self.done.append("settle")


def test_a_worker_settles_once_when_it_has_answered_many_calls() -> None:
    model = Settling()
    call = pack(Call(Frame(("x",), (np.array([1.0]),), 1), 1))
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=work, args=(model, theirs))
        thread.start()
        with ours:
            for _ in range(2 * MANY_CALLS + 1):
                ours.sendall(call)
                assert ours.recv(4096)
        thread.join()
    assert model.done.count("call") == 2 * MANY_CALLS + 1
    assert [i for i, what in enumerate(model.done) if what == "settle"] == [MANY_CALLS]
