"""step: Call, Step and Plan, what will be done on AWS as data.

A step may be repeated at any time: what it makes is looked for first, and where it is there
it is left, or changed, as the step says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    """What the call of a step is for."""

    MAKE = "make"  # once: it is left, or changed, where it is there
    SET = "set"  # as often as one likes: the same call gives the same state
    REMOVE = "remove"  # if it is there
    CHECK = "check"  # it must succeed
    WAIT = "wait"  # asked until the answer is final
    SETTLE = "settle"  # asked until nothing moves any more
    TRY = "try"  # sends golden.jsonl


@dataclass(frozen=True, slots=True)
class Call:
    """One call: a method of boto3's client of ``service``, with its parameters.

    Two services are no client: ``local`` packs an archive, ``docker`` pushes an image.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As people write it: ``sagemaker.create_model``."""
        return f"{self.service}.{self.operation}"

    @property
    def subject(self) -> str:
        """What it is about: the first name among the parameters."""
        return next((value for value in self.parameters.values() if isinstance(value, str)), "")

    def json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "service": self.service,
            "operation": self.operation,
            "parameters": dict(self.parameters),
        }


@dataclass(frozen=True, slots=True)
class Step:
    """A call, why it is made, and what is asked before.

    ``look`` tells whether what it makes is there; ``tags`` reads the tags of that, which must
    be this deployment's. ``same`` are fields of the answer to ``look`` that say that nothing
    need be changed; else ``change`` is made in the place of ``call``, after ``before``.
    ``clear`` removes what is there where it has failed, or is made where answers differ
    (``Verb.TRY``).
    """

    why: str
    call: Call
    verb: Verb = Verb.MAKE
    look: Call | None = None
    tags: Call | None = None
    same: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[Call, ...] = ()
    change: Call | None = None
    clear: Call | None = None

    def json(self) -> dict[str, Any]:
        """For machines: everything that may be called, and when."""
        told: dict[str, Any] = {"verb": str(self.verb), "why": self.why, **self.call.json()}
        for name in ("look", "tags", "change", "clear"):
            call: Call | None = getattr(self, name)
            if call:
                told[name] = call.json()
        if self.before:
            told["before"] = [call.json() for call in self.before]
        if self.same:
            told["same"] = dict(self.same)
        return told


@dataclass(frozen=True, slots=True)
class Bill:
    """Something that AWS bills: what, and what is counted."""

    what: str
    counted: str
    link: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, in their order. ``notes`` tell what could not be known without AWS."""

    name: str
    title: str
    steps: tuple[Step, ...]
    bills: tuple[Bill, ...]
    notes: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "name": self.name,
            "title": self.title,
            "steps": [step.json() for step in self.steps],
            "billed": [
                {"what": bill.what, "counted": bill.counted, "prices": bill.link}
                for bill in self.bills
            ],
            "notes": list(self.notes),
        }
