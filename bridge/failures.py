"""failures: what a worker's failure means to the requests that it failed."""

from bridge.errors import (
    MOST_PROBLEMS,
    DeadlineExceeded,
    InsufficientMemory,
    PredictionFailed,
    Problem,
    Rejected,
    ServiceError,
    is_of_memory,
)
from bridge.frame import Frame
from bridge.row import Row, stacked
from bridge.show import clip
from bridge.texts import Texts
from bridge.wire import Failure


def too_late() -> DeadlineExceeded:
    """The error of a request that was not answered by its deadline."""
    return DeadlineExceeded("the answer was not there in time")


def failed(failure: Failure) -> ServiceError:
    """The error of a request that R stopped at."""
    if is_of_memory(failure.message):
        return InsufficientMemory(failure.message)
    return PredictionFailed(failure.message, failure.detail)


def rejected(failure: Failure, rows: list[int], asked: Frame | Row) -> Rejected:
    """The error of a request whose ``rows`` were refused."""
    frame = stacked([asked]) if isinstance(asked, Row) else asked
    column = dict(zip(frame.names, frame.columns, strict=True)).get(failure.field)
    values = column if isinstance(column, list | Texts) else None
    field = failure.field or None
    return Rejected(
        [
            Problem("rejected", failure.message, field, row, clip(values[row]) if values else None)
            for row in rows[:MOST_PROBLEMS]
        ]
    )
