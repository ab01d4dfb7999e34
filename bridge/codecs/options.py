"""Options: what ``[bodies]`` in bridge.toml says of a model's requests and answers."""

from dataclasses import dataclass
from typing import Any

from bridge.codecs.shapes import LAYOUTS
from bridge.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Options:
    """``csv_header`` None: the first line tells. ``layout`` empty: the answer's own.

    ``echo_attributes``: an answer gives the request's Custom-Attributes back. ``on_error``:
    a bad record costs the request (``reject``), or has a ``placeholder`` in the answer.
    """

    csv_header: bool | None = None
    layout: str = ""
    echo_attributes: bool = False
    on_error: str = "reject"


OWN = Options()
ON_ERROR = ("reject", "placeholder")
_KEYS = ("csv_header", "layout", "echo_attributes", "on_error")


def read_options(table: dict[str, Any]) -> Options:
    """From the table of bridge.toml; raises ConfigError."""
    unknown = table.keys() - set(_KEYS)
    if unknown:
        raise ConfigError(
            f'bridge.toml: [bodies] has no key "{min(unknown)}"; its keys are {", ".join(_KEYS)}'
        )
    header, layout = table.get("csv_header"), table.get("layout", "")
    if header is not None and not isinstance(header, bool):
        raise ConfigError("bridge.toml: bodies.csv_header is true or false")
    if layout and layout not in LAYOUTS:
        raise ConfigError(f"bridge.toml: bodies.layout is one of {', '.join(LAYOUTS)}")
    echo = table.get("echo_attributes", False)
    if not isinstance(echo, bool):
        raise ConfigError("bridge.toml: bodies.echo_attributes is true or false")
    on_error = table.get("on_error", "reject")
    if on_error not in ON_ERROR:
        raise ConfigError(f"bridge.toml: bodies.on_error is one of {', '.join(ON_ERROR)}")
    return Options(header, layout, echo, on_error)
