"""cost: how long a body may take to read, judged before it is read. Pure.

Reading takes a time for each cell, and the most where cells do not fit: so many microseconds
were measured at the worst. Mostly it is a fifth of that.
"""

import numpy as np

from bridge.policy import Policies
from bridge.schema import Schema

# What may take longer is not for the event loop, which is to be there for others; nor for a
# thread, of which Python has only one at a time.
LOOP_SECONDS, THREAD_SECONDS = 0.004, 0.03
_CELL, _DATE, _DATETIME, _REPLACED = 0.5e-6, 1.5e-6, 4e-6, 4e-6
_OF_TYPES = {"date": _DATE, "datetime": _DATETIME}
_BYTES_PER_OBJECT = 3  # at least, with its separator
_MARKS = b"{[,\n"
_BYTES_PER_CELL = 4  # of binary bodies


class Cost:
    """Judges bodies for one model: one of ``few_bytes`` is not for anybody but the event loop."""

    def __init__(self, schema: Schema, policies: Policies) -> None:
        dearest = max((_OF_TYPES.get(p.type, _CELL) for p in schema.predictors), default=_CELL)
        replaces = bool(policies.general or policies.fields)
        self._of_cell = dearest + _REPLACED * replaces
        self._fields = len(schema.predictors)
        few = LOOP_SECONDS / self._of_cell
        self.few_bytes = int(few * _BYTES_PER_OBJECT / max(self._fields, 2))

    def seconds(self, body: bytes, is_text: bool) -> float:
        """How long it may take."""
        return self._of_cell * self._cells(body, is_text)

    def _cells(self, body: bytes, is_text: bool) -> int:
        """How many cells it has at most, and what takes as long as one."""
        if not is_text:
            return len(body) // _BYTES_PER_CELL
        data = np.frombuffer(body, np.uint8)
        objects, *others = (int(np.count_nonzero(data == mark)) for mark in _MARKS)
        return max(objects + sum(others), objects * self._fields)
