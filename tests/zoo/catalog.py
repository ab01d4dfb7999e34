"""catalog: which cases there are, read from the R files of ``cases`` without running R."""

import re
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = HERE / "r"
THEMES = sorted((HERE / "cases").glob("*.R"))

_CASE = re.compile(r'^zoo\(\s*"([^"]+)"', re.MULTILINE)
_TEXT = re.compile(r'"([^"]+)"')
_TOML = re.compile(r"^  toml = ", re.MULTILINE)


def _cases() -> list[tuple[str, Path, str]]:
    """Name, theme and text of each case."""
    found = []
    for theme in THEMES:
        _, *parts = _CASE.split(theme.read_text(encoding="utf-8"))
        found += [(name, theme, text) for name, text in zip(parts[::2], parts[1::2], strict=True)]
    return found


CASES = [name for name, _, _ in _cases()]
THEME_OF = {name: theme for name, theme, _ in _cases()}
# After its name a case has its family and, where it needs any, its packages.
PACKAGES_OF = {name: _TEXT.findall(text.partition("fit =")[0])[1:] for name, _, text in _cases()}
WITH_TOML = [name for name, _, text in _cases() if _TOML.search(text)]
