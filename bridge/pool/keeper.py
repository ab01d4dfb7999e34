"""keeper: the workers of one zygote, which is replaced by another when it is gone.

Runs in the server's event loop. Knows processes and their sockets; nothing of HTTP or of
what is asked.
"""

import asyncio
import logging
from typing import Any, Protocol, Self

from bridge.counts import Death
from bridge.errors import ModelNotServable
from bridge.pool import control
from bridge.pool.control import ZygoteGone
from bridge.pool.handle import WorkerHandle
from bridge.pool.memory import free_bytes
from bridge.pool.workers import MOST_FAILED_STARTS, Workers

# A worker that starts when little is free may live on when more is.
LEAST_MEMORY = 256 << 20
log = logging.getLogger(__name__)


class Zygote(control.Zygote, Protocol):
    """A zygote of which there can be another."""

    @property
    def is_gone(self) -> bool:
        """True if it ended, as far as is known between questions."""
        ...

    def again(self) -> Self:
        """Another zygote for the same model."""
        ...


class Keeper(Workers):
    """The workers of a model that this server is there to serve.

    ``memory`` bytes a worker may take beside what it shares, None: what is free when it
    starts. The model must be loaded within ``patience`` seconds.
    """

    def __init__(
        self,
        zygote: Zygote,
        size: int,
        *,
        memory: int | None = None,
        most_requests: int = 0,
        patience: float | None = None,
    ) -> None:
        super().__init__(zygote, size)
        self.most_requests = most_requests
        self._zygote: Zygote = zygote
        self._most_memory = memory
        self._patience = patience
        self._described: dict[str, Any] | None = None

    async def load(self) -> dict[str, Any]:
        """Waits until the model is loaded, and tells of it; raises ModelNotServable."""
        try:
            async with asyncio.timeout(self._patience):
                described = await self._zygote.ready()
        except ZygoteGone:
            raise ModelNotServable("R ended while it loaded the model; see the log") from None
        except TimeoutError:
            raise ModelNotServable(
                f"the model was not loaded within {self._patience:g} s, the setting load_seconds"
            ) from None
        if self._described not in (None, described):
            raise ModelNotServable("the model was replaced while it was served; start again")
        self._described = described
        return described

    async def run(self) -> None:
        """Keeps the workers alive until cancelled; raises ModelNotServable if it cannot."""
        while True:
            try:
                await self.tend()
            except ZygoteGone:
                for worker in tuple(self._workers):
                    worker.hang_up()
                    if not worker.retired:
                        self.on_death(worker.why or Death.ZYGOTE)
                self._workers.clear()
                self._idle.clear()
                self._failed_starts += 1
                if self._failed_starts >= MOST_FAILED_STARTS:
                    raise ModelNotServable("R ends before it can answer; see the log") from None
                await self._replace_zygote()

    def take(self) -> WorkerHandle | None:
        """See ``Workers``; none whose zygote is gone: it is about to end as well.

        The first that ends with it tells: who was at work there is asked again elsewhere.
        """
        worker = super().take()
        return None if worker is None or (self._lost and self._zygote.is_gone) else worker

    async def stop(self) -> None:
        """Ends every worker and the zygote."""
        await self._zygote.stop()

    async def _replace_zygote(self) -> None:
        log.error("the zygote is gone; there will be another")
        await self._zygote.stop()
        self._zygote = self._zygote.again()
        await self.load()

    def _memory(self) -> int | None:
        if self._most_memory is None:
            return max(free_bytes(), LEAST_MEMORY)
        return self._most_memory
