"""known: heads that were read before, byte for byte, and what they ask for.

Clients send the same head again and again. A request that came whole, is all that came, and
whose head has the same bytes as one that the parser took, says the same: it need not be
parsed again, which is a third of what the front does for a short one.
"""

from typing import NamedTuple

from bridge.request import Asked, Body

MOST_HEADS = 256
MOST_HEAD_BYTES = 4096
_END = b"\r\n\r\n"


class Known(NamedTuple):
    """What a head asks for, the inference id for the log, and the length of the body."""

    asked: Asked
    inference: str
    length: int


class KnownHeads:
    """Of requests that take the short road and keep their connection."""

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}

    def find(self, data: bytes) -> tuple[bytes, Asked, str] | None:
        """The body of the request that ``data`` is, and what it asks for, if that is known."""
        head, _, body = data.partition(_END)
        known = self._known.get(head)
        if known is None or known.length != len(body):
            return None
        return body, known.asked, known.inference

    def learn(self, data: bytes, body: Body, asked: Asked, inference: str) -> None:
        """Remembers the head of a request with this ``body``, if ``data`` is all of it.

        What follows the head is not the body as it stands if that came in chunks, if another
        request is in ``data``, or if the rest of this one was read before.
        """
        head, _, rest = data.partition(_END)
        if rest != body or len(head) > MOST_HEAD_BYTES:
            return
        if len(self._known) == MOST_HEADS:
            self._known.clear()
        self._known[head] = Known(asked, inference, len(body))
