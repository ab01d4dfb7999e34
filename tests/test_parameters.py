"""Parameters: what a request may set, and how what it may not set is refused."""

import pytest

from bridge.errors import ConfigError, InvalidParameter
from bridge.parameters import NONE, Parameters

ALLOWED = Parameters({"type": ["response", "link"], "level": True, "se.fit": [True]})


def test_nothing_asked_is_nothing_set() -> None:
    assert ALLOWED.checked({}, "") == NONE


def test_what_is_allowed_is_passed_on_in_one_spelling() -> None:
    one = ALLOWED.checked({"type": "link", "level": 0.9}, "")
    assert one == '{"level":0.9,"type":"link"}'
    assert ALLOWED.checked({"level": 0.9, "type": "link"}, "") == one


def test_the_header_sets_them_too_and_wins() -> None:
    assert ALLOWED.checked({"type": "link"}, "type=response; level=0.5") == (
        '{"level":0.5,"type":"response"}'
    )
    assert ALLOWED.checked({}, "se.fit=TRUE") == '{"se.fit":true}'


def test_custom_attributes_of_others_are_passed_over() -> None:
    assert ALLOWED.checked({}, "trace=abc; c000b4f9-df62-4c85-a0bf-7c525f9104a4") == NONE
    assert Parameters({}).checked({}, "type=link") == NONE


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"newdata": 1}, 'parameter "newdata" may not be set by a request; allowed: type, level'),
        ({"type": "terms"}, 'parameter type: \'terms\' is not one of "response","link"'),
        ({"level": [0.9]}, "parameter level: send a string, a number or a boolean"),
        ({"level": None}, "parameter level: send a string"),
        ({"level": "9\0"}, "parameter level: a text may not hold NUL"),
        ({"se.fit": False}, "parameter se.fit: 'False' is not one of true"),
        ({"se.fit": 1}, "parameter se.fit: '1' is not one of true"),
    ],
)
def test_what_is_not_allowed_is_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        ALLOWED.checked(given, "")
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused_in_the_header(text: str) -> None:
    """JSON cannot hold it: R would be asked for NULL."""
    with pytest.raises(InvalidParameter, match=r"parameter level: nan|parameter level: -?inf"):
        ALLOWED.checked({}, f"level={text}")


def test_a_table_that_allows_nothing_clear_is_refused() -> None:
    refused: list[object] = [False, [], "link", 1, {"a": 1}]
    for values in refused:
        with pytest.raises(ConfigError, match="is true, or the list of values allowed"):
            Parameters({"type": values})
