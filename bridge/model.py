"""Model: what the layers above R know of it; and EchoModel, one without R.

EchoModel answers with the columns it was given. It is shipped so that pool, batcher and
HTTP can be tried by themselves; every layer is also tested with real R.
"""

from collections.abc import Callable
from typing import Any, Protocol

from bridge.answer import Answer
from bridge.schema import Predictor, Schema
from bridge.sheet import Bytes
from bridge.wire import pack, received


class Model(Protocol):
    """Something that predicts. Used by one thread of one process, one call at a time."""

    schema: Schema
    merge_obstacle: str
    """Why requests cannot be merged into one call; empty if they can."""
    hooked: bool
    """Hooks take part, so what the formula says of merging is not the whole truth."""
    free_rows: bool
    """An answer has not a row for each row asked: the request says how many (time series)."""

    about: dict[str, Any]
    """What else is known of the model, for people; see ``bridge.describe``."""

    def answer(self, call: Bytes) -> bytes:
        """The packed answer or failure to the body of a packed call (see ``bridge.wire``).

        Row for row, unless the model is ``free_rows``.
        """
        ...

    def after_fork(self) -> None:
        """Called once in each new worker, before its first call."""
        ...

    def rest(self) -> None:
        """Called now and then in a worker that has nothing to do."""
        ...

    def collect(self) -> None:
        """Called in a pause after calls that took memory; the next one waits until it is over."""
        ...


class EchoModel:
    """Takes a number ``x`` and answers with it."""

    schema = Schema((Predictor("x", "number"),))
    merge_obstacle = ""
    hooked = False
    free_rows = False

    def __init__(self) -> None:
        self.about: dict[str, Any] = {}

    def answer(self, call: Bytes) -> bytes:
        return pack(Answer(received(call).sheet.frame(), "columns"))

    def after_fork(self) -> None:
        """Nothing to do."""

    def rest(self) -> None:
        """Nothing to do."""

    def collect(self) -> None:
        """Nothing to do."""


def load_echo(path: str) -> Callable[[], EchoModel]:
    """What gives an EchoModel, whatever ``path`` is; for ``bridge.pool.zygote``."""
    return EchoModel
