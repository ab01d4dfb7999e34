"""front: one of several processes that answer HTTP on one port, see ``fronts``."""

import asyncio

from bridge.pool.lent import Post
from bridge.service import Service


class Front:
    """A service, once ``live`` runs. ``late``: others answer already, and it listens when it can.

    ``may_listen`` is set at once where there are none: then it says that it cannot answer yet.
    """

    def __init__(self, service: Service, post: Post, late: bool) -> None:
        self.may_listen = asyncio.Event()
        self._service = service
        self._post = post
        if not late:
            self.may_listen.set()

    @property
    def exit_status(self) -> int:
        """See ``Service``."""
        return self._service.exit_status

    @exit_status.setter
    def exit_status(self, status: int) -> None:
        self._service.exit_status = status

    def can_answer(self) -> bool:
        """True when this one can, and all the others could."""
        return self._post.all_open and self._service.can_answer()

    async def live(self) -> None:
        """See ``Service``."""
        telling = asyncio.create_task(self._tell())
        try:
            await self._service.live()
        finally:
            telling.cancel()
            self.may_listen.set()

    async def _tell(self) -> None:
        await self._service.opened.wait()
        await self._post.open()
        self.may_listen.set()
