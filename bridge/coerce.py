"""coerce: makes a RawFrame exactly what the Schema says, or tells every reason why not.

Columns that fit, as most do, go through ``convert`` whole. Only a column that does not
is searched for its bad cells, and each meets the field's policy: the request is rejected,
or the cell becomes NA or another level, which the Frame then tells.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from bridge.cells import Cells, TextCells, Typed
from bridge.convert import MOST_TEXT, Unfit, converter, read_text
from bridge.errors import MOST_PROBLEMS, InvalidInput, Problem
from bridge.frame import ABSENT, Column, Frame, RawFrame, Replaced, Replacements
from bridge.policy import Action, Kind, Policies, Policy
from bridge.schema import Predictor, Schema
from bridge.show import SHOWN_LEVELS, clip, show, show_list
from bridge.texts import Codes, Texts

MOST_REPLACED = 100
_SOME = 16  # of fewer texts each is read by itself as fast
_KEEP = Policies()


class Coercer:
    """Coerces to one schema; safe to use again and again.

    ``replaced`` counts the cells that policies replaced, by field and kind of policy.
    """

    def __init__(
        self, schema: Schema, policies: Policies = _KEEP, most_text: int = MOST_TEXT
    ) -> None:
        """A text may have ``most_text`` characters."""
        self.schema = schema
        self.policies = policies
        self.most_text = most_text
        self.replaced: Counter[tuple[str, Kind]] = Counter()
        self._names = schema.names
        self._known = frozenset(schema.names)
        self._fields = [_Field(p, policies.of(p.name), most_text) for p in schema.predictors]

    def __call__(self, raw: RawFrame, most: int | None = MOST_PROBLEMS) -> Frame:
        """Frame with the schema's columns in the schema's order.

        Raises InvalidInput with at most so many problems.
        """
        columns: list[Any] = []
        missing, unfit = False, {}
        for field in self._fields:
            values = raw.columns.get(field.name)
            is_text = raw.text
            if is_text or type(values) is Cells:
                typed = field.typed(values)
                if typed is not None:
                    columns.append(typed.column)
                    missing = missing or typed.missing
                    continue
                if type(values) is Cells:
                    is_text, values = values.text, values.tolist()
            if values is not None and is_text:
                values = field.read(values)
            column = None if values is None else field.convert(values)
            if column is None:
                unfit[len(columns)] = values
            else:
                missing = missing or None in values  # type: ignore[operator]
            columns.append(column)
        if unfit or (self.schema.refuse_unknown and not raw.columns.keys() <= self._known):
            most = raw.rows * len(columns) if most is None else most
            return self._mend(raw, columns, missing, unfit, most)
        return Frame(self._names, tuple(columns), raw.rows, missing)

    def _mend(
        self, raw: RawFrame, columns: list[Any], missing: bool, unfit: dict[int, Any], most: int
    ) -> Frame:
        """The Frame, after the policies of the fields at the places of ``unfit``."""
        problems: list[Problem] = []
        mended = []
        for place, values in unfit.items():
            mend = self._fields[place].mend(values, raw.rows, most - len(problems))
            problems += mend.problems
            mended.append((place, mend))
        problems += self._unknown_fields(raw)
        if problems:
            raise InvalidInput(_by_row(problems[:most]))
        for place, mend in mended:
            columns[place] = self._fields[place].column(mend.cells)
            missing = missing or None in mend.cells
        replaced = self._count([mend for _, mend in mended])
        return Frame(self._names, tuple(columns), raw.rows, missing, replaced)

    def _unknown_fields(self, raw: RawFrame) -> list[Problem]:
        if not self.schema.refuse_unknown:
            return []
        return [_unknown(name) for name in raw.columns if name not in self._known]

    def _count(self, mends: list["_Mend"]) -> Replacements:
        for mend in mends:
            self.replaced.update(mend.counts)
        total = sum(mend.counts.total() for mend in mends)
        listed = sorted((r for mend in mends for r in mend.replaced), key=lambda r: r.row)
        return Replacements(total, tuple(listed[:MOST_REPLACED]))


class _Mend(NamedTuple):
    """A column after its field's policy, whose ``cells`` fit if there are no ``problems``."""

    cells: list[Any]
    problems: list[Problem]
    replaced: list[Replaced]
    counts: Counter[tuple[str, Kind]]


class _Field:
    """One predictor with all that is needed to convert its cells."""

    def __init__(self, predictor: Predictor, policy: Policy, most_text: int) -> None:
        self.name = predictor.name
        self.predictor = predictor
        self.column = converter(predictor, most_text)
        self._most_text = most_text
        self._levels = frozenset(predictor.levels)
        self._refuses_null = policy.null is None
        self._actions: dict[Kind, Action] = {
            "unseen": policy.unseen,
            "invalid": policy.invalid,
            "absent": policy.absent,
            "null": policy.null,
        }

    def convert(self, values: list[Any]) -> Column | None:
        """The typed column, or None if a cell does not fit."""
        if self._refuses_null and None in values:
            return None
        try:
            return self.column(values)
        except Unfit:
            return None

    def typed(self, values: Any) -> Typed | None:
        """The typed column of many cells, or None if a cell does not fit, or may not."""
        cells = values if type(values) is Cells else self._texts(values)
        if cells is None:
            return None
        found = None
        if self.predictor.type == "number":
            found = cells.numbers()
        else:
            found = cells.integers() if self.predictor.type == "integer" else None
            found = found or self._of_codes(*cells.coded(), cells.text)
        return None if found and found.missing and self._refuses_null else found

    def _texts(self, values: list[Any] | None) -> TextCells | None:
        if values is None or len(values) < _SOME or self.predictor.type == "string":
            return None
        return TextCells(values)

    def _of_codes(self, values: list[Any], codes: Codes, text: bool) -> Typed | None:
        """Of cells that are some of a few ``values``."""
        values = self.read(values) if text else values
        column: Any = self.convert(values)
        if column is None:
            return None
        typed = Texts.of(column, codes) if isinstance(column, list) else column[codes]
        return Typed(typed, None in values)

    def read(self, values: list[Any]) -> list[Any]:
        """CSV cells as the field's type; a cell that cannot be read stays text."""
        kind = "number" if self.predictor.numeric else self.predictor.type
        return read_text(values, kind, self._levels)

    def mend(self, values: list[Any] | None, rows: int, most: int) -> _Mend:
        """A column that does not fit, after the policy; with up to ``most`` problems."""
        if values is None:
            return self._mend_absent(rows)
        mend = _Mend(list(values), [], [], Counter())
        for row in self._bad_rows(values):
            if len(mend.problems) >= most:
                break
            self._replace(mend, row)
        return mend

    def _mend_absent(self, rows: int) -> _Mend:
        action = self._actions["absent"]
        if action is None:
            return _Mend([], [self._problem("absent", None, ABSENT)], [], Counter())
        cell = action.cell
        listed = [Replaced(r, self.name, ABSENT, cell) for r in range(min(rows, MOST_REPLACED))]
        return _Mend([cell] * rows, [], listed, Counter({(self.name, "absent"): rows}))

    def _bad_rows(self, values: list[Any], start: int = 0) -> Iterator[int]:
        """The rows that do not fit, by halves: a few among many are found soon."""
        if self.convert(values) is not None:
            return
        if len(values) == 1:
            yield start
            return
        middle = len(values) // 2
        yield from self._bad_rows(values[:middle], start)
        yield from self._bad_rows(values[middle:], start + middle)

    def _replace(self, mend: _Mend, row: int) -> None:
        value = mend.cells[row]
        kind = self._kind(value)
        action = self._actions[kind]
        if action is None:
            mend.problems.append(self._problem(kind, row, value))
            return
        mend.cells[row] = action.cell
        mend.counts[self.name, kind] += 1
        if len(mend.replaced) < MOST_REPLACED:
            shown = value if value is ABSENT else clip(value)
            mend.replaced.append(Replaced(row, self.name, shown, action.cell))

    def _kind(self, value: object) -> Kind:
        """Which policy a cell that does not fit comes under."""
        if value is ABSENT or value is None:
            return "absent" if value is ABSENT else "null"
        is_text = isinstance(value, str | int | float)
        return "unseen" if self.predictor.type == "factor" and is_text else "invalid"

    def _problem(self, kind: Kind, row: int | None, value: object) -> Problem:
        if kind == "absent":
            return Problem("missing_field", f"{self.name}: is missing", self.name, row)
        if kind == "null":
            return Problem("missing_value", f"{self.name}: must have a value", self.name, row)
        if kind == "unseen":
            levels = self.predictor.levels
            text = f"{self.name}: {show(value)} is not one of {show_list(levels)}"
            shown = levels[:SHOWN_LEVELS]
            return Problem("unseen_level", text, self.name, row, clip(value), shown)
        text = f"{self.name}: {show(value)} is not {self._expected(value)}"
        code = "non_finite_number" if _is_non_finite(value) else "wrong_type"
        return Problem(code, text, self.name, row, clip(value))

    def _expected(self, value: object) -> str:
        return {
            "number": "a number",
            "integer": "a whole number that fits 32 bits",
            "string": "a string" + (self._of_texts(value) if isinstance(value, str) else ""),
            "boolean": "true or false",
            "date": 'a date as "YYYY-MM-DD"',
            "datetime": 'a time as "YYYY-MM-DDTHH:MM:SSZ"',
            "factor": f"a string (one of {show_list(self.predictor.levels)})",
        }[self.predictor.type]

    def _of_texts(self, value: str) -> str:
        most = self._most_text
        return f" of at most {most} characters" if len(value) > most else " without NUL"


def _unknown(name: str) -> Problem:
    return Problem("unknown_field", f"{show(name)}: is not a field of this model", clip(name))


def _is_non_finite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _by_row(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: -1 if p.row is None else p.row)
