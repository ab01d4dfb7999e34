"""shared: numbers in memory that a process shares with those that it forks later.

Each number has one writer, so nothing is locked; who reads sees the one before or the new one.
"""

from mmap import mmap

_BYTES = 8


def integers(count: int) -> "memoryview[int]":
    """So many, of 64 bits, all 0."""
    return memoryview(mmap(-1, count * _BYTES)).cast("q")


def reals(count: int) -> "memoryview[float]":
    """So many, of double precision, all 0."""
    return memoryview(mmap(-1, count * _BYTES)).cast("d")
