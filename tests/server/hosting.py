"""A model whose fields and answers are of many types, and tensors, for other hosts' routes."""

from pathlib import Path
from typing import Any

from tests.serving import rscript

FIT = """
set.seed(1)
d <- data.frame(x = rnorm(40), n = 1:40, s = rep(c("no", "yes"), 20),
                g = factor(rep(c("a", "b", "c", "d"), 10)),
                b = rep(c(TRUE, FALSE, FALSE, TRUE), 10))
d$y <- d$x * 3 + as.integer(d$g) + d$b + d$n / 7
saveRDS(lm(y ~ x + n + s + g + b, d), "mixed.rds")
"""
HOOKS = """
output_fn <- function(prediction, newdata) {
  list(fit = unname(prediction), word = ifelse(prediction > 3, "high", "low"),
       high = unname(prediction > 3), tens = as.integer(10 * prediction), ratio = 1 / newdata$n)
}
"""
# With missing values in each field, a zero to divide by, and digits of all kinds.
COLUMNS: dict[str, list[Any]] = {
    "x": [0.1, -1e-300, None, 1 / 3, 12345678.901234567, 2.5, 0.3],
    "n": [1, 0, 3, None, 5, 6, 7],
    "s": ["no", "yes", "no", "no", "yes", None, "yes"],
    "g": ["a", "b", "c", "d", "a", "b", None],
    "b": [True, False, True, None, False, True, True],
}
DATATYPES = {"x": "FP64", "n": "INT32", "s": "BYTES", "g": "BYTES", "b": "BOOL"}


def mixed_model(folder: Path) -> Path:
    """Makes the model in ``folder``/mixed."""
    model = folder / "mixed"
    model.mkdir()
    rscript(FIT, model)
    (model / "inference.R").write_text(HOOKS)
    return model


def tensors(
    columns: dict[str, list[Any]], datatypes: dict[str, str], nested: bool = False
) -> list[dict[str, Any]]:
    """One for each column, of shape [rows], or [rows, 1] and nested."""
    return [
        {
            "name": name,
            "shape": [len(cells), 1] if nested else [len(cells)],
            "datatype": datatypes[name],
            "data": [[cell] for cell in cells] if nested else cells,
        }
        for name, cells in columns.items()
    ]
