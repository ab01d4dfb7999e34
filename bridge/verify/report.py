"""report: what came of a comparison, as one value that every output is made from."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from bridge.verify.compare import Comparison, Difference, Refusal

SHOWN = 10
IDENTICAL, DIFFERENT, NOTHING = "identical", "different", "nothing compared"


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file that the result depends on."""

    role: str
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was compared, with what, when and how."""

    command: str
    date: str
    seconds: float
    rows_per_request: int
    requests: int
    model: dict[str, str]
    fields: list[str]
    files: list[HashedFile]
    versions: dict[str, str]
    packages: dict[str, str]


@dataclass(frozen=True, slots=True)
class RefusedCount:
    """So many rows were refused for this reason, and the fresh session had that for them."""

    code: str
    outcome: str
    rows: int


@dataclass(frozen=True, slots=True)
class Report:
    """Counts, extremes and the first rows of each kind."""

    verdict: str
    rows: int
    identical: int
    differing: int
    refused: int
    replaced: int
    greatest_absolute: float | None
    greatest_relative: float | None
    differences: list[Difference]
    refusals: list[Refusal]
    refused_by_reason: list[RefusedCount]
    circumstances: Circumstances

    def json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return asdict(self)

    @property
    def is_identical(self) -> bool:
        """True if there are answers, and none differs."""
        return self.verdict == IDENTICAL

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        refused = f" {self.refused} row(s) were refused." if self.refused else ""
        if self.is_identical:
            return f"All {self.identical} answered row(s) are identical to the last bit.{refused}"
        if self.verdict == NOTHING:
            return f"Nothing could be compared: the service refused all {self.rows} row(s)."
        return f"{self.differing} of {self.rows} row(s) differ.{refused}"


def make_report(comparison: Comparison, circumstances: Circumstances) -> Report:
    """The report; differences and refusals are cut to the first few rows."""
    differences, refusals = comparison.differences, comparison.refusals
    reasons = Counter((refusal.code, refusal.outcome) for refusal in refusals)
    return Report(
        verdict=_verdict(comparison),
        rows=comparison.rows,
        identical=comparison.identical,
        differing=comparison.differing,
        refused=len(refusals),
        replaced=comparison.replaced,
        greatest_absolute=_greatest(d.absolute for d in differences),
        greatest_relative=_greatest(d.relative for d in differences),
        differences=differences[:SHOWN],
        refusals=refusals[:SHOWN],
        refused_by_reason=[RefusedCount(*key, rows) for key, rows in reasons.most_common()],
        circumstances=circumstances,
    )


def _greatest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _verdict(comparison: Comparison) -> str:
    if comparison.differing:
        return DIFFERENT
    return IDENTICAL if comparison.identical else NOTHING
