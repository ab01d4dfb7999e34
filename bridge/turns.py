"""turns: who is next where single and long requests wait for the same workers. Pure."""

_SHARE = 1 / 4  # of the workers' time that long requests have, where both want all of it
_OWED = _SHARE / (1 - _SHARE)
_EXPECTED = 0.02  # seconds that a long call is taken to last until it has


class Turns:
    """Single requests go first until long ones have had less than their share of time."""

    def __init__(self) -> None:
        self._owed = 0.0  # seconds of a worker's time, to long requests
        self._running = 0  # long calls

    @property
    def is_long_next(self) -> bool:
        """True if a long request has waited for its share."""
        return self._owed > 0

    def came_long(self) -> None:
        """A long request waits, and no other does."""
        if not self._running:
            self._owed = 0.0

    def began_long(self) -> None:
        """A worker was given a long call."""
        self._running += 1
        self._owed -= _EXPECTED

    def ended_long(self, seconds: float) -> None:
        """It took so long."""
        self._running -= 1
        self._owed += _EXPECTED - seconds

    def ended_single(self, seconds: float) -> None:
        """A call of single requests took so long, while a long one waited."""
        self._owed += _OWED * seconds
