"""Workers collect their garbage while others are idle, so that no call waits for it."""

import asyncio
from typing import Any, cast

import numpy as np

from bridge.answer import Answer
from bridge.frame import Frame
from bridge.pool.handle import REST_CALLS, State, WorkerHandle
from bridge.pool.workers import Workers
from bridge.wire import Call, Hello, Message, Reader, Rest, pack

ONE = Frame(("x",), (np.array([1.0]),), 1)
NO_PID = 2**22 + 1


class Channel(asyncio.Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Message] = []
        self.aborted = False

    def write(self, data: Any) -> None:
        self.sent += Reader().feed(data)

    def abort(self) -> None:
        self.aborted = True


class Two:
    """Two workers that answer when the test says so."""

    def __init__(self) -> None:
        self.workers = Workers(cast(Any, None), 2)
        self.channels: dict[WorkerHandle, Channel] = {}
        for _ in range(2):
            worker = WorkerHandle(NO_PID, self.workers._worker_changed)
            self.workers._workers.add(worker)
            self.channels[worker] = Channel()
            worker.connection_made(self.channels[worker])
            self.tell(worker, Hello())

    def tell(self, worker: WorkerHandle, message: Message) -> None:
        worker.data_received(pack(message))

    def ask(self, worker: WorkerHandle, times: int = 1, requests: int = 1) -> None:
        for _ in range(times):
            worker.call(Call(ONE, requests), 60.0)
            self.tell(worker, Answer(ONE, "values"))

    def rested(self, worker: WorkerHandle) -> int:
        return self.channels[worker].sent.count(Rest())

    def first(self) -> WorkerHandle:
        worker = self.workers.take()
        assert worker is not None
        return worker


def is_in(worker: WorkerHandle, state: State) -> bool:
    return worker.state is state


async def test_a_worker_rests_after_some_calls_and_is_not_lent_meanwhile() -> None:
    two = Two()
    worker = two.first()
    two.ask(worker, REST_CALLS - 1)
    assert two.rested(worker) == 0 and two.first() is worker
    two.ask(worker)
    assert two.rested(worker) == 1 and is_in(worker, State.RESTING)
    assert two.first() is not worker and two.workers.can_answer
    two.tell(worker, Hello())
    assert is_in(worker, State.IDLE) and two.first() is worker


async def test_the_last_idle_worker_rests_only_once() -> None:
    two = Two()
    worker = two.first()
    other = next(handle for handle in two.channels if handle is not worker)
    other.call(Call(ONE, 1), 60.0)
    two.ask(worker, REST_CALLS)
    assert two.rested(worker) == 1  # memory would grow for hours before R itself does it
    two.tell(worker, Hello())
    two.ask(worker, 2 * REST_CALLS)
    assert two.rested(worker) == 1 and is_in(worker, State.IDLE)
    two.tell(other, Answer(ONE, "values"))
    two.ask(worker)
    assert two.rested(worker) == 2


async def test_workers_whose_requests_share_calls_rest_once_and_then_have_no_time_to() -> None:
    two = Two()
    worker = two.first()
    two.ask(worker, REST_CALLS, requests=2)
    assert two.rested(worker) == 1
    two.tell(worker, Hello())
    two.ask(worker, 2 * REST_CALLS, requests=2)
    assert two.rested(worker) == 1 and is_in(worker, State.IDLE)
    two.ask(worker)
    assert two.rested(worker) == 2


async def test_a_worker_that_ends_while_it_rests_is_found_out() -> None:
    two = Two()
    worker = two.first()
    two.ask(worker, REST_CALLS)
    worker.look(worker.since + 0.5, 0.25)
    assert two.channels[worker].aborted
