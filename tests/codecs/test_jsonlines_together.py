"""JSON Lines that are parsed at once: the records, and the errors, of each line by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.codecs import jsonlines
from bridge.codecs.reading import Reading
from bridge.errors import RequestError

LINES = [
    b'{"x":1}',
    b'{"x":1,"g":"a"}',
    b'{"g":"a, b","x":-0}',
    b'{"x": 1.50 , "g":"12:30"}',
    b'{"x":1e999}',
    b'{"x":1,"x":2}',
    b'{"g":"}"}',
    b'{"g":"{"}',
    b'{"g":"}',
    b'{g"}',
    b'{"x":[1]}',
    b'{"x":[1',
    b'{"x":{}}',
    b'{"x":1},{"x":2}',
    b"{}",
    b'{"x":1}\r',
    b"1",
    b"[1]",
    b"",
]


def outcome(body: bytes, lenient: bool) -> Any:
    try:
        return jsonlines.decode(body, Reading(("x", "g"), lenient=lenient))
    except RequestError as error:
        return type(error), str(error)


@pytest.mark.parametrize("lenient", [False, True])
@given(lines=st.lists(st.sampled_from(LINES), min_size=1, max_size=4), end=st.booleans())
def test_lines_are_read_as_one_by_one(lines: list[bytes], end: bool, lenient: bool) -> None:
    body = b"\n".join(lines) + b"\n" * end
    one_by_one = body + b"\n "  # with a line that is none they are not parsed at once
    assert outcome(body, lenient) == outcome(one_by_one, lenient)


@pytest.mark.parametrize(
    ("body", "is_one"), [(b'{"x":1}\n{"g":"a"}\n', True), (b'{"x":1}\n ', False)]
)
def test_plain_records_are_parsed_at_once(body: bytes, is_one: bool) -> None:
    assert (jsonlines.together(body) is not None) == is_one
