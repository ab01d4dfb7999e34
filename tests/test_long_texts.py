"""Texts that are longer than the server reads."""

from typing import Any

import pytest

from bridge.coerce import Coercer
from bridge.errors import InvalidInput
from bridge.frame import RawFrame
from bridge.schema import Predictor, Schema


@pytest.mark.parametrize("cells", [["four", None, "fives"], ["four", "fives"]])
def test_a_text_may_have_so_many_characters(cells: list[Any]) -> None:
    schema = Schema((Predictor("x", "string"),))
    fits = Coercer(schema, most_text=5)(RawFrame({"x": cells}, len(cells)))
    assert fits.columns == (cells,)
    with pytest.raises(InvalidInput) as caught:
        Coercer(schema, most_text=4)(RawFrame({"x": cells}, len(cells)))
    (problem,) = caught.value.problems
    assert problem.row == len(cells) - 1
    assert problem.text == 'x: "fives" is not a string of at most 4 characters'
