"""tally: how many clients each front has, in memory that all of them share.

Without it the front that wakes first takes every client of a burst, and keeps them: measured,
64 of 64 on two busy cores.
"""

from bridge.shared import integers

NOBODY = 2**62  # clients of a front that takes none


class Tally:
    """Of ``count`` fronts, of which none is there yet. Inherited by those that are forked."""

    def __init__(self, count: int) -> None:
        self._clients = integers(count)
        for number in range(count):
            self.put(number, NOBODY)

    def put(self, number: int, clients: int) -> None:
        """Tells how many clients front ``number`` has."""
        self._clients[number] = clients

    @property
    def least(self) -> int:
        """As many clients has the front with the fewest."""
        return min(self._clients)
