"""pace: how many rows of a model are answered in a given time. Pure: it is told of each call."""

FIRST_ROWS = 64  # until calls tell
_ONE = 4  # times as long as a call of one row a call may take
_GROWTH = 8  # times as many rows as a call had, at most, are believed to fit as well
_NEW = 0.2  # weight of the last call of one row


class Pace:
    """``rows`` are answered in the time that is wanted, or in four times that of one row.

    For what a call costs whatever its rows, or takes because others want the CPU, may be more
    than is wanted: shorter calls would then be nothing but that. So only calls of about as many
    rows tell how many they should be, and one that took too long halves them, unless it took
    much too long.
    """

    def __init__(self) -> None:
        self.rows = FIRST_ROWS
        self._one = 0.0

    def learn(self, rows: int, seconds: float, wanted: float) -> None:
        """A call of so many rows took so long."""
        if rows == 1:
            self._one += (_NEW if self._one else 1.0) * (seconds - self._one)
        if 4 * rows < self.rows:
            return
        wanted = max(wanted, _ONE * self._one)
        fitting = min(int(rows * wanted / seconds), _GROWTH * rows)
        if seconds > 4 * wanted:
            self.rows = max(fitting, 1)
        elif seconds > wanted:
            self.rows = max(fitting, self.rows // 2, 1)
        elif fitting > self.rows:
            self.rows = fitting
