"""The log: an event is told from what is in it, whatever that is."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.log import FORMAT, MOST_CHARACTERS, Formatter

CONTROL = [*map(chr, (*range(9), *range(11, 32), *range(127, 160))), "\u2028", "\u2029", "\u202e"]


def told(text: str, **more: object) -> str:
    given = {"name": "bridge", "msg": "%s", "args": (text,), "levelname": "INFO", **more}
    return Formatter(FORMAT).format(logging.makeLogRecord(given))


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Cc", "Cf", "Cs", "Zl", "Zp"))))
def test_only_the_first_line_begins_at_the_margin(text: str) -> None:
    first, *others = told(text).splitlines()
    assert first.startswith(logging.Formatter().formatTime(logging.makeLogRecord({}))[:10])
    assert all(line.startswith("    ") for line in others)
    assert len(others) == text.count("\n")


@pytest.mark.parametrize("control", CONTROL)
def test_no_control_character_is_left(control: str) -> None:
    line = told(f"a{control}b")
    assert control not in line
    assert control.encode("unicode_escape").decode() in line


def test_text_of_any_language_stays() -> None:
    assert told("Größe 大小 \t😀").endswith("] Größe 大小 \t😀")


def test_a_traceback_belongs_to_its_event() -> None:
    try:
        raise ValueError("x\n2026-01-01 ERROR")
    except ValueError as error:
        lines = told("failed", exc_info=(ValueError, error, error.__traceback__)).splitlines()
    assert len(lines) > 4
    assert all(line.startswith("    ") for line in lines[1:])


def test_an_event_is_cut() -> None:
    line = told("x" * (MOST_CHARACTERS + 7))
    assert len(line) < MOST_CHARACTERS + 100
    assert line.endswith(" characters)")
