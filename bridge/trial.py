"""trial: what the reply to a first, made-up call tells against a model. Pure.

Knows what R says of data that it looks for by name, and what r/R/answer.R says of an answer
that is not of newdata's length.
"""

import re

from bridge.answer import Answer
from bridge.wire import Failure

_BY_NAME = re.compile(r"object '[^']+' not found|could not find function|argument .* is missing")
_OTHER_ROWS = re.compile(r"has \d+ values for \d+ rows")


def obstacle(reply: Answer | Failure) -> str:
    """Why the model cannot answer any request; empty if the reply does not say so."""
    if isinstance(reply, Failure) and _BY_NAME.search(reply.message):
        return f"predict() of this model cannot work with what the file holds: {reply.message}"
    if isinstance(reply, Failure) and _OTHER_ROWS.search(reply.message):
        return (
            f"predict() of this model does not answer row by row: {reply.message} (does its "
            "formula name its data, as in data$column?)"
        )
    return ""
