"""cores: on two cores, keeps R from having to share one while the other idles.

Linux wakes a process where it ran before and, where all cores are nearly busy, looks for no
other. So a client on this machine, or whatever else our answers wake, that has once run on the
worker's core runs there again at each answer, and stops R for as long; meanwhile the front's
core idles, for the front waits for R. It stays so for seconds. So the two change places: whom
the front wakes has run where the front is now, and R has the other core for itself. No process
is bound to a core for longer than that takes.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

PROC = Path("/proc")
SECONDS = 0.05
# Of the time since the last look: so long a worker waited for a core, and the front for work.
WAITED = IDLE = 0.15
MOST_LOOKS = 40  # that pass before they change again, where it is of no use
_CORE = 36  # which field of /proc/PID/stat, counted behind the name
log = logging.getLogger(__name__)


class Times(NamedTuple):
    """Seconds that the main thread of a process has run, and waited for a core."""

    ran: float
    waited: float


class Cores:
    """``busy`` tells the process ids of the workers that are at work."""

    def __init__(self, busy: Callable[[], list[int]]) -> None:
        self._busy = busy
        self._at = 0.0  # of the last look
        self._seen: dict[int, Times] = {}
        self._pause = 1
        self._left = 0  # looks

    async def watch(self) -> None:
        """Until cancelled; returns where there are not two cores, or Linux does not tell."""
        if len(os.sched_getaffinity(0)) != 2 or _times(os.getpid()) is None:
            return
        while True:
            await asyncio.sleep(SECONDS)
            self.look(monotonic())

    def look(self, now: float) -> None:
        """Has the front and a worker change places if that may help."""
        worker = self._hindered(now)
        if worker is None:
            self._pause = max(1, self._pause // 2)
        elif self._left == 0:
            exchange(worker)
            self._left, self._pause = self._pause, min(2 * self._pause, MOST_LOOKS)
            return
        self._left = max(0, self._left - 1)

    def _hindered(self, now: float) -> int | None:
        """The worker that has waited longest since the last look; None if it did not matter."""
        front = os.getpid()
        passed, before = now - self._at, self._seen
        seen = {pid: times for pid in (front, *self._busy()) if (times := _times(pid))}
        self._at, self._seen = now, seen
        if front not in before or front not in seen or passed > 2 * SECONDS:
            return None
        if sum(seen[front]) - sum(before[front]) > (1 - IDLE) * passed:
            return None
        waited = {
            pid: seen[pid].waited - before[pid].waited
            for pid in seen
            if pid in before and pid != front
        }
        worst = max(waited, key=waited.__getitem__, default=front)
        return worst if waited.get(worst, 0.0) > WAITED * passed else None


def exchange(worker: int) -> None:
    """The worker goes to the core of the front, and this thread, the front's, to the other."""
    both = os.sched_getaffinity(0)
    try:
        if os.sched_getaffinity(worker) == both:
            here = {_core()}
            os.sched_setaffinity(worker, here)
            os.sched_setaffinity(0, both - here)
            os.sched_setaffinity(worker, both)
    except OSError as error:  # it has ended, or we may not
        log.debug("worker %d stays where it is: %s", worker, error)
    finally:
        with contextlib.suppress(OSError):  # our cores were changed meanwhile
            os.sched_setaffinity(0, both)


def _times(pid: int) -> Times | None:
    try:
        ran, waited, _ = (PROC / str(pid) / "schedstat").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return Times(int(ran) / 1e9, int(waited) / 1e9)


def _core() -> int:
    """Where the front's thread runs."""
    text = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
    return int(text.rpartition(") ")[2].split()[_CORE])
