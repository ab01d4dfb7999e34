"""reader: walks the objects of a file in the order in which R would make them.

Owns the grammar of the format: vectors, attributes and cells here, what can run in
``running``. Each method reads one kind of object to its end and returns what those around it
need to know of it; what is worth telling goes to the Judge. Chains of cells are walked in a
loop, what is within another by recursion, to the depth of ``Limits``.
"""

from collections.abc import Callable, Iterator

from bridge.scan import kinds as k
from bridge.scan.code import Code, note
from bridge.scan.findings import Place
from bridge.scan.judge import Attributes, Item, Judge
from bridge.scan.limits import Limits, TooLarge, Unreadable
from bridge.scan.running import Running
from bridge.scan.source import Source

Handler = Callable[[int, Place], Item]
PLAIN_ITEMS = [Item(kind, packaged=kind == k.BASE_NAMESPACE) for kind in range(256)]
NO_ATTRIBUTES = Attributes()
_BYTES_OF_A_WORD = 4
_NAME_BYTES, _MOST_NAMES = 200, 100_000
_KEPT = {"class": 100, "package": 1}
MEMBER = ("::", ":::")  # their second argument is what they stand for
_NOTED = (k.SYMBOL, k.STRINGS, k.CLOSURE, k.SPECIAL, k.BUILTIN)
_CONSTANTS = (k.BASE_ENV, k.EMPTY_ENV, k.BASE_NAMESPACE, *range(k.MISSING_ARG, k.NULL + 1))


class Reader:
    """Reads one file; raises Unreadable and TooLarge.

    ``code`` is that of the function, promise or call that is being read, if any.
    """

    def __init__(self, source: Source, judge: Judge, limits: Limits) -> None:
        self.source, self.judge, self.limits = source, judge, limits
        self.integer = source.integer
        self.code: Code | None = None
        self._shared: list[Item] = []
        self._items = self._depth = 0
        self._running = Running(self)
        self._handlers: dict[int, Handler] = {
            **dict.fromkeys(k.WIDTHS, self._numbers),
            **dict.fromkeys(k.CELLS, self._cells),
            **dict.fromkeys((k.LIST, k.EXPRESSION), self.list),
            **dict.fromkeys(_CONSTANTS, self._constant),
            k.STRINGS: self.strings,
            k.REFERENCE: self._reference,
            k.SYMBOL: self._symbol,
            **self._running.handlers(),
        }

    def read(self, place: Place) -> Item:
        """The next object."""
        return self.item(self.integer(), place)

    def item(self, flags: int, place: Place) -> Item:
        """The object that these flags begin."""
        self.count(1)
        self.enter()
        handler = self._handlers.get(flags & 255)
        if handler is None:
            raise Unreadable(f"it holds something of type {flags & 255}, which R does not read")
        item = handler(flags, place)
        self.leave()
        return item

    def count(self, items: int) -> None:
        self._items += items
        if self._items > self.limits.items:
            raise TooLarge(f"holds more than {self.limits.items} objects and strings")

    def enter(self) -> None:
        """Begins what is within another object, until ``leave``."""
        self._depth += 1
        if self._depth > self.limits.depth:
            raise TooLarge(f"holds objects more than {self.limits.depth} deep within each other")

    def leave(self) -> None:
        self._depth -= 1

    # What others refer to.

    def share(self, item: Item) -> Item:
        """Gives it the next number by which the file may refer to it."""
        if len(self._shared) >= self.limits.shared:
            raise TooLarge(f"holds more than {self.limits.shared} names and environments")
        self._shared.append(item)
        return item

    def _reference(self, flags: int, place: Place) -> Item:
        index = (flags >> 8) or self.integer()
        if not 0 < index <= len(self._shared):
            raise Unreadable("it refers to an object that it does not hold")
        return self._shared[index - 1]

    def _symbol(self, flags: int, place: Place) -> Item:
        return self.share(Item(k.SYMBOL, name=self.string(_NAME_BYTES)))

    def _constant(self, flags: int, place: Place) -> Item:
        return PLAIN_ITEMS[flags & 255]

    # Vectors.

    def length(self) -> int:
        length = self.integer()
        if length >= 0:
            return length
        high, low = self.integer(), self.integer()
        if length != -1 or not 0 <= high <= 65536:
            raise Unreadable("a length is negative")
        return (high << 32) + (low & 0xFFFFFFFF)

    def _numbers(self, flags: int, place: Place) -> Item:
        kind = flags & 255
        count = self.length() * (2 if kind == k.COMPLEX else 1)
        if self.source.is_words:
            self.count(count)
        self.source.pass_over(count, k.WIDTHS[kind])
        self.attributes_of(flags, place)
        return PLAIN_ITEMS[kind]

    def strings(self, flags: int, place: Place, keep: int = 0) -> Item:
        """A character vector, of which the first few strings are kept."""
        length = self.length()
        kept = tuple([self.string(_NAME_BYTES) for _ in range(min(length, keep))])
        for _ in range(length - len(kept)):
            self.string(0)
        self.attributes_of(flags, place)
        return Item(k.STRINGS, strings=kept) if kept else PLAIN_ITEMS[k.STRINGS]

    def string(self, keep: int) -> str:
        self.count(1)
        flags = self.integer()
        if flags & 255 != k.CHARACTER:
            raise Unreadable("something that is no string stands where one must be")
        length = self.integer()
        if length < -1:
            raise Unreadable("a length is negative")
        if self.source.is_words:
            self.count(max(length, 0) // _BYTES_OF_A_WORD)
        text = self.source.text(length, keep) if length > 0 else ""
        if flags & k.HAS_ATTRIBUTES:
            self.read(Place(None))
        return text

    def list(self, flags: int, place: Place, bundle: bool = False) -> Item:
        """A list; the functions in a ``bundle`` are judged as objects of a workspace.

        What a list within code holds is data, and no part of that code.
        """
        inner, functions = Place(place), []
        code, self.code = self.code, None
        for index in range(self.length()):
            inner.step = index
            if self.read(inner).is_function and bundle:
                functions.append(index)
                inner.wanted = True
        self.code = code
        attributes = self.attributes_of(flags, place, inner)
        for index in functions:
            if index < len(inner.names):
                inner.step = index
                self.judge.object(inner, inner.names[index], PLAIN_ITEMS[k.CLOSURE])
        return Item(flags & 255, strings=attributes.classes)

    # Attributes.

    def attributes_of(self, flags: int, place: Place, owner: Place | None = None) -> Attributes:
        """Those that the flags announce; gives ``owner`` the names that it wants."""
        if not flags & k.HAS_ATTRIBUTES:
            return NO_ATTRIBUTES
        return self.attributes(place, owner, s4=flags & 255 == k.S4)

    def attributes(
        self, place: Place, owner: Place | None = None, *, s4: bool = False
    ) -> Attributes:
        """A list of attributes, or the slots of an S4 object; never part of the code around."""
        found, inner = Attributes(), Place(place)
        code, self.code = self.code, None
        flags = self.integer()
        while flags & 255 == k.PAIRLIST:
            name = self.cell(flags, inner)[1]
            inner.step = f"@{name}" if s4 else f" attr {name}"
            if name == "names" and owner is not None and owner.wanted:
                owner.names = self.argument(inner, keep=_MOST_NAMES).strings
            else:
                found.add(name, self.argument(inner, keep=_KEPT.get(name, 0)))
            flags = self.integer()
        if flags & 255 != k.NULL:
            self.judge.malformed(place, "attributes that are no list")
            self.item(flags, inner)
        self.code = code
        self.judge.attributes(place, found)
        return found

    # Cells: pairlists and calls.

    def cell(self, flags: int, place: Place) -> tuple[Attributes, str]:
        """All of a cell that comes before its value: attributes and tag."""
        self.count(1)
        attributes = self.attributes_of(flags, place)
        if not flags & k.HAS_TAG:
            return attributes, ""
        tag = self.read(place)
        if tag.kind not in (k.SYMBOL, k.NULL):
            self.judge.malformed(place, "a tag that is no name")
        if self.code is not None and tag.name:
            note(self.code.tags, tag.name)
        return attributes, tag.name

    def bindings(self, flags: int, place: Place, within: bool) -> Iterator[tuple[str, Item, int]]:
        """Name, value and flags of each cell of a frame, which may hold promises ``within``."""
        while flags & 255 == k.PAIRLIST:
            name = self.cell(flags, place)[1]
            place.step = f"${name}"
            yield name, self.argument(place, may_promise=within), flags
            flags = self.integer()
        if flags & 255 != k.NULL:
            self.judge.malformed(place, "variables that are no list")
            self.item(flags, place)

    def _cells(self, flags: int, place: Place) -> Item:
        if flags & 255 != k.LANGUAGE or self.code is not None:
            self._walk(flags, place)
            return PLAIN_ITEMS[flags & 255]
        code = self.code = Code()
        attributes, head = self._walk(flags, place)
        self.code = None
        self.judge.language(place, code, head, attributes)
        return PLAIN_ITEMS[k.LANGUAGE]

    def _walk(self, flags: int, place: Place) -> tuple[Attributes, str]:
        """A chain of cells to its end; the attributes of the first, and what it calls."""
        inner, first, head, index = Place(place), NO_ATTRIBUTES, "", 0
        is_call, may_promise = flags & 255 == k.LANGUAGE, flags & 255 == k.DOTS
        while flags & 255 in k.CELLS:
            attributes, tag = self.cell(flags, inner)
            first = attributes if index == 0 else first
            inner.step = f"${tag}" if tag else index
            called = is_call and (index == 0 or (index == 2 and head in MEMBER))
            value = self.argument(inner, may_promise=may_promise, keep=1 if self.code else 0)
            name = self.note(value, called)
            head = head if index else name
            flags, index = self.integer(), index + 1
        if flags & 255 != k.NULL:
            self.item(flags, inner)
        return first, head

    def argument(self, place: Place, *, may_promise: bool = False, keep: int = 0) -> Item:
        """The value of a cell: an object, of whose strings the first few are kept."""
        flags = self.integer()
        if flags & 255 == k.PROMISE and may_promise:
            return self._running.promise(flags, place, within=True)
        if flags & 255 == k.STRINGS and keep:
            return self.strings(flags, place, keep)
        return self.item(flags, place)

    def note(self, value: Item, called: bool) -> str:
        """Adds a name, or a function itself, to the code that is being read; returns the name."""
        name = value.strings[0] if value.kind == k.STRINGS and value.strings else value.name
        if self.code is None or value.kind not in _NOTED:
            return name
        if value.code is not None:
            self.code.carry(value.code)
        elif name:
            note(self.code.calls if called or value.is_function else self.code.names, name)
        return name
