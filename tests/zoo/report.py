"""report: the table of docs/fidelity.md."""

from collections.abc import Mapping
from pathlib import Path

from .case import Case, Expected
from .catalog import WITH_TOML
from .visit import WAYS, Visit
from .workshop import r_session

DOCUMENT = Path(__file__).parents[2] / "docs" / "fidelity.md"
HEADING = "## The table\n"
_COLUMNS = ("family", "package", "case", "rows", "values", *WAYS, "bridge.toml")


def table(visits: Mapping[str, Visit]) -> str:
    """A row per case in Markdown, and below it the sums."""
    lines = [_row(_COLUMNS), _row("---" for _ in _COLUMNS)]
    lines += [_row(_cells(name, visits[name])) for name in visits]
    return "\n".join(lines) + "\n\n" + summary(visits)


def _row(cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"  # type: ignore[call-overload]


def _cells(name: str, seen: Visit) -> list[object]:
    if seen.case is None:
        return ["", "", name, *["failed"] * (len(_COLUMNS) - 3)]
    toml = "yes" if seen.case.toml else ""
    if seen.expected is None:
        told = "failed" if seen.problems else "refused"
        return [seen.case.family, _packages(seen.case, ()), name, *[""] * 2, *[told] * 5, toml]
    counts = _counts(seen, seen.expected)
    packages = _packages(seen.case, seen.expected.versions)
    size = [seen.expected.batch.rows, seen.expected.batch.values]
    return [seen.case.family, packages, name, *size, *counts, toml]


def _counts(seen: Visit, wanted: Expected) -> list[object]:
    if not seen.differing:
        return ["failed"] * len(WAYS)
    never_asked = wanted.missing is None
    return [
        "" if way == "missing" and never_asked else seen.differing.get(way, "failed")
        for way in WAYS
    ]


def _packages(case: Case, versions: tuple[str, ...] | list[str]) -> str:
    if not versions:
        return ", ".join(case.packages)
    return ", ".join(f"{p} {v}" for p, v in zip(case.packages, versions, strict=True))


def summary(visits: Mapping[str, Visit]) -> str:
    """How many cases, values and differences there are, and with which R."""
    seen = visits.values()
    version, blas, _ = r_session()
    families = {visit.case.family for visit in seen if visit.case}
    values = sum(visit.compared for visit in seen)
    differing = sum(sum(visit.differing.values()) for visit in seen)
    failed = sum(bool(visit.problems) for visit in seen)
    plain = sum(name not in WITH_TOML for name in visits)
    return (
        f"{len(visits)} cases of {len(families)} families, {failed} failed; {values} values "
        f"compared, {differing} differ. {plain} cases ({plain / len(visits):.0%}) need no "
        f"bridge.toml. {version}, BLAS {Path(blas).name}.\n"
    )


def write(visits: Mapping[str, Visit]) -> None:
    """Replaces the table in docs/fidelity.md."""
    prose, heading, _ = DOCUMENT.read_text(encoding="utf-8").partition(HEADING)
    DOCUMENT.write_text(prose + heading + "\n" + table(visits), encoding="utf-8")
