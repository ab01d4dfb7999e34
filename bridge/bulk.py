"""bulk: long requests, asked in blocks of rows, so that every worker helps and none is held.

Blocks of all long requests take turns, and few of them are out at a time: each waits behind
the requests that came before it, so that single requests go between. The answer must be that
of one call, bit for bit. So only requests that may share a call (see ``batcher``) are cut,
and what goes wrong in a block, or shows that the blocks are not exact, goes for nothing: the
request is then asked whole.
"""

import asyncio
from collections.abc import Sequence

from bridge.answer import Answer
from bridge.batcher import Apart, Batcher
from bridge.errors import PredictionFailed, Rejected
from bridge.frame import Frame, concat
from bridge.promise import Promise
from bridge.request import WHOLE

# A linear model answers as many in some 10 ms.
BLOCK_ROWS = 32_768
# Blocks that are out: one for each worker, and one that the next idle one finds.
_SPARE = 1


class Bulk:
    """Asks ``batcher``, which has so many ``workers``."""

    def __init__(self, batcher: Batcher, workers: int) -> None:
        self._batcher = batcher
        self._places = asyncio.Semaphore(workers + _SPARE)

    @property
    def block(self) -> int:
        """How many rows a block has; WHOLE if requests are not to be cut."""
        can_be_cut = self._batcher.merge and not self._batcher.free_rows
        return BLOCK_ROWS if can_be_cut else WHOLE

    def submit(self, frames: Sequence[Frame], parameters: str) -> Promise[Answer]:
        """As ``Batcher.submit``, for the rows of all ``frames``."""
        if len(frames) == 1:
            return self._batcher.submit(frames[0], parameters)
        deadline = self._batcher.admit()
        promise = Promise[Answer]()
        task = asyncio.create_task(self._keep(promise, frames, parameters, deadline))
        promise.add_done_callback(lambda _: task.cancel())
        return promise

    async def _keep(
        self, promise: Promise[Answer], frames: Sequence[Frame], parameters: str, deadline: float
    ) -> None:
        try:
            promise.set_result(await self._answer(frames, parameters, deadline))
        except BaseException as error:
            promise.set_exception(error)

    async def _answer(self, frames: Sequence[Frame], parameters: str, deadline: float) -> Answer:
        answers = await self._in_blocks(frames, parameters, deadline)
        if answers is not None:
            return await asyncio.to_thread(_joined, answers)
        whole = await asyncio.to_thread(concat, list(frames))
        return await self._batcher.submit_admitted(whole, parameters, deadline, is_block=False)

    async def _in_blocks(
        self, frames: Sequence[Frame], parameters: str, deadline: float
    ) -> list[Answer] | None:
        """An answer for each block; None if the request must be asked whole."""
        asked: list[Promise[Answer]] = []
        try:
            for frame in frames:
                await self._places.acquire()
                block = self._batcher.submit_admitted(frame, parameters, deadline, is_block=True)
                block.add_done_callback(lambda _: self._places.release())
                asked.append(block)
                _look_for_failure(asked)
            answers = [await block for block in asked]
        except (Apart, PredictionFailed, Rejected):
            return None
        finally:
            for block in asked:
                block.cancel()
        return answers if _are_alike(answers) else None


def _look_for_failure(asked: list[Promise[Answer]]) -> None:
    """Raises the error of a block, if one has failed by now."""
    for block in asked:
        if block.done():
            block.result()


def _are_alike(answers: list[Answer]) -> bool:
    """True if all are of the same columns."""
    return len({(answer.layout, answer.frame.names, _types(answer)) for answer in answers}) == 1


def _types(answer: Answer) -> tuple[str, ...]:
    return tuple(str(getattr(column, "dtype", "texts")) for column in answer.frame.columns)


def _joined(answers: list[Answer]) -> Answer:
    return Answer(concat([answer.frame for answer in answers]), answers[0].layout)
