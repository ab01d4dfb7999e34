"""zygote_handle: the server's end of a zygote: how one is started, and what it is asked.

Never imports the zygote: it is started with ``exec``.
"""

import socket

from bridge.pool.control import Control, ZygoteGone
from bridge.pool.launch import Launched, Recipe, RProcess


class Zygote(Control):
    """The server's end of a process that has loaded the model, see ``bridge.pool.zygote``."""

    def __init__(self, channel: socket.socket, process: RProcess, pid: int, recipe: Recipe) -> None:
        """``process`` is the one that was started, of which ``pid`` may be a fork."""
        super().__init__(channel)
        self.pid = pid
        self._process = process
        self._recipe = recipe

    def again(self) -> "Zygote":
        """Another zygote for the same model."""
        return start(self._recipe)

    async def spare(self, role: str) -> "Zygote":
        """A fork that can take the place of this one, whose ``role`` is "zygote" or "mother"."""
        pid, channel = await self._forked({"spare": role})
        self._process.adopt(pid)
        return Zygote(channel, self._process, pid, self._recipe)

    async def forget(self, spare: "Zygote") -> None:
        """Buries a spare that ended."""
        spare.close()
        await self.take_back(spare.pid)

    async def lend(self, channel: socket.socket) -> int:
        """The pid of a fork that obeys over the other end of ``channel``.

        Raises ZygoteGone, or OSError where the system has no room for another process.
        """
        told = await self._ask({"zygote": None}, [channel.fileno()])
        if "failed" in told:
            raise OSError(told["failed"])
        self._process.adopt(told["pid"])
        pid: int = told["pid"]
        return pid

    async def take_back(self, pid: int) -> None:
        """Ends a fork with its workers, and buries it, whether or not this one still lives."""
        try:
            await self.reap(pid)
            self._process.disown(pid)
        except ZygoteGone:
            await self._process.end(pid)

    async def end(self) -> None:
        """Ends this one with its workers, but not what it forked else."""
        self.close()
        await self._process.end(self.pid)

    async def stop(self) -> None:
        """Ends all that came of the process that was started; removes its temporary files."""
        self.close()
        await self._process.stop()


def start(recipe: Recipe) -> Zygote:
    """Starts a zygote; its ``ready`` says when and whether it can fork workers.

    Raises ModelNotServable where the system has no room for it.
    """
    return handle(recipe, recipe.launch())


def handle(recipe: Recipe, launched: Launched) -> Zygote:
    """Of one that was started already."""
    channel, process = launched
    return Zygote(channel, process, process.pid, recipe)
