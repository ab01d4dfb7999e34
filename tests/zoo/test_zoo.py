"""Every case of the zoo is served, and every answer has the bits that R gives."""

import os
import sys
from pathlib import Path

import pytest

from .catalog import CASES, PACKAGES_OF, WITH_TOML
from .report import DOCUMENT
from .zoo import Zoo

# What scripts/setup did not find in this release of Debian, and said so.
_LIST = Path(sys.prefix) / "not-in-apt"
_NOT_IN_APT = set(_LIST.read_text(encoding="utf-8").split()) if _LIST.is_file() else set()


def _can_be_made(case: str) -> bool:
    packages = {f"r-cran-{name.lower()}" for name in PACKAGES_OF[case]}
    return "CI" in os.environ or not packages & _NOT_IN_APT


@pytest.mark.parametrize("case", [case for case in CASES if _can_be_made(case)])
def test_case(case: str, zoo: Zoo) -> None:
    assert not zoo.visit(case).problems


def test_names_are_unique() -> None:
    assert len(CASES) == len(set(CASES))


def test_nine_of_ten_cases_need_no_bridge_toml() -> None:
    assert len(WITH_TOML) <= len(CASES) / 10


def test_the_table_lists_every_case() -> None:
    rows = [line.split(" | ") for line in DOCUMENT.read_text(encoding="utf-8").splitlines()]
    listed = [row[2] for row in rows if len(row) > 3]
    assert listed[2:] == CASES
