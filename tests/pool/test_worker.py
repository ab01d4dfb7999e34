"""A worker over a real socket, with the model that needs no R."""

import socket
import threading

import numpy as np

from bridge.answer import Answer
from bridge.frame import Frame
from bridge.model import EchoModel
from bridge.pool.worker import work
from bridge.sheet import Bytes
from bridge.wire import Call, Hello, Message, Reader, Rest, pack


class Diary(EchoModel):
    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def answer(self, call: Bytes) -> bytes:
        self.done.append("call")
        return super().answer(call)

    def rest(self) -> None:
        self.done.append("rest")


def test_a_worker_answers_calls_and_rests_when_it_is_told_to() -> None:
    model = Diary()
    call = pack(Call(Frame(("x",), (np.array([1.0]),), 1), 1))
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=work, args=(model, theirs))
        thread.start()
        with ours:
            reader = Reader()
            ours.sendall(call + pack(Rest()) + call)
            told: list[Message] = []
            while len(told) < 4:
                told += reader.feed(ours.recv(4096))
        thread.join()
    assert model.done == ["call", "rest", "call"]
    assert [type(message) for message in told] == [Hello, Answer, Hello, Answer]
