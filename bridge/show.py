"""show: values as they stand in messages, written as JSON and cut to a readable length.

Pure text; it does not know what is wrong with a value.
"""

from typing import Any

SHOWN_CHARACTERS = 60
SHOWN_LEVELS = 20
MOST_BITS = 1024


def clip(value: Any) -> Any:
    """``value`` as it may stand in an error: long text cut, containers named."""
    if isinstance(value, str) and len(value) > SHOWN_CHARACTERS:
        return value[:SHOWN_CHARACTERS] + "…"
    return value if isinstance(value, str | int | float | bool | None) else show(value)


def show(value: object) -> str:
    """``value`` as a client would write it in JSON, cut to a readable length."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | dict):
        return "an array" if isinstance(value, list) else "an object"
    if isinstance(value, str):
        return '"' + str(clip(value)).replace('"', '\\"') + '"'
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return f"a whole number of {value.bit_length()} bits"
    return str(value)


def show_list(texts: tuple[str, ...]) -> str:
    """The first of ``texts``, and how many more there are."""
    shown = ", ".join(show(text) for text in texts[:SHOWN_LEVELS])
    more = len(texts) - SHOWN_LEVELS
    return f"{shown} and {more} more" if more > 0 else shown
