"""limits: how much of a file is read before it is given up. Time and memory are bounded by them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may take.

    ``unpacked``: bytes after decompression. ``items``: objects, cells and strings, and numbers
    that are written as words; a million take about a second. ``depth``: objects within each
    other; R's own limit depends on its stack and is of this size. ``shared``: symbols and
    environments. ``findings``: of each kind, that are told one by one.
    """

    unpacked: int = 16 << 30
    items: int = 50_000_000
    depth: int = 5_000
    shared: int = 1_000_000
    findings: int = 200


class Unreadable(Exception):
    """The file ends too soon, is damaged, or is no file that R's load() or readRDS() reads."""


class TooLarge(Exception):
    """The file passes one of the limits."""
