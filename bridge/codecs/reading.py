"""Reading: what a decoder must know of the model whose requests it reads. Pure data."""

from dataclasses import dataclass, field, replace

from bridge.errors import BodyTooLarge, WrongShape
from bridge.schema import Schema

# A cell of a binary body counts as so many bytes, since so many it takes once it is read.
CELL_BYTES = 8
MOST_BYTES = 25 * 2**20
# Keys of JSON bodies that mean something of their own, unless the model has such a field.
TABLES = ("instances", "inputs", "dataframe_split", "dataframe_records")
PARAMETERS = ("params", "parameters")
_CONVENTIONS = frozenset(("features", "data", *TABLES, *PARAMETERS))


@dataclass(frozen=True, slots=True)
class Reading:
    """``names`` are the model's fields in order; without them nothing is read by position.

    ``dates`` are those that are days. ``csv_header`` None: the first line tells.
    ``most`` bytes a body may have once it is unpacked. ``lenient``: lines that are no records
    are told as ``RawFrame.broken`` and refuse nothing. With ``schema`` Arrow may read columns
    whole, as ``Cells``.
    """

    names: tuple[str, ...] = ()
    dates: frozenset[str] = frozenset()
    csv_header: bool | None = None
    most: int = MOST_BYTES
    lenient: bool = False
    schema: Schema | None = None
    conventions: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "conventions", _CONVENTIONS.difference(self.names))

    @classmethod
    def of(
        cls, schema: Schema, csv_header: bool | None, most: int, lenient: bool = False
    ) -> "Reading":
        """For the model with this schema."""
        dates = frozenset(p.name for p in schema.predictors if p.type == "date")
        return cls(schema.names, dates, csv_header, most, lenient)

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


PLAIN = Reading()
