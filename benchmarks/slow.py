"""slow: models for questions of time: one whose hook takes as long as each record says."""

import subprocess
from pathlib import Path

MERGE_OFF = "merge = false\n"
MERGE_ON = "merge = true\n"
_FIT = """
d <- data.frame(x = 1:9, ms = c(1, 5, 2, 8, 3, 7, 6, 4, 9), y = 1)
m <- lm(y ~ x + ms, d); m$coefficients[] <- c(1, 0, 0)
saveRDS(m, "model.rds")
"""
_INPUT = '\n[inputs.ms]\ntype = "number"\n'
_HOOKS = """
predict_fn <- function(newdata, model) {
  Sys.sleep(sum(newdata$ms) / 1000)
  rep(1, nrow(newdata))
}
"""


def linear_model(folder: Path) -> str:
    """The path of a model folder: an lm that always answers 1."""
    folder.mkdir()
    subprocess.run(["Rscript", "--vanilla", "-e", _FIT], cwd=folder, check=True)
    return str(folder)


def slow_model(folder: Path, merge: str) -> str:
    """The same with a hook that takes ``ms`` a row; ``merge`` is its line in bridge.toml."""
    linear_model(folder)
    (folder / "inference.R").write_text(_HOOKS)
    (folder / "bridge.toml").write_text(merge + _INPUT)
    return str(folder)
