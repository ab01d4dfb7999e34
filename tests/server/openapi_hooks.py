"""Hooks of schemathesis: the bodies that it cannot write, and what no schema can say."""

from itertools import cycle
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, Response, SerializationContext

from bridge.codecs import CSV, DEFAULT, ENCODERS, LINES, NPY, PARQUET, STREAM

# No schema says that columns are of one length, that a body is packed as its header says, or
# what a hook in R takes; nor that cells fit the fields that the same body names.
BEYOND_SCHEMAS = ("uneven_columns", "not gzip", "not_acceptable", "rejected")
NAMED = ("feature_names", "dataframe_split")
DATA = {"positive_data_acceptance", "negative_data_rejection"}
BINARY = [*PARQUET, STREAM, NPY]

for name in BINARY:
    schemathesis.openapi.media_type(name, st.binary(max_size=64))


@schemathesis.serializer(CSV, *LINES)
def text(context: SerializationContext, value: Any) -> Any:
    """Lines are sent as they are."""
    return str(value).encode()


ACCEPTS = cycle(ENCODERS)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Asks for every type of answer in turn, which OpenAPI has no parameter for."""
    case.headers.setdefault("Accept", next(ACCEPTS))


@schemathesis.hook
def filter_failure(context: HookContext, failure: Any, case: Case[Any], response: Response) -> bool:
    """False for a failure that is none: only of JSON does a schema say what is accepted."""
    if DATA.isdisjoint(failure.checks):
        return True
    if case.media_type != DEFAULT:
        return False
    if "positive_data_acceptance" in failure.checks and _names_columns(case.body):
        return False
    return response.status_code < 400 or not any(words in response.text for words in BEYOND_SCHEMAS)


def _names_columns(body: Any) -> bool:
    return isinstance(body, dict) and any(key in body for key in NAMED)
