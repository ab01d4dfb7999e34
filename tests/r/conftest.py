"""What the tests with real R share: an R process, and small models saved by a fresh one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.r.embedded import Embedded
from tests.serving import rscript

MODELS = """
train <- data.frame(
  x = c(1, 2, 3, 4, 5, 6, 7, 8), g = rep(c("a", "b"), 4),
  y = c(2.5, 3.25, 5, 6.5, 8.25, 9, 11.5, 12)
)
fitted <- lm(y ~ x, train)
saveRDS(fitted, "line.rds")
saveRDS(lm(y ~ x + g, train), "groups.rds")
other <- fitted
save(fitted, other, train, file = "two.RData")
save(train, file = "none.RData")
"""


@pytest.fixture(scope="session")
def r() -> Iterator[Embedded]:
    """An R process for all tests that leave it as it was."""
    with Embedded() as process:
        yield process


@pytest.fixture
def fresh_r() -> Iterator[Embedded]:
    """An R process for one test that may leave its marks, or be its end."""
    with Embedded() as process:
        yield process


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``line.rds`` (y ~ x), ``groups.rds``, ``two.RData`` and ``none.RData``."""
    folder = tmp_path_factory.mktemp("saved")
    rscript(MODELS, folder)
    return folder


Fill = Callable[..., Path]


@pytest.fixture
def fill(saved: Path, tmp_path: Path) -> Fill:
    """Makes a model folder of saved files, a script and a bridge.toml."""

    def fill(*files: str, script: str = "", toml: str = "") -> Path:
        for name in files:
            (tmp_path / name).write_bytes((saved / name).read_bytes())
        for name, text in (("inference.R", script), ("bridge.toml", toml)):
            if text:
                (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return fill
