"""supervisor: one zygote for one model, and its workers, kept alive by any means.

Runs in the server's event loop. Knows processes and their sockets; nothing of HTTP or of
what is asked. Never imports the zygote: it is started with ``exec``.
"""

import logging
import socket
from typing import Any

from bridge.errors import ModelNotServable
from bridge.pool.control import Control, ZygoteGone
from bridge.pool.launch import RProcess
from bridge.pool.privileges import Privileges
from bridge.pool.workers import Workers

log = logging.getLogger(__name__)

# Room for a million cells before R collects garbage, three times what it begins with,
# halves what collecting costs.
_CELLS = 1_000_000


class Zygote(Control):
    """The server's end of a zygote process, see ``bridge.pool.zygote``."""

    def __init__(self, loader: str, path: str, privileges: Privileges) -> None:
        """Starts the process; ``ready`` says when and whether it can fork workers."""
        self._starts = loader, path, privileges
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = RProcess(
                "bridge.pool.zygote", theirs, (loader, path), _CELLS, privileges
            )
        super().__init__(ours)

    def again(self) -> "Zygote":
        """Another zygote for the same model."""
        return Zygote(*self._starts)

    async def stop(self) -> None:
        """Ends the zygote and every process of its session; removes its temporary files."""
        self.close()
        await self._process.stop()


class Supervisor(Workers):
    """The workers of a model that this server is there to serve."""

    def __init__(self, zygote: Zygote, size: int) -> None:
        super().__init__(zygote, size)
        self._zygote: Zygote = zygote

    async def load(self) -> dict[str, Any]:
        """Waits until the model is loaded, and tells of it; raises ModelNotServable."""
        try:
            return await self._zygote.ready()
        except ZygoteGone:
            raise ModelNotServable("R ended while it loaded the model; see the log") from None

    async def run(self) -> None:
        """Keeps the workers alive until cancelled; raises ModelNotServable if it cannot."""
        while True:
            try:
                await self.tend()
            except ZygoteGone:
                log.error("the zygote is gone; starting another")
                self._workers.clear()
                self._idle.clear()
                await self._zygote.stop()
                self._zygote = self._zygote.again()
                await self.load()

    async def stop(self) -> None:
        """Ends every worker and the zygote."""
        await self._zygote.stop()
