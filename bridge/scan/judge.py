"""judge: the rules: what of all that a Reader meets is worth a finding.

Sees one thing at a time: its place, the names in its code, the kind of its value. Never
reads from the file.
"""

from dataclasses import dataclass, field

from bridge.scan import kinds as k
from bridge.scan.code import FUNCTIONS, PLAIN, PRIMITIVES, Code, as_words, is_relied_on
from bridge.scan.findings import Findings, Place

_FUNCTIONS = frozenset({k.CLOSURE, k.SPECIAL, k.BUILTIN})
_HOOKS = frozenset(
    {".First", ".First.sys", ".Last", ".Last.sys", ".onLoad", ".onAttach", ".onUnload"}
)
# Those that r/R/expose.R registers methods of the file for.
_GENERICS = (
    *("predict", "makepredictcall", "model.frame", "model.matrix", "terms", "formula", "family"),
    *("coef", "vcov", "fitted", "residuals", "simulate"),
)
_FORMULA_PARTS = (" attr variables", " attr predvars")
_OWN_PACKAGES = frozenset(
    {
        *("base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel"),
        *("splines", "stats", "stats4", "tcltk", "tools", "utils"),
    }
)
# R's own vectors in other clothes: the kind of each, and the kinds that its state may be.
_ALTREP = {
    "compact_intseq": (k.INTEGER, {k.DOUBLE}),
    "compact_realseq": (k.DOUBLE, {k.DOUBLE}),
    "deferred_string": (k.STRINGS, {k.PAIRLIST}),
    "wrap_integer": (k.INTEGER, {k.LIST, k.PAIRLIST}),
    "wrap_logical": (k.LOGICAL, {k.LIST, k.PAIRLIST}),
    "wrap_real": (k.DOUBLE, {k.LIST, k.PAIRLIST}),
    "wrap_complex": (k.COMPLEX, {k.LIST, k.PAIRLIST}),
    "wrap_raw": (k.RAW, {k.LIST, k.PAIRLIST}),
    "wrap_string": (k.STRINGS, {k.LIST, k.PAIRLIST}),
    "wrap_list": (k.LIST, {k.LIST, k.PAIRLIST}),
}
_MOST_ATTRIBUTES = 100
# Tables of S4 methods, by the names of classes, of which some are called like functions.
_METHOD_TABLES = ("$.MTable", "$.AllMTable")
# All that rlang's ~ calls.
_TILDE_CALLS = frozenset({"{", ".External2", "sys.call", "environment", "parent.frame"})
# All that the active bindings of a reference class with typed fields call.
_FIELD_CALLS = frozenset({"if", "missing", "{", ":::", ".setDummyField"})


@dataclass(slots=True)
class Item:
    """What those around an object need to know of it.

    ``name`` of a symbol or package; ``strings`` as far as they were asked for: of a character
    vector, or the classes of a list. ``code`` of a function; ``plain`` if it only computes.
    ``packaged``: an environment of a package, or within one.
    """

    kind: int
    name: str = ""
    strings: tuple[str, ...] = ()
    code: Code | None = None
    plain: bool = False
    packaged: bool = False

    @property
    def is_function(self) -> bool:
        return self.kind in _FUNCTIONS


@dataclass(slots=True)
class Attributes:
    """Those of one object."""

    items: dict[str, Item] = field(default_factory=dict)

    def add(self, name: str, item: Item) -> None:
        if len(self.items) < _MOST_ATTRIBUTES:
            self.items[name] = item

    @property
    def classes(self) -> tuple[str, ...]:
        return self.items["class"].strings if "class" in self.items else ()


def _is_of_field(binding: Item) -> bool:
    """True for the function that R makes for a typed field of a reference class."""
    code = binding.code
    return code is not None and code.calls <= _FIELD_CALLS and not code.compiled_otherwise()


def _is_of_rlang(tilde: Item) -> bool:
    """True for what rlang puts beside formulas, whose compiled code is rlang's own."""
    code = tilde.code
    return code is not None and code.calls <= _TILDE_CALLS and not code.compiled_otherwise()


def _is_doubtful(function: Item) -> bool:
    return bool(function.code.beyond_doubt()) if function.code else not function.plain


class Judge:
    """Turns what a Reader meets into findings."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._packages: set[str] = set()

    def malformed(self, place: Place, what: str) -> None:
        self._findings.add("malformed", place, what)

    def object(self, place: Place, name: str, value: Item) -> None:
        """An object of the workspace."""
        if name.startswith(".__T__"):
            self._findings.add("s4_methods", place, name[6:66])
        if not value.is_function:
            return
        if name in _HOOKS:
            self._findings.add("hook", place)
        elif name in FUNCTIONS:
            self._findings.add("function_masking", place, "not used by rbridge")
        elif any(name.startswith(generic + ".") for generic in _GENERICS):
            self._findings.add("method", place)

    def binding(self, place: Place, name: str, value: Item, active: bool) -> None:
        """A variable of an environment."""
        if active:
            self._findings.add("field" if _is_of_field(value) else "active_binding", place)
        if name == ".__NAMESPACE__.":
            self._findings.add("saved_namespace", place)
        elif value.is_function and is_relied_on(name) and _is_doubtful(value):
            table = place.parent is not None and place.parent.step in _METHOD_TABLES
            known = table or (name == "~" and _is_of_rlang(value))
            self._findings.add("function_masking" if known else "masking", place)

    def environment(self, place: Place, objects: int, size: int) -> None:
        """One that was read to its end; those of formulas are told."""
        if objects and place.step == " attr .Environment":
            self._findings.add("environment", place, f"objects: {objects}, bytes: {size}")

    def attributes(self, place: Place, found: Attributes) -> None:
        """All attributes of an object."""
        validity = found.items.get("validity")
        if found.classes[:1] == ("classRepresentation",) and validity and validity.is_function:
            self._findings.add("s4_class", place)

    def closure(self, place: Place, code: Code, env: Item) -> Item:
        """A function."""
        beyond = code.beyond_plain(env.packaged)
        detail = f"calls {as_words(beyond)}" if beyond else ""
        self._findings.add("function" if beyond else "plain_function", place, detail)
        self._compiled(place, code)
        return Item(k.CLOSURE, code=code, plain=not beyond)

    def promise(self, place: Place, code: Code, *, forced: bool, within: bool) -> None:
        """``within``: it stands where R keeps them, in an environment or in dots."""
        beyond = code.beyond_doubt()
        detail = f"calls {as_words(beyond)}" if beyond else ""
        if not within:
            self._findings.add("misplaced_promise", place, detail)
        elif not forced:
            self._findings.add("promise" if beyond else "plain_promise", place, detail)
            self._compiled(place, code)

    def language(self, place: Place, code: Code, head: str, attributes: Attributes) -> None:
        """A call of ``head``, with all that is in it."""
        effects = code.effects()
        if effects:
            formula = head == "~" or place.step in _FORMULA_PARTS
            kind = "formula_code" if formula or "formula" in attributes.classes else "call_code"
            self._findings.add(kind, place, f"calls {as_words(effects)}")

    def _compiled(self, place: Place, code: Code) -> None:
        if strange := code.compiled_otherwise():
            self._findings.add("bytecode", place, f"has {as_words(strange)} of its own")

    def primitive(self, place: Place, kind: int, name: str) -> Item:
        """A function that is part of R itself, by its name."""
        if name not in PRIMITIVES:
            self._findings.add("hidden_primitive", place, name[:40])
        return Item(kind, name=name, plain=name in PLAIN)

    def pointer(self, place: Place) -> None:
        """Every data.table has one, which it renews by itself."""
        if place.step != " attr .internal.selfref":
            self._findings.add("pointer", place)

    def weak(self, place: Place) -> None:
        self._findings.add("weak_reference", place)

    def package(self, place: Place, name: str) -> None:
        """A package whose environment the file refers to; told once."""
        package = name.removeprefix("package:")
        if package not in _OWN_PACKAGES and package not in self._packages:
            if len(self._packages) < _MOST_ATTRIBUTES:
                self._packages.add(package)
            self._findings.add("package", place, package[:100])

    def altrep(self, place: Place, name: str, package: str, kind: int, state: Item) -> None:
        """A vector that is made by the code of its class."""
        made, states = _ALTREP.get(name, (-1, set()))
        if package != "base" or made == -1:
            self._findings.add("altrep", place, f"class {name[:60]} of {package[:60]}")
        elif kind != made or state.kind not in states:
            self._findings.add("malformed", place, f"class {name}, made of something else")
