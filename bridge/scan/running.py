"""running: the part of the grammar that can run: functions, promises, environments, pointers.

Part of ``reader``, which it asks for all that is within these objects.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.scan import kinds as k
from bridge.scan.code import Code
from bridge.scan.compiled import read_compiled
from bridge.scan.findings import Place
from bridge.scan.judge import Attributes, Item
from bridge.scan.limits import Unreadable

if TYPE_CHECKING:
    from bridge.scan.reader import Reader

_NOTHING = Item(k.NULL)
_ENVIRONMENT_OR_NULL = k.ENVIRONMENTS | {k.NULL}
_NAME_BYTES = 200
_MOST_WORDS = 100  # of the name of a package


class Running:
    """One method for each kind of object."""

    def __init__(self, reader: "Reader") -> None:
        self._reader = reader

    def handlers(self) -> dict[int, Callable[[int, Place], Item]]:
        return {
            k.CLOSURE: self._closure,
            k.PROMISE: self.promise,
            k.BYTECODE: self._bytecode,
            k.ENVIRONMENT: self._environment,
            k.NAMESPACE: self._package,
            k.PACKAGE: self._package,
            k.SPECIAL: self._primitive,
            k.BUILTIN: self._primitive,
            k.POINTER: self._pointer,
            k.WEAK: self._weak,
            k.S4: self._s4,
            k.ALTREP: self._altrep,
        }

    def _closure(self, flags: int, place: Place) -> Item:
        reader = self._reader
        reader.attributes_of(flags, place)
        env = self._surroundings(flags, place)
        outer, code = reader.code, Code()
        reader.code = code
        formals = reader.read(place)
        reader.note(reader.read(place), called=False)
        reader.code = outer
        if env.kind not in _ENVIRONMENT_OR_NULL or formals.kind not in (k.PAIRLIST, k.NULL):
            reader.judge.malformed(place, "a function that is made of something else")
        return reader.judge.closure(place, code, env)

    def promise(self, flags: int, place: Place, within: bool = False) -> Item:
        """What it stands for, if R has evaluated it; ``within`` is that of ``Judge.promise``."""
        reader = self._reader
        reader.attributes_of(flags, place)
        env = self._surroundings(flags, place)
        outer, reader.code = reader.code, None
        value = reader.argument(place, may_promise=within)
        code = reader.code = Code()
        reader.note(reader.argument(place, may_promise=within), called=False)
        reader.code = outer
        if env.kind not in _ENVIRONMENT_OR_NULL:
            reader.judge.malformed(place, "a promise that is made of something else")
        forced = value.kind != k.UNBOUND
        reader.judge.promise(place, code, forced=forced, within=within)
        return value if forced else Item(k.PROMISE)

    def _surroundings(self, flags: int, place: Place) -> Item:
        """The environment of a function or promise."""
        if not flags & k.HAS_TAG:
            return _NOTHING
        return self._reader.read(Place(place, " environment"))

    def _bytecode(self, flags: int, place: Place) -> Item:
        reader = self._reader
        outer = reader.code
        code = reader.code = outer or Code()
        read_compiled(reader, place, code)
        reader.code = outer
        reader.attributes_of(flags, place)
        if outer is None:
            reader.judge.language(place, code, "", Attributes())
        return Item(k.BYTECODE)

    def _environment(self, flags: int, place: Place) -> Item:
        reader, inner = self._reader, Place(place)
        reader.integer()  # whether it is locked
        item = reader.share(Item(k.ENVIRONMENT))
        code, reader.code = reader.code, None
        inner.step = " enclosure"
        enclosure = reader.read(inner)
        item.packaged = enclosure.packaged
        if enclosure.kind not in _ENVIRONMENT_OR_NULL:
            reader.judge.malformed(place, "an environment within something else")
        inner.step, before = "", reader.source.offset
        objects = self._frame(inner) + self._table(inner)
        reader.judge.environment(place, objects, reader.source.offset - before)
        reader.attributes(inner)
        reader.code = code
        return item

    def _frame(self, place: Place) -> int:
        """How many variables a chain of them has."""
        count = 0
        for name, value, flags in self._reader.bindings(self._reader.integer(), place, within=True):
            self._reader.judge.binding(place, name, value, active=bool(flags & k.ACTIVE_BINDING))
            count += 1
        return count

    def _table(self, place: Place) -> int:
        """A hash table: a list of chains."""
        reader = self._reader
        flags = reader.integer()
        if flags & 255 == k.LIST:
            count = sum(self._frame(place) for _ in range(reader.length()))
            reader.attributes_of(flags, place)
            return count
        if flags & 255 != k.NULL:
            reader.judge.malformed(place, "variables that are no table")
            reader.item(flags, place)
        return 0

    def _package(self, flags: int, place: Place) -> Item:
        reader = self._reader
        if reader.integer() != 0 or not 0 < (count := reader.integer()) <= _MOST_WORDS:
            raise Unreadable("it refers to a package in a way that R does not")
        name, *_ = [reader.string(_NAME_BYTES) for _ in range(count)]
        reader.judge.package(place, name)
        return reader.share(Item(flags & 255, name=name, packaged=True))

    def _primitive(self, flags: int, place: Place) -> Item:
        reader = self._reader
        length = reader.integer()
        if not 0 <= length <= _NAME_BYTES:
            raise Unreadable("the name of a function is too long")
        name = reader.source.text(length, length)
        reader.attributes_of(flags, place)
        return reader.judge.primitive(place, flags & 255, name)

    def _pointer(self, flags: int, place: Place) -> Item:
        reader = self._reader
        item = reader.share(Item(k.POINTER))
        reader.judge.pointer(place)
        inner = Place(place, " of the pointer")
        reader.read(inner)
        reader.read(inner)
        reader.attributes_of(flags, place)
        return item

    def _weak(self, flags: int, place: Place) -> Item:
        item = self._reader.share(Item(k.WEAK))
        self._reader.judge.weak(place)
        self._reader.attributes_of(flags, place)
        return item

    def _s4(self, flags: int, place: Place) -> Item:
        attributes = self._reader.attributes_of(flags, place)
        return Item(k.S4, strings=attributes.classes)

    def _altrep(self, flags: int, place: Place) -> Item:
        name, package, kind = self._altrep_class(place)
        state = self._reader.read(Place(place, " state"))
        self._reader.judge.altrep(place, name, package, kind, state)
        self._reader.attributes(place)
        return Item(kind & 255)

    def _altrep_class(self, place: Place) -> tuple[str, str, int]:
        """Class, package and kind of vector: two symbols and a number."""
        reader = self._reader
        values: list[Item] = []
        kind, flags = -1, reader.integer()
        while flags & 255 == k.PAIRLIST and len(values) < 3:
            reader.cell(flags, place)
            value_flags = reader.integer()
            if value_flags == k.INTEGER and len(values) == 2 and reader.length() == 1:
                values.append(_NOTHING)
                kind = reader.integer()
            else:
                values.append(reader.item(value_flags, place))
            flags = reader.integer()
        if flags & 255 != k.NULL or kind < 0:
            raise Unreadable("a vector has a class that R does not write")
        return values[0].name, values[1].name, kind
