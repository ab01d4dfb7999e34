"""Text that is not UTF-8, in a model and in its answers."""

from pathlib import Path

from bridge.answer import Answer
from bridge.frame import plain
from tests.r.conftest import Fill
from tests.r.embedded import Embedded
from tests.serving import rscript

MARKED = """
output_fn <- function(prediction, newdata) {
  text <- rep("a\\xff", length(prediction))
  Encoding(text) <- "bytes"
  text
}
"""


def test_a_level_that_is_no_utf8_is_asked_for_byte_by_byte(r: Embedded, tmp_path: Path) -> None:
    printed = rscript(
        'g <- rep(c("a", "\\xe9"), 4); Encoding(g) <- "UTF-8"\n'
        'fit <- lm(y ~ g, data.frame(y = 1:8 / 7, g)); saveRDS(fit, "fit.rds")\n'
        'cat(sprintf("%a", predict(fit, data.frame(g = g[1:2]))))',
        tmp_path,
    )
    model = r.load(tmp_path / "fit.rds")
    assert model.schema.predictors[0].levels == ("a", "<e9>")
    answer = model.columns(g=["a", "<e9>"])
    assert isinstance(answer, Answer)
    assert plain(answer.frame.columns[0]) == [float.fromhex(text) for text in printed.split()]


def test_bytes_in_an_answer_are_told(r: Embedded, fill: Fill) -> None:
    """A worker that sent them as they are would be taken for mad, and killed."""
    answer = r.load(fill("line.rds", script=MARKED)).columns(x=[1, 2])
    assert isinstance(answer, Answer)
    assert plain(answer.frame.columns[0]) == ["a<ff>", "a<ff>"]
