"""pace: how many rows of a model are answered in a given time. Pure: it is told of each call."""

from math import inf

FIRST_ROWS = 64  # until calls tell
_QUICKEST = 4  # times as long as the quickest call of one row a call may take
_GROWTH = 8  # times as many rows as a call had, at most, are believed to fit as well


class Pace:
    """``rows`` are answered in the time that is wanted, or in four times that of one row.

    For what a call costs whatever its rows may be more than is wanted: shorter calls would then
    be nothing but that. So only calls of about as many rows tell how many they should be.
    """

    def __init__(self) -> None:
        self.rows = FIRST_ROWS
        self._quickest = inf

    def learn(self, rows: int, seconds: float, wanted: float) -> None:
        """A call of so many rows took so long."""
        if rows == 1:
            self._quickest = min(self._quickest, seconds)
        if 4 * rows < self.rows:
            return
        if self._quickest < inf:
            wanted = max(wanted, _QUICKEST * self._quickest)
        fitting = min(int(rows * wanted / seconds), _GROWTH * rows)
        if seconds > wanted:
            self.rows = max(fitting, 1)
        elif fitting > self.rows:
            self.rows = fitting
