"""cars: a model, input files for it, and what a fresh R session predicts for them."""

import json
import random
from pathlib import Path

from tests.serving import rscript

FIT = """
d <- data.frame(mpg = mtcars$mpg, wt = mtcars$wt, gear = factor(mtcars$gear))
fit <- lm(mpg ~ poly(wt, 2) + gear, d)
saveRDS(fit, "fit.rds")
"""
# Decimals are divided here: R reads the text of some as the double beside the nearest.
PREDICT = """
n <- read.csv("thousandths.csv", header = FALSE, col.names = c("wt", "gear"))
n <- data.frame(wt = n$wt / 1000, gear = factor(n$gear, c("3", "4", "5")))
cat(sprintf("%a", predict(readRDS("fit.rds"), n)), sep = "\\n", file = "predicted.txt")
"""


class Cars:
    """A model file and so many records, made in ``folder``."""

    def __init__(self, folder: Path, lines: int) -> None:
        rscript(FIT, folder)
        self.model = folder / "fit.rds"
        draw = random.Random(4)
        self.records = [(draw.randrange(1500, 5500), draw.choice("345")) for _ in range(lines)]
        (folder / "thousandths.csv").write_text("".join(f"{wt},{g}\n" for wt, g in self.records))
        rscript(PREDICT, folder)
        text = (folder / "predicted.txt").read_text()
        self.predicted = [float.fromhex(number) for number in text.split()]

    def csv(self) -> bytes:
        """As the platform sends it: no header, fields in the model's order."""
        return "".join(f"{wt / 1000!r},{gear}\n" for wt, gear in self.records).encode()

    def jsonlines(self) -> bytes:
        lines = (json.dumps({"wt": wt / 1000, "gear": gear}) for wt, gear in self.records)
        return "".join(line + "\n" for line in lines).encode()


def numbers_of_csv(output: bytes) -> list[float]:
    return [float(line) for line in output.decode().splitlines()]


def numbers_of_jsonlines(output: bytes) -> list[float]:
    found = []
    for line in output.decode().splitlines():
        (value,) = json.loads(line).values()
        found.append(value)
    return found
