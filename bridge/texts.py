"""Texts: the strings of a long column, each kept once. Pure data.

A long column of strings mostly repeats a few. So codes travel with the strings that they stand
for, and these stay packed until somebody reads them.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Strings = list[str | None]


def packed(strings: Strings) -> tuple[npt.NDArray[np.int32], bytes]:
    """Lengths in bytes, -1 for NA, and all strings one after another in UTF-8."""
    texts: list[Any] = [cell or "" for cell in strings]
    text = "".join(texts)
    data = text.encode()
    if len(data) > len(text):
        texts = [cell.encode() for cell in texts]
    lengths = np.fromiter(map(len, texts), "<i4", len(texts))
    if None in strings:
        lengths[[cell is None for cell in strings]] = -1
    return lengths, data


def unpacked(lengths: list[int], data: bytes) -> Strings:
    """Raises ValueError where the lengths are not those of the data."""
    text, at = data.decode(), 0
    if len(text) == len(data):
        found = [None if n < 0 else text[at : (at := at + n)] for n in lengths]
    else:
        found = [None if n < 0 else data[at : (at := at + n)].decode() for n in lengths]
    if at != len(data):
        raise ValueError(f"strings of {at} bytes in {len(data)}")
    return found


class Packed:
    """Strings that ``packed`` has packed, until somebody reads them."""

    def __init__(self, lengths: npt.NDArray[np.int32], data: bytes) -> None:
        self.lengths = lengths
        self.data = data

    @cached_property
    def strings(self) -> Strings:
        """As ``unpacked``, once."""
        return unpacked(self.lengths.tolist(), self.data)


class Texts(Sequence[str | None]):
    """``codes`` count from 0 into ``packed``; a string that is NA is None."""

    __slots__ = ("codes", "packed")

    def __init__(self, packed: Packed, codes: Codes) -> None:
        self.packed = packed
        self.codes = codes

    @classmethod
    def of(cls, values: Strings, codes: Codes) -> "Texts":
        """Of strings that are not packed; those that no code stands for are left out."""
        used, places = np.unique(codes, return_inverse=True)
        if len(used) < len(values):
            values = [values[code] for code in used.tolist()]
        return cls(Packed(*packed(values)), places.astype(np.int32))

    @classmethod
    def each(cls, cells: Strings) -> "Texts":
        """Of a few cells."""
        return cls(Packed(*packed(cells)), np.arange(len(cells), dtype=np.int32))

    @property
    def values(self) -> Strings:
        """The strings that cells may be."""
        return self.packed.strings

    def tolist(self) -> Strings:
        """The cells."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def compact(self) -> "Texts":
        """Without the strings that no code stands for."""
        return Texts.of(self.values, self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.tolist())

    @overload
    def __getitem__(self, place: int) -> str | None: ...
    @overload
    def __getitem__(self, place: slice) -> "Texts": ...
    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return Texts(self.packed, self.codes[place])
        return self.values[self.codes[place]]


def joined(parts: Sequence[Texts]) -> Texts:
    """The cells of all parts, in order."""
    starts = np.cumsum([0, *(len(part.packed.lengths) for part in parts[:-1])])
    codes = [part.codes + np.int32(start) for part, start in zip(parts, starts, strict=True)]
    lengths = np.concatenate([part.packed.lengths for part in parts])
    data = b"".join(part.packed.data for part in parts)
    return Texts(Packed(lengths, data), np.concatenate(codes))
