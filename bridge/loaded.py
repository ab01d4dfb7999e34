"""loaded: one model of a multi-model endpoint.

Owns the model's zygote and workers from the first to the last. Knows nothing of other
models, nor of HTTP.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, TypeVar

from bridge.answer import Answer
from bridge.codecs.reading import Sizes
from bridge.config import Settings
from bridge.counts import Counts
from bridge.errors import (
    BridgeError,
    InsufficientMemory,
    ModelNotLoaded,
    WorkerDied,
)
from bridge.frame import Frame
from bridge.pool.forks import ForkedZygote
from bridge.pool.lending import Lender
from bridge.pool.workers import KILLED
from bridge.promise import Promise
from bridge.request import Asked, Body, Reply, Writer
from bridge.row import Row
from bridge.served import Aside, ServedModel
from bridge.ticket import RowTicket

P = TypeVar("P", bound=Promise[Any])


class LoadedModel(ServedModel):
    """A model, its zygote and its workers, until they are ended."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        zygote: ForkedZygote,
        lender: Lender,
        aside: Aside,
        counts: Counts,
    ) -> None:
        sizes = Sizes.of(settings)
        super().__init__(settings.default_accept, sizes, settings.chunked, aside, counts)
        self.url = url
        self.zygote = zygote
        self.lender = lender
        lender.workers.on_death = counts.died
        self.cost = 0
        self.tending = asyncio.create_task(lender.workers.tend())
        self._in_flight: set[Promise[Any]] = set()
        self._drained = asyncio.Event()
        self._ended: BridgeError | None = None

    def _submit(self, frames: Sequence[Frame], parameters: str) -> Promise[Answer]:
        self._check_life()
        return self._counted(super()._submit(frames, parameters))

    def _submit_row(self, row: Row, writer: Writer) -> RowTicket:
        self._check_life()
        return self._counted(super()._submit_row(row, writer))

    def _check_life(self) -> None:
        if self._ended:
            raise self._ended

    def _counted(self, answer: P) -> P:
        """One of those that ``finish`` waits for."""
        self._in_flight.add(answer)
        answer.add_done_callback(self._landed)
        return answer

    def _landed(self, answer: Promise[Any]) -> None:
        self._in_flight.discard(answer)
        if self._ended and not self._in_flight:
            self._drained.set()

    async def invoke(self, body: Body, asked: Asked) -> Reply:
        """See ``ServedModel``; raises InsufficientMemory if R had too little."""
        try:
            return await super().invoke(body, asked)
        except WorkerDied as error:
            how = await self.lender.workers.last_end()
            if self._ended is not None:
                raise self._ended from error
            if how == KILLED:
                raise InsufficientMemory("R was killed while it worked on the request") from error
            raise

    async def finish(self, seconds: float) -> None:
        """Takes no more requests, and waits for those that are under way."""
        self._ended = ModelNotLoaded("the model is being unloaded")
        if self._in_flight:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), seconds)

    async def end(self, why: BridgeError) -> str:
        """Ends its processes; requests under way fail with ``why``. How the zygote ended."""
        self._ended = why
        self.tending.cancel()
        how = await self.zygote.ended()
        for answer in list(self._in_flight):
            answer.set_exception(why)
        return how
