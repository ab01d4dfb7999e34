"""Servers that several tests share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import MARATHON, ORIGINAL, Server, rscript, serving

FAULTY_HOOKS = """
input_fn <- function(newdata) {
  if (any(newdata$mode == "loop")) repeat NULL
  if (any(newdata$mode == "slow")) Sys.sleep(0.7)
  if (any(newdata$mode == "stop")) stop("cannot read /etc/secret/key.pem")
  if (any(newdata$mode == "quit")) quit(save = "no", status = 3)
  if (any(newdata$mode == "segv")) tools::pskill(Sys.getpid(), 11)
  if (any(newdata$mode == "deep")) (function(n) sys.function()(n + 1))(1)
  if (any(newdata$mode == "short")) return(newdata[-1, , drop = FALSE])
  reject("mode must not be bad", rows = newdata$mode %in% "bad", field = "mode")
  newdata
}
"""
FAULTY_TOML = """
merge = true
[inputs.x]
type = "number"
[inputs.mode]
type = "string"
"""


@pytest.fixture(scope="session")
def marathon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo model."""
    with serving(MARATHON, tmp_path_factory.mktemp("marathon"), "--workers", "2") as server:
        yield server


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The original model file, with the demo's hooks."""
    folder = tmp_path_factory.mktemp("original")
    model = folder / "model"
    model.mkdir()
    shutil.copy(ORIGINAL / "marathon_model.RData", model)
    for name in ("inference.R", "bridge.toml"):
        shutil.copy(MARATHON / name, model)
    shutil.copy(ORIGINAL / "golden.jsonl", model)
    with serving(model, folder) as server:
        yield server


@pytest.fixture(scope="session")
def faulty_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An lm of y on x whose hook misbehaves as the field ``mode`` says."""
    model = tmp_path_factory.mktemp("faulty")
    rscript(
        "m <- lm(y ~ x, data.frame(x = cars$speed, y = cars$dist)); save(m, file = 'm.RData')",
        model,
    )
    (model / "inference.R").write_text(FAULTY_HOOKS)
    (model / "bridge.toml").write_text(FAULTY_TOML)
    (model / "golden.jsonl").write_text('{"request": {"x": 1, "mode": "ok"}, "status": 200}')
    return model
