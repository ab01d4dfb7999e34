"""policy: what becomes of cells that do not fit, as ``[policy]`` of bridge.toml says.

A table has the keys of KINDS, each ``"reject"`` or ``"na"``, and ``other``, the level
that unseen levels become. ``[policy]`` is for all fields, ``[policy.FIELD]`` for one: what
it does not say, ``[policy]`` says. Pure data; ``coerce`` does what is said here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from bridge.errors import ConfigError
from bridge.schema import Predictor, Schema
from bridge.show import show, show_list

Kind = Literal["unseen", "invalid", "absent", "null"]


class Become(NamedTuple):
    """The cell that stands in for one that does not fit: a level, or None for NA."""

    cell: str | None


Action = Become | None  # None: the request is rejected
NA = Become(None)
_ACTIONS: dict[str, Action] = {"reject": None, "na": NA}
_KEYS = ("unseen", "other", "invalid", "absent", "null")


@dataclass(frozen=True, slots=True)
class Policy:
    """What one field does with an unseen level, an invalid value, no value sent, a null."""

    unseen: Action = None
    invalid: Action = None
    absent: Action = None
    null: Action = NA


@dataclass(frozen=True, slots=True)
class Policies:
    """The tables of ``bridge.toml``: by kind, for all fields and for some."""

    general: Mapping[str, Action] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Action]] = field(default_factory=dict)

    def of(self, name: str) -> Policy:
        """The policy of the field ``name``."""
        return Policy(**{**self.general, **self.fields.get(name, {})})


def read_policies(table: dict[str, Any]) -> Policies:
    """``[policy]`` with its subtables; raises ConfigError."""
    general = {key: value for key, value in table.items() if not isinstance(value, dict)}
    fields = {name: value for name, value in table.items() if isinstance(value, dict)}
    return Policies(
        _actions("bridge.toml: policy", general),
        {name: _actions(f"bridge.toml: policy.{name}", value) for name, value in fields.items()},
    )


def as_table(policies: Policies) -> dict[str, Any]:
    """The table of which ``read_policies`` makes them."""
    fields = {name: _as_table(actions) for name, actions in policies.fields.items()}
    return {**_as_table(policies.general), **fields}


def _as_table(actions: Mapping[str, Action]) -> dict[str, str]:
    words = {action: word for word, action in _ACTIONS.items()}
    return {
        "other" if action not in words else kind: words.get(action) or str(action and action.cell)
        for kind, action in actions.items()
    }


def _actions(place: str, table: dict[str, Any]) -> dict[str, Action]:
    if {"unseen", "other"} <= table.keys():
        raise ConfigError(f'{place}: unseen levels are told by "unseen" or by "other", not by both')
    return {
        "unseen" if key == "other" else key: _action(place, key, value)
        for key, value in table.items()
    }


def _action(place: str, key: str, value: Any) -> Action:
    if key not in _KEYS:
        raise ConfigError(f'{place}: there is no key "{key}"; the keys are {", ".join(_KEYS)}')
    if key == "other":
        if not isinstance(value, str):
            raise ConfigError(f"{place}.other is a level, in quotes, not {value!r}")
        return Become(value)
    if not isinstance(value, str) or value not in _ACTIONS:
        raise ConfigError(f'{place}.{key} is "reject" or "na", not {value!r}')
    return _ACTIONS[value]


def check(policies: Policies, schema: Schema) -> None:
    """Raises ConfigError if a policy does not fit the fields of the model."""
    for name in policies.fields:
        if name not in schema.names:
            raise ConfigError(
                f'bridge.toml: policy.{name}: the model has no field "{name}"; '
                f"its fields are {show_list(schema.names)}"
            )
    for predictor in schema.predictors:
        _check_unseen(policies, predictor)


def _check_unseen(policies: Policies, predictor: Predictor) -> None:
    name, unseen = predictor.name, policies.of(predictor.name).unseen
    if predictor.type != "factor":
        if "unseen" in policies.fields.get(name, {}):
            raise ConfigError(
                f'bridge.toml: policy.{name}: "unseen" and "other" are for factors, and {name} '
                f'is of type {predictor.type}; "invalid" is for values that do not fit'
            )
    elif unseen and unseen.cell is not None and unseen.cell not in predictor.levels:
        raise ConfigError(
            f"bridge.toml: policy: other = {show(unseen.cell)} is not a level of {name}; "
            f"its levels are {show_list(predictor.levels)}"
        )
