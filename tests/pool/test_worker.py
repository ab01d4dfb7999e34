"""A worker over a real socket, with the model that needs no R."""

import asyncio
import mmap
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from bridge.answer import Answer
from bridge.errors import WorkerDied
from bridge.frame import Frame
from bridge.model import EchoModel
from bridge.pool.handle import State, WorkerHandle
from bridge.pool.worker import work
from bridge.sheet import Bytes
from bridge.wire import RECEIVE, Call, Hello, Message, Reader, Rest, pack

NO_PID = 2**22 + 1


class Diary(EchoModel):
    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.takes_memory = False
        self.collected = threading.Event()

    def answer(self, call: Bytes) -> bytes:
        self.done.append("call")
        if self.takes_memory:
            with mmap.mmap(-1, 1 << 20) as memory:
                memory.write(bytes(1 << 20))  # in 256 pages that the kernel gives anew
        return super().answer(call)

    def rest(self) -> None:
        self.done.append("rest")

    def collect(self) -> None:
        self.done.append("collect")
        self.collected.set()


ASKED = Call(Frame(("x",), (np.array([1.0]),), 1), 1)
CALL = pack(ASKED)
ANSWER_BYTES = len(pack(Answer(Frame(("x",), (np.array([1.0]),), 1), "columns")))


@contextmanager
def working(model: Diary) -> Iterator[socket.socket]:
    """Our end of the socket of a worker, which has ended afterwards."""
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=work, args=(model, theirs))
        thread.start()
        with ours:
            yield ours
        thread.join()


def test_a_worker_answers_calls_and_rests_when_it_is_told_to() -> None:
    model = Diary()
    with working(model) as ours:
        reader = Reader()
        ours.sendall(CALL + pack(Rest()) + CALL)
        told: list[Message] = []
        while len(told) < 4:
            told += reader.feed(ours.recv(4096))
    assert [what for what in model.done if what != "collect"] == ["call", "rest", "call"]
    assert [type(message) for message in told] == [Hello, Answer, Hello, Answer]


def test_a_worker_collects_garbage_in_a_pause_after_calls_that_took_memory() -> None:
    model = Diary()
    model.takes_memory = True
    with working(model) as ours:
        assert next(Reader().feed(ours.recv(4096))) == Hello()
        for _ in range(2):
            ours.sendall(3 * CALL)
            ours.recv(3 * ANSWER_BYTES, socket.MSG_WAITALL)
            assert model.collected.wait(10)
            model.collected.clear()
    assert model.done == ["call", "call", "call", "collect"] * 2


@pytest.mark.parametrize(("read", "blamed"), [(True, True), (False, False)])
async def test_only_a_call_that_the_worker_has_read_is_blamed_for_its_end(
    read: bool, blamed: bool
) -> None:
    handle = WorkerHandle(NO_PID, lambda _: None)
    ours, theirs = socket.socketpair()
    await asyncio.get_running_loop().create_unix_connection(lambda: handle, sock=ours)
    promise = handle.call(ASKED, 60.0)
    if read:
        theirs.recv(RECEIVE)
    theirs.close()
    with pytest.raises(WorkerDied if blamed else asyncio.CancelledError):
        await promise
    assert handle.state is State.DEAD
