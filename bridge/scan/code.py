"""code: what a piece of R code calls, and whether that is more than to compute.

Judged by the names of what is called, for code is not run here. A name that is not known to
compute only is taken to do more: so a function is called plain too seldom, never too often,
unless something stands in the place of R's own functions, which is a finding by itself.

The names are in ``words``:

- ``functions``: those of base, stats, methods and utils, of R 4.2.
- ``plain``: that neither read nor write files, start programs, evaluate what was put together,
  call a function by its name, nor change what is not their own.
- ``effects``: that do; nothing that a model is predicted from needs them.
- ``higher``: plain, but they call what they are given.
- ``primitives``: what R code may call of R itself, beside the plain ones; R's table holds more.
"""

from dataclasses import dataclass, field
from pathlib import Path

_MOST_NAMES = 5_000


def _words(name: str) -> frozenset[str]:
    path = Path(__file__).parent / "words" / f"{name}.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


FUNCTIONS = _words("functions")
PLAIN = _words("plain")
EFFECTS = _words("effects")
HIGHER = _words("higher")
PRIMITIVES = PLAIN | _words("primitives")
# Functions that R code relies on wherever it is; not what users often call a function of theirs.
_OFTEN_OTHERS = {
    "beta",
    "coef",
    "family",
    "fitted",
    "offset",
    "predict",
    "residuals",
    "solve",
    "weights",
}
RELIED_ON = PLAIN - _OFTEN_OTHERS
# The generics among them, and the groups of generics.
_DISPATCHED = RELIED_ON | {"Ops", "Math", "Summary"}
# What compiled functions of a package are called by; the code itself is the package's.
NATIVE = frozenset({".Call", ".External", ".External2", ".C", ".Fortran"})
# A function that is only mentioned may be called by another name.
_BY_NAME = frozenset({"eval", "evalq", "system", "system2", "pipe", "source", "unlink", "do.call"})
# What gives a name to a value.
_NAMING = frozenset({"<-", "=", "<<-", "function", "for"})
# What the compiler calls what it keeps in between.
_COMPILERS = frozenset({"*tmp*", "*vtmp*", "*lhs*"})


@dataclass(slots=True)
class Code:
    """The names in a piece of code.

    ``calls``: where a function is called; ``names``: variables and strings; ``tags``: of
    arguments; ``strange``: that compiled code has and its source has not.
    """

    calls: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    strange: set[str] = field(default_factory=set)

    def effects(self) -> list[str]:
        """What it calls that does more than compute, for certain."""
        return sorted((self.calls | self.strange | self._handed_on()) & EFFECTS)

    def beyond_plain(self, packaged: bool = False) -> list[str]:
        """What it calls that is not known to compute only; the certain ones first.

        ``packaged``: it stands in a package, and finds the functions of that, compiled ones too.
        """
        own = (self.names | self.tags) - FUNCTIONS
        unknown = self.calls - PLAIN - own
        if packaged:
            unknown = (unknown & (FUNCTIONS | EFFECTS)) - NATIVE - {"<<-"}
        unknown |= (self.strange | self._handed_on()) & EFFECTS
        return sorted(unknown | self.names & _BY_NAME, key=lambda name: (name not in EFFECTS, name))

    def beyond_doubt(self) -> list[str]:
        """The same for code that runs by itself: nothing is taken for its own.

        What calls a function by its name counts, and so does a plain name that it may have
        given to something else.
        """
        unknown = (self.calls - RELIED_ON) | (self.calls & HIGHER) | set(self.compiled_otherwise())
        if self.calls & _NAMING:
            unknown |= (self.names | self.tags) & self.calls
        certain = self.beyond_plain()
        return certain + sorted(unknown.difference(certain))

    def carry(self, other: "Code") -> None:
        """Adds a function that stands in this code itself, not by its name."""
        for name in other.calls | other.strange:
            note(self.calls, name)
        for name in other.names:
            note(self.names, name)

    def _handed_on(self) -> set[str]:
        return self.names if self.calls & HIGHER else set()

    def compiled_otherwise(self) -> list[str]:
        """Names that cannot come from the source."""
        known = self.calls | self.names | self.tags | _COMPILERS
        return sorted(n for n in self.strange - known if n.removesuffix("<-") not in known)


def note(names: set[str], name: str) -> None:
    """Adds a name, of a bounded number."""
    if len(names) < _MOST_NAMES:
        names.add(name)


def as_words(names: list[str], most: int = 5) -> str:
    """The first few, for a message."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(name[:40] for name in names[:most]) + more


def is_relied_on(name: str) -> bool:
    """True for a function of ``RELIED_ON``, and for a method of one, such as [.factor."""
    if name in RELIED_ON:
        return True
    parts = name[:200].split(".")
    return any(".".join(parts[:end]) in _DISPATCHED for end in range(1, len(parts)))
