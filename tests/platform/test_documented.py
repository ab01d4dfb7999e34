"""docs/contract.md names tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs" / "contract.md"


def test_every_test_that_the_contract_names_is_there() -> None:
    named = re.findall(r"`(test_\w+)::(test_\w+)`", DOCUMENT.read_text(encoding="utf-8"))
    there = {
        (file.stem, name)
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > 80
    assert set(named) - there == set()
