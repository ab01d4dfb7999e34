"""named: functions by name, for a process that is told what to load, and how."""

import importlib
from collections.abc import Callable
from typing import Any


def named(place: str) -> Callable[..., Any]:
    """The function that "module:callable" names."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function
