"""rate: how many requests are answered a second while others wait. Pure: it is told the time."""

from math import inf

_LEAST = 20  # answers on which an estimate rests
_REMEMBERED = 0.5  # of the time that requests have: so far back the estimate looks at least
_USED = 0.8  # of that time they may wait: the estimate is one, and then R must answer


class Rate:
    """``room`` tells how many may wait so that the last of them is still answered in time.

    By Little's law: as many as are answered in most of the ``seconds`` that a request has.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._answered = 0.0
        self._busy = 0.0
        self._last = 0.0
        self.did_wait = False  # others, when the last ended

    def ended(self, requests: int, now: float, do_wait: bool) -> None:
        """So many have just been answered, or failed; ``do_wait`` tells whether others wait."""
        if self.did_wait:
            self._answered += requests
            self._busy += now - self._last
        if self._answered > _LEAST and self._busy > _REMEMBERED * self._seconds:
            self._answered /= 2
            self._busy /= 2
        self._last = now
        self.did_wait = do_wait

    @property
    def room(self) -> float:
        """Infinite until there is something to go by; never less than one."""
        if self._answered < _LEAST / 2 or self._busy <= 0:
            return inf
        return max(_USED * self._seconds * self._answered / self._busy, 1.0)
