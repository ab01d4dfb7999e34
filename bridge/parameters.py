"""parameters: arguments of predict() that a request may set, as bridge.toml allows them.

``[parameters]`` there names each with the list of its values, or ``true`` for any::

    [parameters]
    type = ["response", "link"]
    level = true

A request sets them in JSON (``"parameters": {"type": "link"}``) or in the header
X-Amzn-SageMaker-Custom-Attributes (``type=link; level=0.9``).
"""

import math
from typing import Any

import orjson

from bridge.errors import ConfigError, InvalidParameter

Scalar = str | float | int | bool
NONE = "{}"


class Parameters:
    """What bridge.toml allows; ``{}`` allows nothing."""

    def __init__(self, allowed: dict[str, Any]) -> None:
        """Raises ConfigError."""
        for name, values in allowed.items():
            if values is not True and not (isinstance(values, list) and values):
                raise ConfigError(
                    f"bridge.toml: parameters.{name} is true, or the list of values allowed"
                )
        self.allowed = allowed

    def checked(self, body: dict[str, Any], header: str) -> str:
        """Those of both places as canonical JSON; the header's win. Raises InvalidParameter."""
        if not body and not (header and self.allowed):
            return NONE
        given = {**body, **self._of_header(header)}
        for name, value in given.items():
            self._check(name, value)
        return orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()

    def _check(self, name: str, value: object) -> None:
        values = self.allowed.get(name)
        if values is None:
            known = ", ".join(self.allowed) or "none"
            raise InvalidParameter(
                f'parameter "{name[:60]}" may not be set by a request; allowed: {known}'
            )
        scalar = _scalar_of(name, value)
        if values is not True and not any(_is_same(scalar, one) for one in values):
            known = orjson.dumps(values).decode()[1:-1][:300]
            raise InvalidParameter(f"parameter {name}: {str(value)[:60]!r} is not one of {known}")

    def _of_header(self, header: str) -> dict[str, Scalar]:
        """Custom attributes may hold anything; what is no ``name=value`` is not for us."""
        pairs = (part.partition("=") for part in header.split(";"))
        known = ((name.strip(), value.strip()) for name, equal, value in pairs if equal)
        return {name: _read(value) for name, value in known if name in self.allowed}


def _scalar_of(name: str, value: object) -> Scalar:
    """The value, if R can be given it; raises InvalidParameter."""
    if not isinstance(value, Scalar):
        raise InvalidParameter(f"parameter {name}: send a string, a number or a boolean")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidParameter(f"parameter {name}: {value} is not a finite number")
    if isinstance(value, str) and "\0" in value:
        raise InvalidParameter(f"parameter {name}: a text may not hold NUL")
    return value


def _is_same(value: Scalar, allowed: Scalar) -> bool:
    """1 is no ``true``, but it is 1.0."""
    return value == allowed and isinstance(value, bool) == isinstance(allowed, bool)


def _read(text: str) -> Scalar:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text)
    except ValueError:
        return text
