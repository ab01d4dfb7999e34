"""lending: a bounded number of workers for any number of models.

A model has no worker until it is asked something; its zygote then forks one in
milliseconds. When as many live as may, the idle worker of another model is ended for it,
that of the model that was not asked for the longest time; the new one is started once that
is gone, so that there are never more. When all are busy, models wait in turn: a worker
makes room when its own model has no work for it, and for a model that has none when it has
worked for QUANTUM seconds. Where all are at calls that last, a model that has none is lent one
beside them: twice as many workers as may live do so at most.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic

from bridge.pool.handle import WorkerHandle
from bridge.pool.workers import Workers

QUANTUM = 0.05


class Allowance:
    """At most ``most`` workers for all models, and ``each`` for one."""

    def __init__(self, most: int, each: int) -> None:
        self._most = most
        self._each = min(each, most)
        self._members: set[Lender] = set()
        self._waiting: dict[Lender, None] = {}  # in order of arrival

    @property
    def pids(self) -> list[int]:
        """The process ids of all workers."""
        return [pid for lender in self._members for pid in lender.workers.pids]

    def join(self, workers: Workers) -> "Lender":
        """The lender of a model's workers, of which there are to be none yet."""
        lender = Lender(workers, self)
        self._members.add(lender)
        return lender

    def leave(self, lender: "Lender") -> None:
        """Forgets a model; its workers are the caller's to end."""
        self._members.discard(lender)
        self._waiting.pop(lender, None)
        self.serve(spare=True)

    def want(self, lender: "Lender") -> None:
        """Gives the lender one more worker, if not now then when its turn comes."""
        if lender not in self._members or lender in self._waiting or lender.starting:
            return
        if lender.workers.size < self._each:
            self._waiting[lender] = None
            self.serve(spare=True)

    def make_way(self, lender: "Lender", spare: bool) -> None:
        """Takes an idle worker from the lender if a model waits that has none.

        One that is ``spare``, any model that waits may have; its own does no longer.
        """
        if lender not in self._members or not lender.workers.idle:
            return
        if spare:
            self._waiting.pop(lender, None)
        if self._next(spare) and self._ending < len(self._waiting):
            lender.workers.resize(lender.workers.size - 1)
            self.serve(spare)

    def rest(self, seconds: float) -> None:
        """Ends the idle workers of models that were not asked for so long."""
        before = monotonic() - seconds
        for lender in self._members:
            if lender.workers.idle and lender.used < before:
                lender.workers.resize(lender.workers.size - lender.workers.idle)

    def serve(self, spare: bool) -> None:
        """Starts workers for models that wait, or ends idle ones so that there will be room."""
        while lender := self._next(spare):
            if self._taken >= self._room_for(lender):
                self._make_room(lender)
                return
            del self._waiting[lender]
            lender.grow()

    @property
    def _taken(self) -> int:
        return sum(member.workers.size for member in self._members) + self._ending

    def _room_for(self, lender: "Lender") -> int:
        if lender.workers.size > 0:
            return self._most
        return self._most + min(sum(m.workers.stuck for m in self._members), self._most)

    @property
    def _ending(self) -> int:
        return sum(member.workers.ending for member in self._members)

    def _next(self, spare: bool) -> "Lender | None":
        none_yet = (lender for lender in self._waiting if lender.workers.size == 0)
        return next(none_yet, next(iter(self._waiting), None) if spare else None)

    def _make_room(self, lender: "Lender") -> None:
        """Ends an idle worker, unless one is ending for each model that waits."""
        idle = [m for m in self._members if m.workers.idle and m is not lender]
        if idle and self._ending < len(self._waiting):
            oldest = min(idle, key=lambda member: member.used)
            oldest.workers.resize(oldest.workers.size - 1)


class Lender:
    """Lends the workers of one model; ``on_idle`` is called when one can be taken."""

    def __init__(self, workers: Workers, allowance: Allowance) -> None:
        self.on_idle: Callable[[], None] = lambda: None
        self.workers = workers
        self.used = monotonic()
        self.starting = False
        self._allowance = allowance
        self._since = 0.0
        workers.on_idle = self._idle
        workers.on_gone = partial(allowance.serve, spare=True)
        workers.on_stuck = partial(allowance.serve, spare=False)

    def take(self) -> WorkerHandle | None:
        """An idle worker, or None; then one is on its way or will be."""
        worker = self.workers.take()
        if worker is None:
            self._allowance.want(self)
        else:
            self.used = monotonic()
        return worker

    async def first(self) -> WorkerHandle:
        """Waits for an idle worker."""
        arrived = asyncio.Event()
        self.on_idle = arrived.set
        while (worker := self.take()) is None:
            arrived.clear()
            await arrived.wait()
        return worker

    def keep_beside(self, count: int) -> None:
        """See ``Workers``: one more than may live, for as long as a model's are held."""
        self.workers.keep_beside(count)

    def grow(self) -> None:
        """Starts one more worker."""
        self.starting = True
        self.workers.resize(self.workers.size + 1)

    def _idle(self) -> None:
        now = monotonic()
        if self.starting:
            self.starting = False
            self._since = now
        if now - self._since >= QUANTUM:
            self._allowance.make_way(self, spare=False)
        if self.workers.idle:
            self.on_idle()
        if self.workers.idle:  # not at once: who waits in ``first`` has yet to be told
            asyncio.get_running_loop().call_soon(self._spare)

    def _spare(self) -> None:
        self._allowance.make_way(self, spare=True)
