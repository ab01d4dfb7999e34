"""Hooks of schemathesis: the bodies that it cannot write, and what no schema can say."""

from itertools import cycle
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, Response

from bridge.codecs import CSV, DECODERS, DEFAULT, ENCODERS

# A schema says of one value whether it fits. It cannot say that columns are of one length,
# that a body is packed as a header says, or what a hook in R takes.
BEYOND_SCHEMAS = ("uneven_columns", "wrong_shape", "not_acceptable", "rejected")

for name in DECODERS:
    if name not in (DEFAULT, CSV, ""):
        schemathesis.openapi.media_type(name, st.binary(max_size=64))
schemathesis.openapi.media_type(CSV, st.text(max_size=64).map(str.encode))
ACCEPTS = cycle(ENCODERS)


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Asks for every type of answer in turn, which OpenAPI has no parameter for."""
    case.headers.setdefault("Accept", next(ACCEPTS))


@schemathesis.hook
def filter_failure(context: HookContext, failure: Any, case: Case, response: Response) -> bool:
    """False for a request that fits its schema and is refused for what no schema says."""
    if "positive_data_acceptance" not in failure.checks or response.status_code >= 500:
        return True
    if case.media_type != DEFAULT:
        return False
    return response.json()["error"]["code"] not in BEYOND_SCHEMAS
