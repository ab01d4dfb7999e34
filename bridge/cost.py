"""cost: how long a body may take to read, judged before it is read. Pure.

What takes longer than ``SECONDS`` is not for the event loop, which is to be there for others.
Reading takes a time for each cell, and the most where cells do not fit. So many microseconds
were measured at the worst; a machine that is slower, or busy, takes some more.
"""

from bridge.policy import Policies
from bridge.schema import Schema

SECONDS = 0.004
_CELL, _DATE, _DATETIME, _REPLACED = 0.5, 1.5, 4.0, 4.0
_OF_TYPES = {"date": _DATE, "datetime": _DATETIME}
# In a shorter body there is nothing that takes long.
_FEW_BYTES = 2048
_BYTES_PER_CELL = 4  # of binary bodies


class Cost:
    """Judges bodies for one model."""

    def __init__(self, schema: Schema, policies: Policies) -> None:
        dearest = max((_OF_TYPES.get(p.type, _CELL) for p in schema.predictors), default=_CELL)
        replaces = bool(policies.general or policies.fields)
        self._most = int(1e6 * SECONDS / (dearest + _REPLACED * replaces))
        self._fields = len(schema.predictors)

    def is_high(self, body: bytes, is_text: bool) -> bool:
        """True if the event loop is not to read it."""
        return len(body) > _FEW_BYTES and self._cells(body, is_text) > self._most

    def _cells(self, body: bytes, is_text: bool) -> int:
        """How many cells it has at most: each is followed by one, or is its record's only one."""
        if not is_text:
            return len(body) // _BYTES_PER_CELL
        separated = body.count(b",") + body.count(b"\n")
        return max(separated, body.count(b"{") * self._fields)
