"""pieces: a long answer in the formats of lines, encoded a piece at a time.

Joined, the pieces are the bytes that the encoder makes of the whole answer. Each is encoded
when it is asked for, so that there is never more than one of them.
"""

from collections.abc import Callable, Iterator

from bridge.answer import Answer

MANY_ROWS = 10_000  # whole, some 10 ms of encoding
ROWS = 4096

Encode = Callable[[Answer], bytes]


def in_lines(answer: Answer, encode: Encode, further: Encode, rows: int = ROWS) -> Iterator[bytes]:
    """Pieces of so many rows: the first by ``encode``, the others by ``further``."""
    first, *others = parts(answer, rows)
    yield encode(first)
    for part in others:
        yield b"\n" + further(part)


def parts(answer: Answer, rows: int = ROWS) -> list[Answer]:
    """The answer in parts of so many rows; one part if it has no rows."""
    starts = range(0, max(answer.frame.rows, 1), rows)
    return [answer.part(start, start + rows) for start in starts]
