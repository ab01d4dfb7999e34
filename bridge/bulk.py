"""bulk: long requests, asked in blocks of rows, so that every worker helps and none is held.

A block has as many rows as are answered in some 20 ms (see ``pace``). Blocks of all long
requests take turns, few of them are out at a time, and single requests go before them (see
``turns``). The answer must be that of one call, bit for bit. So only requests that may share
a call (see ``batcher``) are cut, and what goes wrong in a block, or shows that the blocks are
not exact, goes for nothing: the request is then asked whole.

What must be asked whole, whoever asks, holds a worker for as long as it takes. When all
workers are held, one more is kept beside them for the others' requests.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic

from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.errors import PredictionFailed, QueueFull, Rejected
from bridge.failures import too_late
from bridge.frame import Frame, concat, part
from bridge.promise import Promise
from bridge.request import WHOLE
from bridge.ticket import Apart

# Most rows of a block: more would be copied for nothing.
BLOCK_ROWS = 32_768
# Blocks that are out: one for each worker, and one that the next idle one finds.
_SPARE = 1
# The last block may be so much larger than others: better than a small one more.
_LAST = 1.5
# So long the worker beside the others is kept when they are held no more (seconds).
KEPT_SECONDS = 10.0


class Bulk:
    """Asks ``batcher``, which has so many ``workers``; at most ``limit`` requests at a time.

    ``keep_beside`` has so many more workers started, or ends them.
    """

    def __init__(
        self,
        batcher: Batcher,
        workers: int,
        limit: int = 1000,
        keep_beside: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._batcher = batcher
        self._limit = limit
        self._requests = 0
        self._places = asyncio.Semaphore(workers + _SPARE)
        self._workers = asyncio.Semaphore(workers)  # for those that are asked whole
        self._keep_beside = keep_beside
        self._ending: asyncio.TimerHandle | None = None

    @property
    def block(self) -> int:
        """How many rows a block has at most; WHOLE if requests are not to be cut."""
        return BLOCK_ROWS if self._batcher.can_be_cut else WHOLE

    def submit(self, frames: Sequence[Frame], parameters: str) -> Promise[Answer]:
        """As ``Batcher.submit``, for the rows of all ``frames``."""
        if len(frames) == 1 and frames[0].rows <= self._batcher.long_rows:
            return self._batcher.submit(frames[0], parameters)
        deadline = self._batcher.admit()
        if self._requests >= self._limit:
            raise QueueFull(f"{self._requests} long requests are waiting already; try again later")
        promise: Promise[Answer] = Promise()
        task = asyncio.create_task(self._keep(promise, frames, parameters, deadline))
        promise.add_done_callback(lambda _: task.cancel())
        return promise

    async def _keep(
        self, promise: Promise[Answer], frames: Sequence[Frame], parameters: str, deadline: float
    ) -> None:
        self._requests += 1
        try:
            async with asyncio.timeout(deadline - monotonic()):
                promise.set_result(await self._answer(frames, parameters, deadline))
        except TimeoutError:
            promise.set_exception(too_late())
        except BaseException as error:
            promise.set_exception(error)
        finally:
            self._requests -= 1

    async def _answer(self, frames: Sequence[Frame], parameters: str, deadline: float) -> Answer:
        if self._batcher.can_be_cut and not frames[0].missing:
            answers = await self._in_blocks(frames, parameters, deadline)
            if answers is not None:
                return await asyncio.to_thread(_joined, answers)
        whole = frames[0]
        if len(frames) > 1:
            whole = await asyncio.to_thread(concat, list(frames))
        async with self._worker_for_whole():
            return await self._batcher.submit_long(whole, parameters, deadline, is_block=False)

    async def _in_blocks(
        self, frames: Sequence[Frame], parameters: str, deadline: float
    ) -> list[Answer] | None:
        """An answer for each block; None if the request must be asked whole."""
        asked: list[Promise[Answer]] = []
        running: deque[Promise[Answer]] = deque()
        try:
            async for frame in self._cut(frames):
                await self._places.acquire()
                block = self._batcher.submit_long(frame, parameters, deadline, is_block=True)
                block.add_done_callback(lambda _: self._places.release())
                asked.append(block)
                running.append(block)
                while running and running[0].done():
                    running.popleft().result()
            answers = [await block for block in asked]
        except (Apart, PredictionFailed, Rejected):
            return None
        finally:
            for block in asked:
                block.cancel()
        return answers if _are_alike(answers) else None

    async def _cut(self, frames: Sequence[Frame]) -> AsyncIterator[Frame]:
        """The rows in blocks, each of the size that is right by then."""
        for frame in frames:
            start = 0
            while start < frame.rows:
                rows = min(self._batcher.long_rows, BLOCK_ROWS)
                is_last = frame.rows - start <= _LAST * rows
                stop = frame.rows if is_last else start + rows
                if start == 0 and is_last:
                    yield frame
                else:
                    yield await asyncio.to_thread(part, frame, start, stop)
                start = stop

    @asynccontextmanager
    async def _worker_for_whole(self) -> AsyncIterator[None]:
        async with self._workers:
            if self._workers.locked():
                self._hold()
            try:
                yield
            finally:
                self._release()

    def _hold(self) -> None:
        """The last worker is held."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self._keep_beside(1)

    def _release(self) -> None:
        if self._ending is None:
            loop = asyncio.get_running_loop()
            self._ending = loop.call_later(KEPT_SECONDS, self._keep_beside, 0)


def _are_alike(answers: list[Answer]) -> bool:
    """True if all are of the same columns."""
    return len({(answer.layout, answer.frame.names, _types(answer)) for answer in answers}) == 1


def _types(answer: Answer) -> tuple[str, ...]:
    return tuple(str(getattr(column, "dtype", "texts")) for column in answer.frame.columns)


def _joined(answers: list[Answer]) -> Answer:
    return Answer(concat([answer.frame for answer in answers]), answers[0].layout)
