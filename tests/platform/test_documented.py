"""docs/contract.md and docs/reliability.md name tests that exist."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"


@pytest.mark.parametrize(("document", "least"), [("contract.md", 80), ("reliability.md", 40)])
def test_every_test_that_a_document_names_is_there(document: str, least: int) -> None:
    text = (DOCS / document).read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)::(test_\w+)`", text)
    there = {
        (file.stem, name)
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > least
    assert set(named) - there == set()


def test_every_row_of_a_fault_names_a_test() -> None:
    faults = (DOCS / "reliability.md").read_text("utf-8").partition("## What is bounded")[0]
    rows = re.findall(r"^\| (?!fault|---).*", faults, re.MULTILINE)
    assert len(rows) > 35
    assert [row for row in rows if not row.rpartition("| `test_")[2].endswith("` |")] == []
