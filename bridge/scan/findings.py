"""findings: what is told of a file: how bad, where, what it is. Nothing of how it is found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum


class Severity(IntEnum):
    """REFUSE: can run, or break R, when the file is loaded or the model is asked."""

    NOTE = 0
    WARN = 1
    REFUSE = 2


# Each kind of finding, how bad it is, and what it means. docs/scan.md has a row for each.
KINDS: dict[str, tuple[Severity, str]] = {
    "unreadable": (Severity.REFUSE, "the file cannot be read to its end"),
    "too_large": (Severity.REFUSE, "the file is too large to be looked through"),
    "malformed": (Severity.REFUSE, "no R writes this, and R may crash when it reads it"),
    "promise": (Severity.REFUSE, "code that runs as soon as the value is looked at"),
    "misplaced_promise": (
        Severity.REFUSE,
        "a promise outside of any environment, which R never saves (CVE-2024-27322)",
    ),
    "active_binding": (Severity.REFUSE, "a variable that runs a function whenever it is read"),
    "altrep": (Severity.REFUSE, "a vector that code of its own makes while the file is loaded"),
    "saved_namespace": (Severity.REFUSE, "an environment that passes for a package"),
    "s4_methods": (Severity.REFUSE, "S4 methods that R would install for every later call"),
    "hidden_primitive": (Severity.REFUSE, "a function inside R that R code cannot reach"),
    "formula_code": (Severity.REFUSE, "a formula that does more than compute"),
    "masking": (Severity.REFUSE, "a function in the place of one of R's own, where R looks first"),
    "function_masking": (Severity.WARN, "an object called like a function of R"),
    "function": (Severity.WARN, "a function that does more than compute"),
    "method": (Severity.WARN, "a method for objects of the file, which predict() may call"),
    "bytecode": (Severity.WARN, "compiled code that differs from the source beside it"),
    "s4_class": (Severity.WARN, "an S4 class whose objects are checked or made by its own code"),
    "hook": (Severity.WARN, "a function that R calls by itself when it starts or ends"),
    "pointer": (Severity.WARN, "a pointer into another process's memory, empty once it is loaded"),
    "weak_reference": (Severity.WARN, "a weak reference, empty once it is loaded"),
    "call_code": (Severity.WARN, "a call that does more than compute, if it is evaluated"),
    "trailing_bytes": (Severity.WARN, "bytes after the end, which R does not read"),
    "plain_function": (Severity.NOTE, "a function that only computes"),
    "plain_promise": (Severity.NOTE, "an argument not yet evaluated, which only computes"),
    "field": (Severity.NOTE, "a field of a reference class, which checks what is put into it"),
    "package": (Severity.NOTE, "a package that R loads for it"),
    "environment": (Severity.NOTE, "an environment that comes along"),
}


@dataclass(slots=True)
class Place:
    """An object on the way from the file's root; ``step`` says where within it we are.

    ``names`` are known when the object has been read, and are kept if ``wanted``.
    """

    parent: "Place | None"
    step: str | int = ""
    names: tuple[str, ...] = ()
    wanted: bool = False


class Trail:
    """The place of a finding, taken down while the objects around it are still being read."""

    def __init__(self, place: Place | None) -> None:
        self._steps: list[tuple[Place, str | int]] = []
        while place is not None:
            place.wanted = True
            self._steps.append((place, place.step))
            place = place.parent
        self._steps.reverse()

    def __str__(self) -> str:
        steps = [_step(*step) for step in self._steps]
        if len(steps) > 24:  # a chain of environments
            steps[12:-12] = [" ... "]
        return "".join(steps).strip().removeprefix("$") or "the file"


def _step(place: Place, step: str | int) -> str:
    if isinstance(step, str):
        return step
    name = place.names[step] if step < len(place.names) else ""
    return f"${name}" if name else f"[[{step + 1}]]"


@dataclass(frozen=True, slots=True)
class Finding:
    """``detail`` says what in particular, such as the functions that code calls."""

    kind: str
    place: str
    detail: str = ""

    @property
    def severity(self) -> Severity:
        return KINDS[self.kind][0]

    @property
    def meaning(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return KINDS[self.kind][1] + detail

    def __str__(self) -> str:
        return f"{self.place}: {self.meaning}"


@dataclass(frozen=True, slots=True)
class Scan:
    """All findings of a file, the worst first; ``more`` counts those that are not told."""

    findings: tuple[Finding, ...]
    more: Counter[str] = field(default_factory=Counter)

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of this severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def counts(self) -> Counter[str]:
        """How many there are of each kind."""
        return Counter(finding.kind for finding in self.findings) + self.more


class Findings:
    """Collects findings, of each kind a bounded number; each is told once a place."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: list[tuple[str, Trail, str]] = []
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, place: Place | None, detail: str = "") -> None:
        self._counts[kind] += 1
        if self._counts[kind] <= self._most:
            self._found.append((kind, Trail(place), detail))

    def done(self) -> Scan:
        found = [Finding(kind, str(trail), detail) for kind, trail, detail in self._found]
        told = Counter(finding.kind for finding in found)
        return Scan(tuple(sorted(found, key=_worst_first)), self._counts - told)


def _worst_first(finding: Finding) -> int:
    return -finding.severity


def in_short(findings: Iterable[Finding], most: int) -> str:
    """The first few, one a line."""
    listed = list(findings)
    lines = [f"  {finding}"[:300] for finding in listed[:most]]
    more = len(listed) - most
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)
