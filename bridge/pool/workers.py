"""workers: keeps as many workers of a zygote alive as are wanted, and lends idle ones.

Runs in the server's event loop. Knows sockets and process ids; nothing of HTTP or of what
is asked.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from time import monotonic

from bridge.counts import Death
from bridge.errors import ModelNotServable
from bridge.pool.badness import WORKER, offer
from bridge.pool.control import Zygote
from bridge.pool.handle import State, WorkerHandle

log = logging.getLogger(__name__)

MOST_FAILED_STARTS = 5
WATCH_SECONDS = 0.25
RETRY_SECONDS = 0.5
# A worker that is at one call for so long may never end it. When all are, and requests wait,
# others are started beside them, in all up to so many times as many as are wanted.
STUCK_SECONDS = 0.5
_ALIVE = (State.IDLE, State.BUSY, State.RESTING)
KILLED = "killed by signal 9"  # which is how the kernel ends what takes too much memory
MOST_TIMES = 3


class Workers:
    """Keeps ``size`` workers of ``zygote`` alive.

    ``on_idle`` is called when one can be taken, ``on_gone`` when one that was over is gone,
    ``on_stuck`` from time to time while calls last that may never end, of which ``stuck`` are;
    ``on_death`` when one ended that was wanted.
    """

    most_requests = 0
    """After so many a worker is replaced by a new one; 0: never."""

    def __init__(self, zygote: Zygote, size: int) -> None:
        self.on_idle: Callable[[], None] = lambda: None
        self.on_gone: Callable[[], None] = lambda: None
        self.on_stuck: Callable[[], None] = lambda: None
        self.on_death: Callable[[Death], None] = lambda _: None
        self.stuck = 0
        self._size = size
        self._zygote = zygote
        self._workers: set[WorkerHandle] = set()
        self._idle: list[WorkerHandle] = []
        self._changed = asyncio.Event()
        self._buried = asyncio.Event()
        self._failed_starts = 0
        self._last_end = ""
        self._over = False
        self._missed = False
        self._lost = False  # a worker, since all were there
        self._beside = 0
        self._least_beside = 0

    async def first(self) -> WorkerHandle:
        """Waits for an idle worker."""
        if not self._idle:
            arrived = asyncio.Event()
            self.on_idle = arrived.set
            await arrived.wait()
        return self._idle[-1]

    def take(self) -> WorkerHandle | None:
        """An idle worker, the one used last, whose memory is in the cache; or None."""
        self._missed = not self._idle
        return self._idle[-1] if self._idle else None

    @property
    def can_answer(self) -> bool:
        """True if a worker is there that has said it is ready."""
        return any(worker.state in _ALIVE for worker in self._workers)

    @property
    def size(self) -> int:
        """How many workers are wanted."""
        return self._size

    @property
    def states(self) -> Counter[str]:
        """How many workers are in each state, of those that live and are wanted."""
        living = (worker for worker in self._workers if not worker.retired)
        return Counter(w.state.name.lower() for w in living if w.state is not State.DEAD)

    @property
    def idle(self) -> int:
        """How many workers can be taken."""
        return len(self._idle)

    def busy(self) -> list[int]:
        """The process ids of those that are at work."""
        return [worker.pid for worker in self._workers if worker.state is State.BUSY]

    @property
    def ending(self) -> int:
        """How many that are over were not reaped yet."""
        return sum(worker.retired for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that were not reaped yet."""
        return [worker.pid for worker in self._workers]

    def resize(self, size: int) -> None:
        """Keeps ``size`` workers from now on. Those over it end at once, or when they are idle."""
        self._size = max(size, 0)
        self._trim()
        self._changed.set()

    def keep_beside(self, count: int) -> None:
        """Has so many workers beside those wanted, which are known to be busy for long."""
        self._least_beside = count
        self._beside = max(self._beside, count)
        self._changed.set()

    def _trim(self) -> None:
        while self._idle and self._are_too_many():
            self._idle.pop(0).retire()

    async def last_end(self) -> str:
        """How the worker ended that was the last to do so by itself; "" if none has."""
        while not self._over and any(worker.state is State.DEAD for worker in self._workers):
            self._buried.clear()
            await self._buried.wait()
        return self._last_end

    async def tend(self) -> None:
        """Keeps the workers alive until cancelled; raises ZygoteGone, ModelNotServable."""
        self._over = False
        watching = asyncio.create_task(self._watch())
        try:
            await self._tend()
        finally:
            watching.cancel()
            self._over = True
            self._buried.set()

    async def _tend(self) -> None:
        while True:
            self._changed.clear()
            dead = [worker for worker in self._workers if worker.state is State.DEAD]
            for worker in dead:
                await self._bury(worker)
            while self._lacks_workers():
                if not await self._add():
                    self._changed.set()
                    break
            else:
                self._lost = False
                await self._all_there()
            if not any(worker.state is State.DEAD for worker in self._workers):
                await self._changed.wait()

    async def _all_there(self) -> None:
        """Called when as many workers live as are wanted."""

    def _memory(self) -> int | None:
        """How many bytes a new worker may take; None: as many as it wants."""
        return None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = monotonic()
            for worker in tuple(self._workers):
                worker.look(now, WATCH_SECONDS)
            self._stand_in(now)
            if self._is_incomplete():
                self._changed.set()

    def _stand_in(self, now: float) -> None:
        """Has as many workers beside those wanted as there are that may never end their calls."""
        before = now - STUCK_SECONDS
        self.stuck = sum(w.state is State.BUSY and w.since < before for w in self._workers)
        most = self._size * (MOST_TIMES - 1)
        needed = min(self.stuck, most if self._missed else self._beside)
        self._beside = max(needed, self._least_beside)
        self._trim()
        if self.stuck:
            self.on_stuck()

    def _is_incomplete(self) -> bool:
        return self._lacks_workers()

    def _lacks_workers(self) -> bool:
        return self._living() < self._size + self._beside

    async def _add(self) -> bool:
        """True unless the system has no room for another process."""
        try:
            pid, channel = await self._zygote.fork(self._memory())
        except OSError as error:
            log.error("no worker can be started: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
            return False
        offer(pid, WORKER)
        worker = WorkerHandle(pid, self._worker_changed)
        self._workers.add(worker)
        await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=channel)
        return True

    async def _bury(self, worker: WorkerHandle) -> None:
        ended = await self._zygote.reap(worker.pid)
        self._workers.discard(worker)
        if worker.retired:
            self._buried.set()
            self.on_gone()
            return
        if not worker.killed:
            self._last_end = ended
        self.on_death(worker.why or (Death.KILLED if ended == KILLED else Death.CRASHED))
        self._buried.set()
        log.warning("worker %d %s", worker.pid, ended)
        if worker.greeted:
            self._failed_starts = 0
            return
        self._failed_starts += 1
        if self._failed_starts >= MOST_FAILED_STARTS:
            raise ModelNotServable("workers end before they can answer; see the log")
        await asyncio.sleep(0.1 * 2**self._failed_starts)

    def _living(self) -> int:
        return sum(not worker.retired for worker in self._workers)

    def _are_too_many(self) -> bool:
        return len(self._workers) > self._size and self._living() > self._size + self._beside

    def _is_worn(self, worker: WorkerHandle) -> bool:
        return 0 < self.most_requests <= worker.served

    def _worker_changed(self, worker: WorkerHandle) -> None:
        if worker.state is State.IDLE:
            self._failed_starts = 0
            if self._are_too_many() or self._is_worn(worker):
                worker.retire()
            elif worker.needs_rest or (worker.wants_rest and self._idle):
                worker.rest()
            else:
                self._idle.append(worker)
                self.on_idle()
        elif worker in self._idle:
            self._idle.remove(worker)
        if worker.state is State.DEAD:
            self._lost = True
            self._changed.set()
