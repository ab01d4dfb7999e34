"""supervisor: one zygote for one model, its spare, and its workers, kept alive by any means.

Runs in the server's event loop. Knows processes and their sockets; nothing of HTTP or of
what is asked. Never imports the zygote: it is started with ``exec``.
"""

import asyncio
import logging
import socket
from typing import Any, NamedTuple

from bridge.errors import ModelNotServable
from bridge.pool.control import Control, ZygoteGone
from bridge.pool.handle import WorkerHandle
from bridge.pool.launch import RProcess
from bridge.pool.memory import free_bytes
from bridge.pool.privileges import Privileges
from bridge.pool.workers import MOST_FAILED_STARTS, Workers

log = logging.getLogger(__name__)

# Room for a million cells before R collects garbage, three times what it begins with,
# halves what collecting costs.
_CELLS = 1_000_000
# A worker that starts when little is free may live on when more is.
LEAST_MEMORY = 256 << 20


class MadeOf(NamedTuple):
    """What a zygote is started with, and started anew."""

    loader: str
    path: str
    privileges: Privileges


class Zygote(Control):
    """The server's end of a process that has loaded the model, see ``bridge.pool.zygote``."""

    def __init__(
        self, channel: socket.socket, process: RProcess, pid: int, made_of: MadeOf
    ) -> None:
        """``process`` is the one that was started, of which ``pid`` may be a fork."""
        super().__init__(channel)
        self.pid = pid
        self._process = process
        self._made_of = made_of

    def again(self) -> "Zygote":
        """Another zygote for the same model."""
        return start(*self._made_of)

    async def spare(self) -> "Zygote":
        """A fork that can take the place of this one."""
        pid, channel = await self._forked({"spare": None})
        self._process.adopt(pid)
        return Zygote(channel, self._process, pid, self._made_of)

    async def forget(self, spare: "Zygote") -> None:
        """Buries a spare that ended."""
        spare.close()
        await self.reap(spare.pid)
        self._process.disown(spare.pid)

    async def end(self) -> None:
        """Ends this one with its workers, but not its spare."""
        self.close()
        await self._process.end(self.pid)

    async def stop(self) -> None:
        """Ends all that came of the process that was started; removes its temporary files."""
        self.close()
        await self._process.stop()


def start(loader: str, path: str, privileges: Privileges) -> Zygote:
    """Starts a zygote; its ``ready`` says when and whether it can fork workers.

    Raises ModelNotServable where the system has no room for it.
    """
    made_of = MadeOf(loader, path, privileges)
    try:
        ours, theirs = socket.socketpair()
        with theirs:
            process = RProcess("bridge.pool.zygote", theirs, (loader, path), _CELLS, privileges)
    except OSError as error:
        raise ModelNotServable(f"R cannot be started: {error}") from error
    return Zygote(ours, process, process.pid, made_of)


class Supervisor(Workers):
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
        self._spare: Zygote | None = None
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
                self._workers.clear()
                self._idle.clear()
                await self._replace_zygote()

    def take(self) -> WorkerHandle | None:
        """See ``Workers``; none whose zygote is gone: it is about to end as well."""
        worker = super().take()
        return None if worker is None or self._zygote.is_gone else worker

    async def stop(self) -> None:
        """Ends every worker and the zygote."""
        if self._spare is not None:
            self._spare.close()
        await self._zygote.stop()

    async def _replace_zygote(self) -> None:
        self._failed_starts += 1
        if self._failed_starts >= MOST_FAILED_STARTS:
            raise ModelNotServable("R ends before it can answer; see the log")
        if self._spare is not None and not self._spare.is_gone:
            log.error("the zygote is gone; its spare takes its place")
            await self._zygote.end()
            self._zygote, self._spare = self._spare, None
            return
        log.error("the zygote is gone, and its spare; starting another")
        await self.stop()
        self._spare = None
        self._zygote = self._zygote.again()
        await self.load()

    def _is_incomplete(self) -> bool:
        return super()._is_incomplete() or self._spare is None or self._spare.is_gone

    async def _all_there(self) -> None:
        if self._spare is not None and self._spare.is_gone:
            await self._zygote.forget(self._spare)
            self._spare = None
        if self._spare is None:
            try:
                self._spare = await self._zygote.spare()
            except OSError as error:
                log.error("no spare zygote can be started: %s", error)

    def _memory(self) -> int | None:
        if self._most_memory is None:
            return max(free_bytes(), LEAST_MEMORY)
        return self._most_memory
