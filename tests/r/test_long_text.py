"""Long columns of strings go to R and come back as codes."""

import numpy as np

from bridge.answer import Answer
from bridge.frame import Frame
from bridge.texts import Texts
from tests.r.conftest import Fill
from tests.r.embedded import Embedded

CELLS = ["größer", "", "日本 \U0001f600", "NA", "a", "", None] * 1000
HOOKS = """
predict_fn <- function(newdata, model) newdata$s
output_fn <- function(p, newdata) list(
  s = p, plain = rep("b", length(p)), rows = as.character(seq_along(p)),
  gap = ifelse(p == "a", NA, p)
)
"""


def test_long_text_goes_there_and_back(r: Embedded, fill: Fill) -> None:
    model = r.load(fill("line.rds", script=HOOKS, toml='[inputs.s]\ntype = "string"\n'))
    values = list(dict.fromkeys(CELLS))
    codes = np.array([values.index(cell) for cell in CELLS], np.int32)
    answer = model.predict(Frame(("s",), (Texts.of(values, codes),), len(CELLS), missing=True))
    assert isinstance(answer, Answer)
    s, plain, rows, gap = answer.frame.columns
    assert isinstance(s, Texts) and sorted(map(str, s.values)) == sorted(map(str, values))
    assert list(s) == CELLS and list(plain) == ["b"] * len(CELLS)
    assert list(rows) == [str(i + 1) for i in range(len(CELLS))]
    assert list(gap) == [None if cell == "a" else cell for cell in CELLS]
