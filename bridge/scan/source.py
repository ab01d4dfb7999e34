"""source: integers, numbers and strings from the bytes of a saved file; nothing of objects.

Two encodings: binary, in either byte order, and words. Keeps at most one piece of the file.
"""

import re
import struct
from collections.abc import Iterator
from typing import Protocol

from bridge.scan.limits import Unreadable

_ESCAPES = dict(zip(b"ntvbrfa", b"\n\t\v\b\r\f\a", strict=True))
_CUT_SHORT = "it ends too soon"
_WORD_BYTES = 127
_INTEGER = re.compile(rb"-?[0-9]{1,10}")
_LEAST, _MOST = -(2**31), 2**31 - 1
NA_INTEGER = _LEAST


class Source(Protocol):
    """Reads on; raises Unreadable.

    ``offset``: bytes read so far. ``is_words``: what is passed over takes time all the same.
    """

    is_words: bool

    @property
    def offset(self) -> int: ...

    def integer(self) -> int: ...

    def pass_over(self, count: int, width: int) -> None:
        """Passes over ``count`` values: integers (width 4), doubles (8), bytes (1)."""

    def text(self, length: int, keep: int) -> str:
        """A string of so many bytes; what comes after the first ``keep`` is passed over."""


class Window:
    """The bytes that were read and not yet used."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.bytes = b""
        self.at = 0
        self._before = 0

    @property
    def offset(self) -> int:
        """Bytes used so far."""
        return self._before + self.at

    def need(self, count: int) -> None:
        """Makes sure of ``count`` bytes from ``at``."""
        if self.at + count > len(self.bytes) and not self.extend(count):
            raise Unreadable(_CUT_SHORT)

    def extend(self, count: int) -> bool:
        """Drops what was used, and reads until there are ``count`` bytes; False at the end."""
        parts = [self.bytes[self.at :]]
        self._before += self.at
        self.at, have = 0, len(parts[0])
        while have < count and (chunk := next(self._chunks, b"")):
            parts.append(chunk)
            have += len(chunk)
        self.bytes = b"".join(parts)
        return have >= count

    def pass_over(self, count: int) -> None:
        """Passes over ``count`` bytes."""
        while count > (have := len(self.bytes) - self.at):
            count -= have
            self.at += have
            self.need(1)
        self.at += count

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, which must be few."""
        self.need(count)
        self.at += count
        return self.bytes[self.at - count : self.at]

    def peek(self, count: int) -> bytes:
        """The next ``count`` bytes, or fewer, which are not used by it."""
        if self.at + count > len(self.bytes):
            self.extend(count)
        return self.bytes[self.at : self.at + count]

    def is_at_end(self) -> bool:
        """True if nothing follows but line breaks."""
        while self.at < len(self.bytes) or self.extend(1):
            if self.bytes[self.at :].strip(b"\r\n"):
                return False
            self.at = len(self.bytes)
        return True

    def drain(self) -> None:
        """Reads to the end, where checksums are."""
        self.at = len(self.bytes)
        while self.extend(1):
            self.at = len(self.bytes)


class BinarySource:
    """Format X, in the byte order of networks, and B, in that of most machines."""

    is_words = False

    def __init__(self, window: Window, order: str) -> None:
        self._window = window
        self._unpack = struct.Struct(f"{order}i").unpack_from

    @property
    def offset(self) -> int:
        return self._window.offset

    def integer(self) -> int:
        window = self._window
        if window.at + 4 > len(window.bytes):
            window.need(4)
        value: int = self._unpack(window.bytes, window.at)[0]
        window.at += 4
        return value

    def pass_over(self, count: int, width: int) -> None:
        self._window.pass_over(count * width)

    def text(self, length: int, keep: int) -> str:
        kept = min(length, keep)
        if not kept:
            self._window.pass_over(length)
            return ""
        text = self._window.take(kept).decode("utf-8", "replace")
        self._window.pass_over(length - kept)
        return text


class WordSource:
    """Format A: words between white space, strings with escapes."""

    is_words = True

    _SPACE = re.compile(rb"[ \t\n\v\f\r]*")
    _NOT_SPACE = re.compile(rb"[^ \t\n\v\f\r]+")

    def __init__(self, window: Window) -> None:
        self._window = window

    @property
    def offset(self) -> int:
        return self._window.offset

    def integer(self) -> int:
        word = self._word()
        if word == b"NA":
            return NA_INTEGER
        if not _INTEGER.fullmatch(word) or not _LEAST <= (value := int(word)) <= _MOST:
            raise Unreadable("a word stands where a whole number must be")
        return value

    def pass_over(self, count: int, width: int) -> None:
        for _ in range(count):
            self._word()

    def text(self, length: int, keep: int) -> str:
        if not length:
            return ""
        self._space()
        kept = bytearray()
        for _ in range(length):
            byte = self._byte()
            if len(kept) < keep:
                kept.append(byte)
        return kept.decode("utf-8", "replace")

    def _space(self) -> None:
        window = self._window
        while True:
            found = self._SPACE.match(window.bytes, window.at)
            assert found is not None, "it matches nothing, too"
            window.at = found.end()
            if window.at < len(window.bytes):
                return
            window.need(1)

    def _word(self) -> bytes:
        """R takes the one character after a word for its end."""
        self._space()
        window = self._window
        if window.at + _WORD_BYTES + 1 > len(window.bytes):
            window.extend(_WORD_BYTES + 1)
        found = self._NOT_SPACE.match(window.bytes, window.at, window.at + _WORD_BYTES)
        if found is None:
            raise Unreadable(_CUT_SHORT)
        word = found.group()
        if len(word) == _WORD_BYTES:
            raise Unreadable("a word is too long")
        window.at = min(found.end() + 1, len(window.bytes))
        return word

    def _byte(self) -> int:
        byte = self._next()
        if byte != ord("\\"):
            return byte
        byte = self._next()
        if not ord("0") <= byte < ord("8"):
            return _ESCAPES.get(byte, byte)
        return self._octal(byte)

    def _octal(self, digit: int) -> int:
        window, value = self._window, digit - ord("0")
        for _ in range(2):
            window.need(1)
            digit = window.bytes[window.at]
            if not ord("0") <= digit < ord("8"):
                break
            value = 8 * value + digit - ord("0")
            window.at += 1
        return value & 255

    def _next(self) -> int:
        window = self._window
        if window.at == len(window.bytes):
            window.need(1)
        window.at += 1
        return window.bytes[window.at - 1]
