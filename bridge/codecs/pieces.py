"""pieces: a long answer, encoded a piece at a time.

Joined, the pieces are the bytes that the encoder makes of the whole answer. Each is encoded
when it is asked for, so that there is never more than one of them, and other threads run between.
"""

from collections.abc import Callable, Iterator

from bridge.answer import Answer

MANY_CELLS = 10_000  # whole, some milliseconds of encoding
CELLS = 4096

Encode = Callable[[Answer], bytes]


def is_long(answer: Answer) -> bool:
    """True if it is not to be encoded at once."""
    return answer.frame.rows * len(answer.frame.columns) > MANY_CELLS


def in_lines(
    answer: Answer, encode: Encode, further: Encode, cells: int = CELLS
) -> Iterator[bytes]:
    """Pieces of so many cells: the first by ``encode``, the others by ``further``."""
    first, *others = parts(answer, cells)
    yield encode(first)
    for part in others:
        yield b"\n" + further(part)


def parts(answer: Answer, cells: int = CELLS) -> list[Answer]:
    """The answer in parts of so many cells; one part if it has no rows."""
    rows = max(cells // max(len(answer.frame.columns), 1), 1)
    starts = range(0, max(answer.frame.rows, 1), rows)
    return [answer.part(start, start + rows) for start in starts]
