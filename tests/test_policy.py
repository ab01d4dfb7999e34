"""policy: what bridge.toml may say of cells that do not fit, and every mistake in it."""

import tomllib

import pytest

from bridge.errors import ConfigError
from bridge.policy import NA, Become, Policies, Policy, check, read_policies
from bridge.schema import Predictor, Schema

SCHEMA = Schema(
    (
        Predictor("gender", "factor", ("F", "M")),
        Predictor("shoe", "factor", ("", "M", "other")),
        Predictor("age", "number"),
    )
)


def read(toml: str) -> Policies:
    return read_policies(tomllib.loads(toml))


def mistake(toml: str) -> str:
    with pytest.raises(ConfigError) as caught:
        check(read(toml), SCHEMA)
    return str(caught.value)


def test_without_a_table_all_is_refused_but_null() -> None:
    assert read("").of("gender") == Policy(unseen=None, invalid=None, absent=None, null=NA)
    check(read(""), SCHEMA)


def test_each_key_has_its_place() -> None:
    toml = 'unseen = "na"\ninvalid = "na"\nabsent = "na"\nnull = "reject"'
    assert read(toml).of("any") == Policy(unseen=NA, invalid=NA, absent=NA, null=None)


def test_what_a_field_does_not_say_the_general_table_says() -> None:
    policies = read('unseen = "na"\nabsent = "na"\n[gender]\nunseen = "reject"\n[shoe]\nother = ""')
    assert policies.of("gender") == Policy(unseen=None, absent=NA)
    assert policies.of("shoe") == Policy(unseen=Become(""), absent=NA)
    assert policies.of("age") == Policy(unseen=NA, absent=NA)
    check(policies, SCHEMA)


def test_a_field_may_bear_the_name_of_a_key() -> None:
    policies = read('invalid = "na"\n[null]\nabsent = "na"')
    assert policies.of("null") == Policy(invalid=NA, absent=NA)


def test_a_general_level_must_be_a_level_of_each_factor_that_has_no_word_of_its_own() -> None:
    check(read('other = "M"'), SCHEMA)
    check(read('other = "other"\n[gender]\nunseen = "na"'), SCHEMA)
    assert mistake('other = "other"') == (
        'bridge.toml: policy: other = "other" is not a level of gender; its levels are "F", "M"'
    )


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (
            'unsen = "na"',
            'policy: there is no key "unsen"; the keys are unseen, other, invalid, absent, null',
        ),
        ('[gender]\nunseen = "drop"', 'policy.gender.unseen is "reject" or "na", not \'drop\''),
        ("[gender]\nnull = false", 'policy.gender.null is "reject" or "na", not False'),
        ('[gender]\nnull = ["na"]', 'policy.gender.null is "reject" or "na", not [\'na\']'),
        ("[gender.absent]", 'policy.gender.absent is "reject" or "na", not {}'),
        ("[gender]\nother = 1", "policy.gender.other is a level, in quotes, not 1"),
        ('[gender]\nunseen = "na"\nother = "F"', 'by "unseen" or by "other", not by both'),
        ('[gender]\nother = "X"', 'other = "X" is not a level of gender; its levels are "F", "M"'),
        ('[age]\nunseen = "na"', '"unseen" and "other" are for factors, and age is of type number'),
        ('[age]\nother = "M"', '"unseen" and "other" are for factors, and age is of type number'),
        (
            '[sex]\nnull = "na"',
            'policy.sex: the model has no field "sex"; its fields are "gender", "shoe", "age"',
        ),
    ],
)
def test_a_mistake_is_told_with_what_is_allowed(toml: str, message: str) -> None:
    assert mistake(toml).startswith("bridge.toml: policy") and message in mistake(toml)
