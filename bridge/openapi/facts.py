"""facts: what the description of a served model is made from, and how it points to its parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.codecs.options import OWN, Options
from bridge.codecs.reading import Reading, Sizes
from bridge.errors import BridgeError
from bridge.policy import Policies
from bridge.schema import Schema

Json = dict[str, Any]
Statuses = Mapping[type[BridgeError], int]
Examples = Mapping[str, Mapping[str, Any]]
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Facts:
    """One model. ``title`` says which it is, ``version`` is the server's.

    ``statuses`` is the table of errors; ``endpoints``: SageMaker's own routes are on.
    ``examples`` are bodies by media type and name, all of which the model answers; to those
    in JSON it answers ``answer``.
    """

    schema: Schema
    title: str
    version: str
    statuses: Statuses
    policies: Policies = field(default_factory=Policies)
    bodies: Options = OWN
    parameters: Mapping[str, Any] = field(default_factory=dict)
    endpoints: bool = False
    examples: Examples = field(default_factory=dict)
    answer: Any = None

    @property
    def conventions(self) -> frozenset[str]:
        """The keys of JSON bodies that are no fields."""
        return Reading.of(self.schema, None, Sizes()).conventions


def ref(name: str) -> Json:
    """Points to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def component_names(schema: Schema) -> dict[str, str]:
    """What the schema of each field is called: OpenAPI allows few characters."""
    names: dict[str, str] = {}
    for place, name in enumerate(schema.names):
        safe = "Field." + _UNSAFE.sub("_", name)
        names[name] = f"{safe}.{place}" if safe in names.values() else safe
    return names
