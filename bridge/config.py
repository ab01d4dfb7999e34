"""Settings: every knob once, with type, default, help and environment names.

The only reader of ``os.environ``. A command line option wins over the environment; of
several environment names the first that is set wins.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from bridge.errors import ConfigError


def _knob(default: Any, help: str, *env: str, **limits: Any) -> Any:
    return field(default=default, metadata={"help": help, "env": env, **limits})


@dataclass(frozen=True, slots=True)
class Settings:
    """All knobs of ``rbridge serve``; ``knobs()`` describes them."""

    host: str = _knob("0.0.0.0", "Address to listen on.", "RBRIDGE_HOST")
    port: int = _knob(
        8080,
        "Port to listen on; 0 takes a free one.",
        "RBRIDGE_PORT",
        "SAGEMAKER_BIND_TO_PORT",
        least=0,
        most=65535,
    )
    model: str = _knob(
        "/opt/ml/model", "Model folder or file, where no PATH is given.", "RBRIDGE_MODEL"
    )
    demo_model: str = _knob(
        "", "Served where the model folder holds no model.", "RBRIDGE_DEMO_MODEL"
    )
    workers: int = _knob(
        0,
        "R processes; 0 means one per CPU core.",
        "RBRIDGE_WORKERS",
        "SAGEMAKER_MODEL_SERVER_WORKERS",
        least=0,
    )
    deadline: float = _knob(
        60.0,
        "Seconds until a request without answer gets 504, and its R process is killed.",
        "RBRIDGE_DEADLINE",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT",
        least=0.001,
        most=86400,
    )
    queue: int = _knob(1000, "Requests that may wait; one more gets 503.", "RBRIDGE_QUEUE", least=1)
    max_body_mb: float = _knob(
        25.0,
        "Largest request body, in MiB.",
        "RBRIDGE_MAX_BODY_MB",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB",
        least=0.001,
        most=4000,
    )
    drain: int = _knob(
        25,
        "Seconds that requests in flight have after SIGTERM; SageMaker kills after 30.",
        "RBRIDGE_DRAIN",
        least=0,
    )
    log_level: str = _knob(
        "info",
        "debug, info, warning or error.",
        "RBRIDGE_LOG_LEVEL",
        choices=("debug", "info", "warning", "error"),
    )


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting, described."""

    name: str
    type: type
    default: Any
    help: str
    env: tuple[str, ...]
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


def knobs() -> list[Knob]:
    """Every setting, in order."""
    return [
        Knob(f.name, type(f.default), f.default, **f.metadata)
        for f in fields(Settings)
        if f.default is not MISSING
    ]


def load_settings(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``given`` (None: not given), else the environment; raises ConfigError."""
    values = {}
    for knob in knobs():
        value, name = given.get(knob.name), knob.name
        if value is None:
            value, name = _from_environment(knob, environ)
        if value is not None:
            values[knob.name] = _checked(knob, value, name)
    if not values.get("workers"):
        values["workers"] = len(os.sched_getaffinity(0))
    return Settings(**values)


def _from_environment(knob: Knob, environ: Mapping[str, str]) -> tuple[Any, str]:
    name = next((name for name in knob.env if environ.get(name)), None)
    if name is None:
        return None, knob.name
    try:
        return knob.type(environ[name]), name
    except ValueError:
        raise ConfigError(f"{name}={environ[name]} is not {_words(knob.type)}") from None


def _checked(knob: Knob, value: Any, name: str) -> Any:
    if knob.choices and str(value).lower() not in knob.choices:
        raise ConfigError(f"{name} is {value}, but must be one of {', '.join(knob.choices)}")
    if knob.least is not None and not value >= knob.least:
        raise ConfigError(f"{name} is {value}, but must be at least {knob.least:g}")
    if knob.most is not None and not value <= knob.most:
        raise ConfigError(f"{name} is {value}, but must be at most {knob.most:g}")
    return value


def _words(kind: type) -> str:
    return {int: "a whole number", float: "a number"}.get(kind, "text")


def environment(**changes: str) -> dict[str, str]:
    """This process's environment with ``changes``, for a process that it starts."""
    return {**os.environ, **changes}
