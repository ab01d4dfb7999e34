"""A CloudFormation template with its parameters put in: what CloudFormation would ask for."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cfnlint.decode  # type: ignore[import-untyped]

_ABSENT = object()  # AWS::NoValue


class Template:
    """``known`` are the values of pseudo parameters and of resources, as ``Role.Arn``."""

    def __init__(self, path: Path, given: Mapping[str, Any], known: Mapping[str, str]) -> None:
        self._template = cfnlint.decode.decode(str(path))[0]
        defaults = {
            n: p["Default"] for n, p in self._template["Parameters"].items() if "Default" in p
        }
        self._values = {**defaults, **given, **known}
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self._holds,
            "Fn::Equals": lambda told: str(told[0]) == str(told[1]),
            "Fn::GetAtt": lambda told: self._values[".".join(told)],
            "Fn::And": all,
            "Fn::Or": any,
            "Fn::Not": lambda told: not told[0],
            "Fn::Select": lambda told: told[1][int(told[0])],
            "Fn::Split": lambda told: told[1].split(told[0]),
            "Fn::Sub": self._sub,
        }

    def resources(self) -> dict[str, dict[str, Any]]:
        """The properties of each resource that there would be."""
        return {
            name: self._put_in(told["Properties"])
            for name, told in self._template["Resources"].items()
            if "Condition" not in told or self._holds(told["Condition"])
        }

    def broken_rules(self) -> list[str]:
        """What would be said to these parameters."""
        return [
            assertion["AssertDescription"]
            for rule in self._template["Rules"].values()
            if self._put_in(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self._put_in(assertion["Assert"])
        ]

    def _put_in(self, told: Any) -> Any:
        if isinstance(told, list):
            return [item for item in map(self._put_in, told) if item is not _ABSENT]
        if not isinstance(told, dict):
            return told
        ((name, inner), *others) = list(told.items()) or [("", None)]
        if name == "Fn::If":
            return self._put_in(inner[1 if self._holds(inner[0]) else 2])
        if name in self._functions and not others:
            return self._functions[name](self._put_in(inner))
        items = {str(key): self._put_in(value) for key, value in told.items()}
        return {key: value for key, value in items.items() if value is not _ABSENT}

    def _holds(self, condition: str) -> bool:
        return bool(self._put_in(self._template["Conditions"][condition]))

    def _ref(self, name: str) -> Any:
        return _ABSENT if name == "AWS::NoValue" else self._values[name]

    def _sub(self, told: Any) -> str:
        text, more = told if isinstance(told, list) else (told, {})
        values = {**self._values, **more}
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(values[found[1]]), text)
