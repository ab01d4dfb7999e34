"""alarm: calls back at the nearest of the times that it was set to, and then no more."""

import asyncio
from collections.abc import Callable
from math import inf


class Alarm:
    """``ring`` is called in the running event loop."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._time = inf

    def set(self, when: float, now: float) -> None:
        """Rings at ``when``, unless it is to do so sooner anyway."""
        if when < self._time:
            if self._timer is not None:
                self._timer.cancel()
            self._time = when
            self._timer = self._loop.call_later(when - now, self._rings)

    def _rings(self) -> None:
        self._timer, self._time = None, inf
        self._ring()
