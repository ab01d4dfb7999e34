"""parsing: what is wrong with JSON text, in words a client can use."""

import re

import orjson

from bridge.errors import MalformedJson, NonFiniteNumber, RequestError, TruncatedJson

_NON_FINITE = re.compile(r"-?(NaN|Infinity|Inf|nan|inf)\b")


def wrong(body: bytes, error: orjson.JSONDecodeError, first_line: int = 1) -> RequestError:
    """The error of a body that orjson refused; lines are counted from ``first_line``."""
    line = error.lineno - 1 + first_line
    text = body.decode("utf-8", "replace")
    where = f"line {line}, column {error.colno}"
    # At "-Infinity" the parser has taken the sign already.
    start = error.pos - (text[error.pos - 1 : error.pos] == "-")
    token = _NON_FINITE.match(text, start)
    if token:
        column = error.colno - (error.pos - start)
        what = f"{token.group()} at line {line}, column {column}"
        return NonFiniteNumber(f"{what} is no finite number; send null for missing")
    if "infinity" in error.msg:
        return NonFiniteNumber(
            f"a number too large for a double at {where} is no finite number; send null for missing"
        )
    if "end of data" in error.msg:
        return TruncatedJson(f"the JSON ends too early ({where})")
    return MalformedJson(f"the body is not JSON: {error.msg} at {where}")
