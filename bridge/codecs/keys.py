"""keys: finds a key that stands twice in a JSON object. Parsers keep its last value silently.

Every key is followed by a colon. So where a body has no more colons than the parsed value
has keys, no key was lost; and where strings hold colons, such as times, no more quotes with
a colon right behind. Only what neither shows to be clean is parsed once more.
"""

import json
from collections import Counter
from typing import Any, NoReturn

from bridge.errors import DuplicateKey, WrongShape

_LEVELS = 5  # of what the forms of others nest


def check(body: bytes, data: Any) -> None:
    """Raises DuplicateKey if ``data``, parsed from ``body``, has lost a value; WrongShape."""
    keys = len(data) if type(data) is dict else -1
    colons = body.count(b":")
    if keys == colons or not colons:
        return
    find = body.find  # half of what "in" takes
    if find(b" :") < 0 and find(b"\n:") < 0 and find(b"\r:") < 0 and find(b"\t:") < 0:
        colons = body.count(b'":')
        if keys == colons:
            return
    if colons != _shallow(data) and colons != _deep(data, _LEVELS):
        _parse(body)


def _shallow(data: Any) -> int:
    """Keys of an object and of the objects in arrays in it, or in an array."""
    if type(data) is dict:
        return len(data) + sum(_shallow(value) for value in data.values() if type(value) is list)
    return sum(map(len, data)) if type(data) is list and set(map(type, data)) == {dict} else 0


def _deep(data: Any, levels: int) -> int:
    """Keys of so many levels, but for arrays that do not begin with an object."""
    if levels and type(data) is dict:
        inner = (_deep(v, levels - 1) for v in data.values() if type(v) in (dict, list))
        return len(data) + sum(inner)
    if levels and type(data) is list and data and type(data[0]) is dict:
        return sum(_deep(value, levels - 1) for value in data)
    return 0


def _parse(body: bytes) -> None:
    try:
        json.loads(body.decode(), object_pairs_hook=_once, parse_int=str, parse_float=str)
    except RecursionError:
        raise WrongShape("the JSON is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len(dict(pairs)) < len(pairs):
        _refuse([name for name, _ in pairs])


def _refuse(names: list[str]) -> NoReturn:
    twice = next(name for name, times in Counter(names).items() if times > 1)
    raise DuplicateKey(f'"{twice[:60]}" stands twice in a JSON object; send it once')
