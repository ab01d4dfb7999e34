"""failures: what a client is told of rows that a hook has refused."""

import pytest

from bridge.failures import rejected
from bridge.frame import Frame
from bridge.row import Row, RowType
from bridge.show import SHOWN_CHARACTERS
from bridge.wire import Failure

REFUSAL = Failure("rejected", "too long", field="note", rows=(0,))


@pytest.mark.parametrize(
    "asked",
    [
        Row(RowType(("note",), (None,)), ["n" * 300_000]),
        Frame(("note",), (["n" * 300_000],), 1),
    ],
    ids=["row", "frame"],
)
def test_a_long_value_is_cut_as_elsewhere(asked: Row | Frame) -> None:
    """Whole, it would leave no room for the details: neither row nor field were told."""
    (problem,) = rejected(REFUSAL, [0], asked).problems
    assert (problem.row, problem.field) == (0, "note")
    assert problem.value == "n" * SHOWN_CHARACTERS + "…"
