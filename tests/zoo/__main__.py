"""The program: ``python -m tests.zoo [--write] [CASE ...]``; see docs/fidelity.md."""

import argparse
import sys
import tempfile
from pathlib import Path

from . import report
from .catalog import CASES
from .visit import Visit
from .zoo import Zoo


def main() -> int:
    """Visits the cases, prints the table; the exit status: 0 if none failed."""
    parser = argparse.ArgumentParser(prog="scripts/fidelity", description=report.__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/fidelity.md")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="default: all")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    visits = _visit(arguments.cases or CASES)
    print(report.table(visits))  # noqa: T201
    failed = {name: seen.problems for name, seen in visits.items() if seen.problems}
    for name, problems in failed.items():
        print(name, *problems, sep="\n  ", file=sys.stderr)  # noqa: T201
    if arguments.write:
        report.write(visits)
    return 1 if failed else 0


def _visit(names: list[str]) -> dict[str, Visit]:
    with tempfile.TemporaryDirectory() as logs, Zoo(names, Path(logs)) as zoo:
        return {name: _told(name, zoo.visit(name)) for name in names}


def _told(name: str, seen: Visit) -> Visit:
    print(name, "FAILED" if seen.problems else "", file=sys.stderr, flush=True)  # noqa: T201
    return seen


if __name__ == "__main__":
    sys.exit(main())
