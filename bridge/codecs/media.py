"""media: what the headers Content-Type, Accept and Accept-Encoding say. Pure text.

Names and parameters without regard to case; parameters that nobody asks for do not matter.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_LISTED = re.compile(r'(?:[^,"]|"[^"]*")+')
_PARAMETER = re.compile(r';\s*([^\s;="]+)\s*=\s*("[^"]*"|[^;"]*)')
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)
_NOTHING = 0.0
# Each is compared with each: a header of thousands would take a while.
_MOST_RANGES = 50


class Media(NamedTuple):
    """One media type, or a range of them such as ``text/*``."""

    name: str
    parameters: dict[str, str]

    def holds(self, name: str) -> bool:
        """True if this is a range and ``name`` is in it."""
        return self.name == "*/*" or (self.name[-2:] == "/*" and name.startswith(self.name[:-1]))

    @property
    def quality(self) -> float:
        """The q-value; 1 where there is none, or none that can be read."""
        text = self.parameters.get("q", "1")
        return float(text) if _QUALITY.fullmatch(text) else 1.0


def media(header: str) -> Media:
    """The media type of a Content-Type header."""
    name, _, rest = header.partition(";")
    pairs = _PARAMETER.findall(";" + rest)
    return Media(name.strip().lower(), {key.lower(): _unquoted(value) for key, value in pairs})


def _unquoted(value: str) -> str:
    return value.strip().strip('"').lower()


def accepted(accept: str, default: str, written: tuple[str, ...]) -> Iterator[Media]:
    """What may be written for ``accept``, best first: by q-value, then in the order given.

    A range stands for what ``default`` says, if that is in it, then for all of ``written``
    that is in it. Of ranges that hold a type the narrowest judges it.
    """
    ranges = _ranges(accept)
    for one in sorted(ranges, key=lambda one: -one.quality):
        if one.quality == _NOTHING:
            return
        if "*" not in one.name:
            yield one
            continue
        for other in [*_ranges(default), *(Media(name, {}) for name in written)]:
            if one.holds(other.name) and not _is_judged_apart(other.name, one, ranges):
                yield other


def _is_judged_apart(name: str, wide: Media, ranges: list[Media]) -> bool:
    """True if a narrower range than ``wide`` says what of ``name``."""
    narrower = (one for one in ranges if len(one.name) > len(wide.name))
    return any(one.name == name or one.holds(name) for one in narrower)


def _ranges(accept: str) -> list[Media]:
    parts = [part for part in _LISTED.findall(accept) if part.strip()]
    return [media(part) for part in parts[:_MOST_RANGES]]


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str) -> bool:
    """True if the header names gzip, or all encodings, with a q-value that is not 0."""
    qualities = {one.name: one.quality for one in _ranges(accept_encoding)}
    found = (qualities[name] for name in ("gzip", "x-gzip", "*") if name in qualities)
    return next(found, _NOTHING) > _NOTHING
