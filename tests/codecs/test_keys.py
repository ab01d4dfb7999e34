"""A key that stands twice in a JSON object: found wherever it is, and nothing else is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.codecs import json as codec
from bridge.codecs import jsonlines, keys
from bridge.codecs.reading import Reading
from bridge.errors import DuplicateKey, WrongShape
from tests.strategies import json_cells

READING = Reading(("a", "b"))
TWICE = [
    '{"a": 1, "a": 2}',
    '{"a": 1, "a": 1}',
    '{"a" :1, "a":2}',
    '{"a"\n\t:1, "b": 2, "a":2}',
    '{"a": "1:30", "a": "1:31"}',
    '{"b": "\\":", "a": 1, "a": 2}',
    '{"\\u0061": 1, "a": 2}',
    '[{"a": 1}, {"a": 1, "a": 2}]',
    '[{"b": 1}, {"a": "x:y", "a": 2}]',
    '["b:", {"a": 1, "a": 2}]',
    '{"b": [1, {"a": 1, "a": 2}]}',
    '{"instances": [{"a": 1, "a": 2}]}',
    '{"instances": [[{"a": 1, "a": 2}]]}',
    '{"dataframe_split": {"data": [[1]], "a": 0, "a": 0}}',
    '{"a": 1, "parameters": {"a": 1, "a": 2}}',
    '{"a": [[1], [{"x": {"a": 1, "a": 2}}]]}',
]


@pytest.mark.parametrize("body", TWICE)
def test_it_is_found_and_named(body: str) -> None:
    with pytest.raises(DuplicateKey, match='"a" stands twice in a JSON object'):
        codec.decode(body.encode(), READING)


@pytest.mark.parametrize("line", ['{"a": 1, "a": 2}', '{"a": "1:30", "a": 2}'])
def test_it_is_found_in_a_line(line: str) -> None:
    with pytest.raises(DuplicateKey):
        jsonlines.decode(b'{"a": 1}\n' + line.encode(), READING)


def test_a_lenient_reader_tells_the_line_that_has_it() -> None:
    raw = jsonlines.decode(b'{"a": 1}\n{"a": 2, "a": 3}\n', Reading(("a",), lenient=True))
    assert raw.columns["a"][0] == 1
    assert [row for row, _ in raw.broken] == [1]
    assert '"a" stands twice' in raw.broken[0][1]


def test_an_object_of_many_keys_is_searched_in_no_time() -> None:
    names = [f"n{i}" for i in range(50_000)]
    body = "{" + ", ".join(f'"{name}": 1' for name in [*names, names[-1]]) + "}"
    with pytest.raises(DuplicateKey, match=names[-1]):
        codec.decode(body.encode(), READING)


@pytest.mark.parametrize("depth", [1020, 200])
def test_what_is_nested_deeply_is_no_crash(depth: int) -> None:
    body = '{"a":' * depth + "1" + "}" * depth
    try:
        keys.check(body.encode(), {"a": {}})
    except WrongShape as error:
        assert str(error) == "the JSON is nested too deeply"


# Strings that look like keys, between all that may stand around them.
tricky = st.sampled_from(["", ":", '":', '" :', "a:b", '{"a": 1}', "\n:", "\\", '\\"', "ä:"])
values = st.recursive(
    st.one_of(json_cells, tricky),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(tricky | st.text(max_size=2), inner)
    ),
    max_leaves=8,
)


@given(values, st.sampled_from([(", ", ": "), (",", ":"), (" ,\n", " :\t"), (",", "\n:")]))
def test_whatever_has_no_key_twice_is_let_through(value: Any, separators: tuple[str, str]) -> None:
    body = json.dumps(value, separators=separators)
    keys.check(body.encode(), json.loads(body))


@given(st.dictionaries(tricky, values, min_size=1), st.data())
def test_whatever_has_one_twice_is_refused(value: dict[str, Any], data: st.DataObject) -> None:
    twice = data.draw(st.sampled_from(list(value)))
    members = [*value.items(), (twice, data.draw(values))]
    body = "{" + ",".join(f"{json.dumps(k)}:{json.dumps(v)}" for k, v in members) + "}"
    with pytest.raises(DuplicateKey):
        keys.check(body.encode(), json.loads(body))
