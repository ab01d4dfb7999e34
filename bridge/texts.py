"""Texts: the strings of a long column, each kept once. Pure data.

A long column of strings mostly repeats a few. So codes travel with the strings that they stand
for, and these stay packed until somebody reads them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]


class Packed(NamedTuple):
    """Strings one after another in UTF-8; ``lengths`` in characters (int32), -1 is NA."""

    lengths: npt.NDArray[np.int32]
    data: bytes


def packed(strings: list[str | None]) -> Packed:
    """The strings as bytes."""
    texts = [cell or "" for cell in strings]
    lengths = np.fromiter(map(len, texts), "<i4", len(texts))
    if None in strings:
        lengths[[cell is None for cell in strings]] = -1
    return Packed(lengths, "".join(texts).encode())


def unpacked(strings: Packed) -> list[str | None]:
    """Raises ValueError where the lengths are not those of the data."""
    text, at = strings.data.decode(), 0
    column = [None if n < 0 else text[at : (at := at + n)] for n in strings.lengths.tolist()]
    if at != len(text):
        raise ValueError(f"strings of {at} characters in a text of {len(text)}")
    return column


class Texts(Sequence[str | None]):
    """``codes`` count from 0 into ``strings``; a string that is NA is None."""

    __slots__ = ("_values", "codes", "strings")

    def __init__(self, strings: Packed, codes: Codes) -> None:
        self.strings = strings
        self.codes = codes
        self._values: list[str | None] | None = None

    @classmethod
    def of(cls, values: list[str | None], codes: Codes) -> "Texts":
        """Of strings that are not packed; those that no code stands for are left out."""
        used, places = np.unique(codes, return_inverse=True)
        if len(used) < len(values):
            values = [values[code] for code in used.tolist()]
        return cls(packed(values), places.astype(np.int32))

    @property
    def values(self) -> list[str | None]:
        """The strings."""
        if self._values is None:
            self._values = unpacked(self.strings)
        return self._values

    def tolist(self) -> list[str | None]:
        """The cells."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.tolist())

    @overload
    def __getitem__(self, place: int) -> str | None: ...
    @overload
    def __getitem__(self, place: slice) -> "Texts": ...
    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, slice):
            return self.values[self.codes[place]]
        part = Texts(self.strings, self.codes[place])
        part._values = self._values
        return part

    def compact(self) -> "Texts":
        """Without the strings that no code stands for."""
        return Texts.of(self.values, self.codes)


def joined(parts: Sequence[Texts]) -> Texts:
    """The cells of all parts, in order."""
    starts = np.cumsum([0, *(len(part.strings.lengths) for part in parts[:-1])])
    codes = [part.codes + np.int32(start) for part, start in zip(parts, starts, strict=True)]
    lengths = np.concatenate([part.strings.lengths for part in parts])
    data = b"".join(part.strings.data for part in parts)
    return Texts(Packed(lengths, data), np.concatenate(codes))
