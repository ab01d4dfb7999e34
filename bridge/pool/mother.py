"""mother: the process that has loaded the model for several processes that answer HTTP.

Each of them is lent a zygote, forked from the mother: the model is loaded, and in memory,
once. The mother has a spare, as a zygote has; when both are gone, R is started anew while
the zygotes that were lent go on. A zygote is the one to whom ``lend`` gave it to lose, and
ours to ``take_back``.
"""

import asyncio
import logging
import socket

from bridge.errors import ModelNotServable
from bridge.pool.control import ZygoteGone
from bridge.pool.supervisor import Supervisor
from bridge.pool.workers import RETRY_SECONDS
from bridge.pool.zygote_handle import Zygote

log = logging.getLogger(__name__)


class Mother(Supervisor):
    """A supervisor without workers, which lends zygotes instead."""

    _role = "mother"

    def __init__(self, zygote: Zygote, patience: float) -> None:
        super().__init__(zygote, 0, patience=patience)
        self._lent: dict[int, Zygote] = {}
        self._former: list[Zygote] = []
        self._is_here = asyncio.Event()
        self._is_wanted = asyncio.Event()

    async def live(self) -> None:
        """Loads the model, and lends it until cancelled; raises ModelNotServable."""
        await self.load()
        self._is_here.set()
        await self.run()

    async def lend(self, channel: socket.socket) -> int:
        """The pid of a new zygote, which obeys over the other end of ``channel``.

        Waits until there is a mother, and room for another process.
        """
        while True:
            self._is_wanted.set()
            await self._is_here.wait()
            self._is_wanted.clear()
            mother = self._zygote
            try:
                pid = await mother.lend(channel)
            except ZygoteGone:
                self._miss(mother)
            except OSError as error:
                log.error("no zygote can be forked: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._lent[pid] = mother
                return pid

    async def take_back(self, pid: int) -> None:
        """Ends a zygote that was lent, and its workers."""
        await self._lent.pop(pid).take_back(pid)

    async def stop(self) -> None:
        """Ends every process that holds R, and those that were lent."""
        for former in self._former:
            await former.stop()
        await super().stop()

    def _miss(self, mother: Zygote) -> None:
        if mother is self._zygote:
            self._is_here.clear()
            self._changed.set()

    async def _replace_zygote(self) -> None:
        self._is_here.clear()
        try:
            await super()._replace_zygote()
        except ModelNotServable as error:
            log.error("the model cannot be loaded again before a process needs it: %s", error)
            await self._is_wanted.wait()
            await super()._replace_zygote()
        self._is_here.set()

    async def _clear_away(self) -> None:
        """Leaves zygotes that were lent, and the folder that they write to."""
        self._former.append(self._zygote)
        for gone in (self._zygote, self._spare):
            if gone is not None:
                await gone.end()

    def _is_incomplete(self) -> bool:
        return super()._is_incomplete() or self._zygote.is_gone

    async def _all_there(self) -> None:
        if self._zygote.is_gone:
            raise ZygoteGone
        await super()._all_there()
        self._failed_starts = 0
