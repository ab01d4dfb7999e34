"""Schema: the fields that a model takes, by name, type and factor levels. Pure data."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

FieldType = Literal["number", "integer", "string", "boolean", "date", "datetime", "factor"]
FIELD_TYPES: tuple[str, ...] = get_args(FieldType)


@dataclass(frozen=True, slots=True)
class Predictor:
    """One field. ``levels`` are the factor levels allowed, in R's order; else empty.

    ``numeric``: the levels are those of ``factor(x)`` in the formula, of an x that is a number.
    """

    name: str
    type: FieldType
    levels: tuple[str, ...] = ()
    ordered: bool = False
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields a request must have, in the order in which R gets them."""

    predictors: tuple[Predictor, ...]
    refuse_unknown: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(predictor.name for predictor in self.predictors)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Schema":
        """The schema of which ``data`` is the ``dataclasses.asdict``."""
        predictors = [Predictor(**{**p, "levels": tuple(p["levels"])}) for p in data["predictors"]]
        return cls(tuple(predictors), data["refuse_unknown"])

    @classmethod
    def from_r(cls, fields: list[dict[str, Any]], refuse_unknown: bool) -> "Schema":
        """The schema of the ``fields`` that ``r/R/describe.R`` tells."""
        predictors = [
            Predictor(
                f["name"][0], f["type"][0], tuple(f["levels"]), f["ordered"][0], f["numeric"][0]
            )
            for f in fields
        ]
        return cls(tuple(predictors), refuse_unknown)
