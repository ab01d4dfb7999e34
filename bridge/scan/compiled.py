"""compiled: functions as R's compiler left them: numbers, and constants that they use.

The first constant is the source. The names that the numbers call by are constants too, so
code that differs from its source, and calls something else, has a name that the source lacks.
Some constants are calls around the code, kept for error messages.
"""

from typing import TYPE_CHECKING

from bridge.scan import kinds as k
from bridge.scan.code import EFFECTS, Code, note
from bridge.scan.findings import Place
from bridge.scan.judge import Item
from bridge.scan.limits import Unreadable

if TYPE_CHECKING:
    from bridge.scan.reader import Reader

_IN_CALLS = frozenset(
    {k.BC_REFERENCE, k.BC_DEFINITION, k.ATTR_LANGUAGE, k.ATTR_PAIRLIST, k.LANGUAGE, k.PAIRLIST}
)
_CALL = Item(k.LANGUAGE)
_WITH_ATTRIBUTES = {k.ATTR_LANGUAGE: k.LANGUAGE, k.ATTR_PAIRLIST: k.PAIRLIST}


def read_compiled(reader: "Reader", place: Place, code: Code) -> None:
    """Compiled code to its end; its calls and names go to ``code``."""
    repeats = reader.integer()
    if not 0 < repeats <= reader.limits.shared:
        raise Unreadable("compiled code repeats itself in an impossible way")
    _Compiled(reader, repeats, code).read(place)


class _Compiled:
    """Calls that stand in it several times are written once, and then by their number."""

    def __init__(self, reader: "Reader", repeats: int, code: Code) -> None:
        self._reader, self._repeats, self._code = reader, repeats, code

    def read(self, place: Place) -> None:
        reader, code = self._reader, self._code
        if reader.read(place).kind != k.INTEGER:
            reader.judge.malformed(place, "compiled code that is no code")
        symbols: set[str] = set()
        around = Code()
        for index in range(reader.integer()):
            reader.code = around if index else code
            constant = self._constant(place)
            if constant.kind == k.SYMBOL:
                note(symbols, constant.name)
            if not index:
                reader.note(constant, called=False)
        reader.code = code
        code.strange |= symbols - around.tags
        code.strange |= (around.calls - code.calls) & EFFECTS

    def _constant(self, place: Place) -> Item:
        reader, kind = self._reader, self._reader.integer()
        if kind in _IN_CALLS:
            return self._call(kind, place)
        if kind != k.BYTECODE:
            return reader.read(place)
        reader.enter()
        outer, reader.code = reader.code, self._code
        self.read(place)
        reader.code = outer
        reader.leave()
        return _CALL

    def _call(self, kind: int, place: Place) -> Item:
        """A call or pairlist, cell by cell."""
        reader, index, head, is_call = self._reader, 0, "", False
        reader.enter()
        while kind in _IN_CALLS and kind != k.BC_REFERENCE:
            kind = self._opened(kind, place)
            is_call = is_call if index else kind == k.LANGUAGE
            called = is_call and (index == 0 or (index == 2 and head in ("::", ":::")))
            name = self._value(place, called)
            head = head if index else name
            kind, index = reader.integer(), index + 1
        self._closed(kind, place)
        reader.leave()
        return _CALL

    def _opened(self, kind: int, place: Place) -> int:
        """A cell up to its value; whether it is one of a call or of a pairlist."""
        reader = self._reader
        reader.count(1)
        if kind == k.BC_DEFINITION:
            self._check(reader.integer())
            kind = reader.integer()
        if kind in _WITH_ATTRIBUTES:
            reader.attributes(place)
            kind = _WITH_ATTRIBUTES[kind]
        if kind not in (k.LANGUAGE, k.PAIRLIST):
            raise Unreadable("compiled code holds a call that is none")
        tag = reader.read(place).name
        if tag and reader.code is not None:
            note(reader.code.tags, tag)
        return kind

    def _value(self, place: Place, called: bool) -> str:
        reader, kind = self._reader, self._reader.integer()
        if kind in _IN_CALLS:
            self._call(kind, place)
            return ""
        return reader.note(reader.argument(place, keep=1), called)

    def _closed(self, kind: int, place: Place) -> None:
        if kind == k.BC_REFERENCE:
            self._check(self._reader.integer())
        else:
            self._reader.read(place)

    def _check(self, index: int) -> None:
        if not 0 <= index < self._repeats:
            raise Unreadable("compiled code refers to a call that it does not hold")
