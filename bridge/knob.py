"""knob: what describes one setting, and what reads and checks its value. Knows none of them."""

import re
from dataclasses import dataclass
from typing import Any

from bridge.errors import ConfigError

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting, described. A ``flag`` is an option without a value."""

    name: str
    type: type
    default: Any
    help: str
    env: tuple[str, ...]
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    form: str = ""  # what the pattern says, in words
    flag: bool = False

    def read(self, text: str, name: str) -> Any:
        """The value that ``text`` stands for; raises ConfigError, which calls it ``name``."""
        try:
            return _BOOLEANS[text.strip().lower()] if self.type is bool else self.type(text)
        except (ValueError, KeyError):
            raise ConfigError(f"{name}={text} is not {_words(self.type)}") from None

    def checked(self, value: Any, name: str) -> Any:
        """The value, if it may be so; raises ConfigError, which calls it ``name``."""
        if self.choices and value != self.default and str(value).lower() not in self.choices:
            raise ConfigError(f"{name} is {value}, but must be one of {', '.join(self.choices)}")
        if self.pattern and value and not re.fullmatch(self.pattern, value):
            raise ConfigError(f"{name} is {value}, but must {self.form}")
        if self.least is not None and not value >= self.least:
            raise ConfigError(f"{name} is {value}, but must be at least {self.least:g}")
        if self.most is not None and not value <= self.most:
            raise ConfigError(f"{name} is {value}, but must be at most {self.most:g}")
        return value


def _words(kind: type) -> str:
    return {int: "a whole number", float: "a number", bool: "a boolean"}.get(kind, "text")
