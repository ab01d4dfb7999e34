"""The model that is served: an lm with hooks that misbehave as they are told, and the truth."""

from pathlib import Path

from tests.faulty import make_faulty_model
from tests.serving import rscript

MOST_X = 500


def make_model(folder: Path) -> tuple[Path, list[float]]:
    """The model's folder, and what a fresh R session predicts for x = 0, 1, 2, ..."""
    model = folder / "model"
    model.mkdir()
    make_faulty_model(model, folder)
    printed = rscript(
        f"load('m.RData'); p <- predict(m, data.frame(x = 0:{MOST_X})); "
        "cat(sprintf('%a', p), sep = '\\n')",
        model,
    )
    return model, [float.fromhex(line) for line in printed.split()]
