"""CSV by splitting: a quarter of the time, where no cell is quoted and all lines are as wide.

What is split here is what ``csv`` would read; the rest is left to it, and so are all errors.
"""

import numpy as np

_BOM = b"\xef\xbb\xbf"
_COMMA, _LINE_FEED = b",\n"
_MOST = 131_072  # characters of a cell, of which csv refuses more


def cells(body: bytes) -> tuple[list[str], int] | None:
    """All cells, line after line, and how many a line has; None if ``csv`` is to read them."""
    body = body.removeprefix(_BOM)
    if b"\r" in body and body.count(b"\r") == body.count(b"\r\n"):
        body = body.replace(b"\r\n", b"\n")
    body = body.removesuffix(b"\n")
    width = 0 if b'"' in body or b"\r" in body else _width(body)
    if not width:
        return None
    try:
        return body.decode().replace("\n", ",").split(","), width
    except UnicodeDecodeError:
        return None


def _width(body: bytes) -> int:
    """How many cells each line has; 0 if they differ, or ``csv`` would say something else."""
    data = np.frombuffer(body, np.uint8)
    places = np.flatnonzero((data == _COMMA) | (data == _LINE_FEED))
    ends = data[places] == _LINE_FEED
    count = len(places) + 1
    width = int(ends.argmax()) + 1 if ends.any() else count
    lines = int(np.count_nonzero(ends)) + 1
    if lines * width != count or not ends[width - 1 :: width].all():
        return 0
    sizes = np.diff(places, prepend=-1, append=len(body)) - 1
    is_line_empty = width == 1 and sizes.min() == 0
    return 0 if is_line_empty or sizes.max() > _MOST else width
