"""Reading: what a decoder must know of the model whose requests it reads. Pure data."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bridge.config import Settings
from bridge.errors import BodyTooLarge, TooManyColumns, TooManyRows, WrongShape
from bridge.schema import Schema

# A cell of a binary body counts as so many bytes, since so many it takes once it is read.
CELL_BYTES = 8
MOST_BYTES = 25 * 2**20
MOST_ROWS = 10_000_000
MOST_COLUMNS = 10_000
# Records may lack fields that others have, but not have us make up cells by the million.
FREE_CELLS = 4_000_000
CELLS_PER_VALUE = 10
# Keys of JSON bodies that mean something of their own, unless the model has such a field.
TABLES = ("instances", "inputs", "dataframe_split", "dataframe_records")
PARAMETERS = ("params", "parameters")
_CONVENTIONS = frozenset(("features", "data", *TABLES, *PARAMETERS))


class Sizes(NamedTuple):
    """What a request may hold: ``size`` bytes once it is unpacked, records, and their fields."""

    size: int = MOST_BYTES
    rows: int = MOST_ROWS
    columns: int = MOST_COLUMNS

    @classmethod
    def of(cls, settings: Settings) -> "Sizes":
        """As the settings say."""
        size = int(settings.max_body_mb * 2**20)
        return cls(size, settings.max_rows, settings.max_columns)


@dataclass(frozen=True, slots=True)
class Reading:
    """``names`` are the model's fields in order; without them nothing is read by position.

    ``dates`` are those that are days. ``csv_header`` None: the first line tells.
    ``most`` bytes a body may have once it is unpacked, ``most_rows`` and ``most_columns`` its
    records. ``lenient``: lines that are no records are told as ``RawFrame.broken`` and refuse
    nothing. With ``schema`` Arrow may read columns whole, as ``Cells``.
    """

    names: tuple[str, ...] = ()
    dates: frozenset[str] = frozenset()
    csv_header: bool | None = None
    most: int = MOST_BYTES
    lenient: bool = False
    most_rows: int = MOST_ROWS
    most_columns: int = MOST_COLUMNS
    schema: Schema | None = None
    conventions: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "conventions", _CONVENTIONS.difference(self.names))

    @classmethod
    def of(
        cls, schema: Schema, csv_header: bool | None, sizes: Sizes, lenient: bool = False
    ) -> "Reading":
        """For the model with this schema."""
        dates = frozenset(p.name for p in schema.predictors if p.type == "date")
        return cls(schema.names, dates, csv_header, sizes.size, lenient, sizes.rows, sizes.columns)

    def by_arrow(self, schema: Schema) -> "Reading":
        """The same for a process that may die of what it reads, as with Arrow it may."""
        return replace(self, schema=schema)

    def told(self) -> str:
        """The fields, for an error."""
        count = len(self.names)
        names = ", ".join(self.names)
        more = names if len(names) < 200 else names[:200] + "..."
        return f"{count} field{'s' * (count != 1)} ({more})"

    def check_width(self, row: int, cells: int) -> None:
        """Raises WrongShape unless a row by position has one cell a field."""
        if cells != len(self.names):
            raise WrongShape(
                f"row {row} has {cells} values, the model {self.told()}, in this order"
            )

    def check_size(self, size: int) -> None:
        """Raises BodyTooLarge if a body of ``size`` bytes, unpacked, is too large."""
        if size > self.most:
            raise BodyTooLarge(f"the body is larger than {self.most} bytes once it is unpacked")

    def check_shape(self, rows: int, columns: int) -> None:
        """Raises TooManyRows or TooManyColumns."""
        if rows > self.most_rows:
            raise TooManyRows(
                f"the body holds {rows} records, and a request may have {self.most_rows}; "
                "send them in parts"
            )
        if columns > self.most_columns:
            raise TooManyColumns(
                f"the records have {columns} fields, and a request may have {self.most_columns}"
            )

    def holds(self, rows: int, columns: int) -> bool:
        """True if a request may be of this shape."""
        return rows <= self.most_rows and columns <= self.most_columns

    def check_cells(self, rows: int, columns: int, values: int) -> None:
        """Raises TooManyColumns if ``values`` are few for so many rows and columns."""
        self.check_shape(rows, columns)
        if rows * columns > max(FREE_CELLS, CELLS_PER_VALUE * values):
            raise TooManyColumns(
                f"the {rows} records have {columns} different fields, and each only a few of them"
            )


PLAIN = Reading()
