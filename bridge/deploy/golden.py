"""golden: the lines of golden.jsonl, and whether an answer is the one that a line gives."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.deploy.cannot import CannotDeploy

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Golden:
    """A line; ``response`` None: only the status counts."""

    number: int
    request: Any
    status: int
    response: Any

    def difference(self, content: str) -> str | None:
        """What is other about the body of an answer; None if nothing is."""
        if self.response is None or _same(_parsed(content), self.response):
            return None
        return f"line {self.number}: {cut(content)} and not {cut(json.dumps(self.response))}"


def read_golden(path: Path) -> list[Golden]:
    """Every line of the file."""
    found = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            golden = Golden(number, told["request"], int(told["status"]), told.get("response"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotDeploy(f"{path}, line {number} is no golden request: {error!r}") from None
        found.append(golden)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDeploy(f"{path} cannot be read: {error}") from None


def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; numbers to the last bit, order of names aside."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def cut(text: str) -> str:
    """As much of it as a message can hold."""
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
