"""supervisor: one zygote for one model, its spare, and its workers, kept alive by any means."""

import logging

from bridge.pool.keeper import Keeper
from bridge.pool.zygote_handle import Zygote

log = logging.getLogger(__name__)


class Supervisor(Keeper):
    """A keeper whose zygote was started here, and has a spare."""

    _role = "zygote"
    _zygote: Zygote
    _spare: Zygote | None = None

    async def stop(self) -> None:
        """Ends every worker, the zygote and its spare."""
        if self._spare is not None:
            self._spare.close()
        await super().stop()

    async def _replace_zygote(self) -> None:
        if self._spare is not None and not self._spare.is_gone:
            log.error("the zygote is gone; its spare takes its place")
            await self._zygote.end()
            self._zygote, self._spare = self._spare, None
            return
        log.error("the zygote is gone, and its spare; starting another")
        await self._clear_away()
        self._spare = None
        self._zygote = self._zygote.again()
        await self.load()

    async def _clear_away(self) -> None:
        """Called when neither zygote nor spare is left."""
        await self.stop()

    def _is_incomplete(self) -> bool:
        return super()._is_incomplete() or self._spare is None or self._spare.is_gone

    async def _all_there(self) -> None:
        if self._spare is not None and self._spare.is_gone:
            await self._zygote.forget(self._spare)
            self._spare = None
        if self._spare is None:
            try:
                self._spare = await self._zygote.spare(self._role)
            except OSError as error:
                log.error("no spare zygote can be started: %s", error)
