"""Damage to a body: seeded, of one to four strokes, some blind and some that know the formats."""

import re
from collections.abc import Callable
from random import Random

# What stands for a value in JSON and CSV, and what may stand there instead.
_TOKEN = re.compile(rb'"[^"]*"|[-+.\w]+')
_VALUES = [
    *(b"0", b"-1", b"2.5", b"1e3", b"1e400", b"123456789012345678901", b"null", b"true", b"false"),
    *(
        b'"a"',
        b'"\xc3\xa9"',
        b'"c"',
        b'""',
        b'"3"',
        b'"2024-02-30"',
        b'"1999-12-31"',
        b"[1]",
        b"{}",
    ),
    *(b'"x"', b'"n"', b'"g"', b'"b"', b'"day"', b'"data"', b"NA", b"TRUE", b"True", b"NaN", b"a"),
]

# What has broken readers before.
PIECES = [
    *(b"NaN", b"Infinity", b"-0", b"1e999", b"1e-999", b"9" * 400, b"0x10", b"1_000", b"00", b"."),
    *(b"null", b"true", b'""', b"{}", b"[]", b"[[", b"{" * 2000, b"[" * 2000, b'{"x":' * 1100),
    *(rb'"\ud800"', rb'"\u0000"', b"\0", b"\xff\xfe", b"\xc3", b"\xef\xbb\xbf", "\u2028".encode()),
    *(b'"x": 1,', b'"g": "a"', b'"__proto__": 1', b'"instances":', b'"inputs":', b'"parameters":'),
    *(b"\n", b"\r\n", b"\r", b",", b'"', b"'", b";", b"\\", b"%00", b"a" * 70_000, b"\n" * 5000),
    *(b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x00" * 8, b"PAR1", b"\x93NUMPY", b"\x1f\x8b"),
]


def damaged(body: bytes, others: list[bytes], chance: Random) -> bytes:
    """``body`` after one to four strokes; ``others`` lend parts."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        body = chance.choice(_STROKES)(body, others, chance)
    return body


def _span(body: bytes, chance: Random) -> tuple[int, int]:
    start = chance.randint(0, len(body))
    return start, min(len(body), start + chance.choice((0, 1, 1, 2, 4, 8, 64, 4096)))


def _flip(body: bytes, others: list[bytes], chance: Random) -> bytes:
    if not body:
        return body
    at = chance.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]


def _byte(body: bytes, others: list[bytes], chance: Random) -> bytes:
    start, _ = _span(body, chance)
    return body[:start] + chance.randbytes(1) + body[start + 1 :]


def _cut(body: bytes, others: list[bytes], chance: Random) -> bytes:
    start, end = _span(body, chance)
    return body[:start] + body[end:]


def _end(body: bytes, others: list[bytes], chance: Random) -> bytes:
    return body[: chance.randint(0, len(body))]


def _repeat(body: bytes, others: list[bytes], chance: Random) -> bytes:
    start, end = _span(body, chance)
    return body[:start] + body[start:end] * chance.choice((2, 3, 50)) + body[end:]


def _insert(body: bytes, others: list[bytes], chance: Random) -> bytes:
    start, end = _span(body, chance)
    return body[:start] + chance.choice(PIECES) + body[chance.choice((start, end)) :]


def _token(body: bytes, others: list[bytes], chance: Random) -> bytes:
    """Another value, which often is one that fits."""
    places = [match.span() for match in _TOKEN.finditer(body[:5000])]
    if not places:
        return body
    start, end = chance.choice(places)
    return body[:start] + chance.choice(_VALUES) + body[end:]


def _splice(body: bytes, others: list[bytes], chance: Random) -> bytes:
    other = chance.choice(others)
    start, end = _span(other, chance)
    at, _ = _span(body, chance)
    return body[:at] + other[start : chance.choice((end, len(other)))]


_STROKES: list[Callable[[bytes, list[bytes], Random], bytes]] = [
    *(_flip, _byte, _cut, _end, _repeat, _insert, _splice, *[_token] * 9),
]
