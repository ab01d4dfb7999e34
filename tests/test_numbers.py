"""Numbers and times arrive correctly rounded, from JSON and from CSV alike."""

import math
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.codecs import csv, json
from bridge.coerce import Coercer
from bridge.errors import InvalidInput, RequestError
from bridge.frame import RawFrame
from bridge.schema import FieldType, Predictor, Schema
from tests.strategies import finite


def first(raw: RawFrame, kind: FieldType = "number") -> float:
    """The first cell of the one field ``x``."""
    return float(np.asarray(Coercer(Schema((Predictor("x", kind),)))(raw).columns[0])[0])


def from_json(text: str) -> float:
    return first(json.decode(b'{"x":%s}' % text.encode()))


def from_csv(text: str) -> float:
    return first(csv.decode(b"x\n%s\n" % text.encode()))


def is_nearest(value: float, exact: Fraction) -> bool:
    """No double is nearer to ``exact``; of two as near, ``value`` is the even one."""
    error = abs(Fraction(value) - exact)
    even = np.float64(value).view(np.uint64) % 2 == 0
    for towards in (-math.inf, math.inf):
        neighbour = math.nextafter(value, towards)
        if math.isfinite(neighbour):
            other = abs(Fraction(neighbour) - exact)
            if other < error or (other == error and not even):
                return False
    return True


digits = st.integers(0, 10**40) | st.integers(0, 10**17) | st.integers(2**53 - 9, 2**53 + 9)
decimals = st.tuples(st.sampled_from(["", "-"]), digits, st.integers(-345, 260))


@given(decimals)
def test_any_decimal_text_becomes_the_nearest_double(parts: tuple[str, int, int]) -> None:
    sign, whole, exponent = parts
    exact = Fraction(int(sign + str(whole))) * Fraction(10) ** exponent
    text = f"{sign}{whole}e{exponent}"
    for value in (from_json(text), from_csv(text)):
        assert is_nearest(value, exact)


@given(finite, st.integers(1, 9))
def test_a_text_halfway_between_two_doubles_goes_to_the_even_one(low: float, tail: int) -> None:
    high = math.nextafter(low, math.inf)
    middle = (Fraction(low) + Fraction(high)) / 2 if math.isfinite(high) else Fraction(low)
    for exact in (middle, middle + Fraction(tail, 10**340) * abs(middle)):
        text = _exact_text(exact)
        assert is_nearest(from_json(text), exact) and is_nearest(from_csv(text), exact)


def _exact_text(number: Fraction) -> str:
    """The decimal text of a fraction whose denominator has no factors but 2 and 5."""
    places = 0
    while number.denominator != 1:
        places += 1
        number *= 10
    return f"{number.numerator}e-{places}"


@given(st.integers(-(10**30), 10**30))
def test_whole_numbers_without_a_point_are_rounded_alike(number: int) -> None:
    assert from_json(str(number)) == from_csv(str(number)) == float(number)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993", 9007199254740992.0),
        ("9007199254740995", 9007199254740996.0),
        ("18446744073709551615", 18446744073709551616.0),
        ("5e-324", 5e-324),
        ("2.4703282292062327e-324", 0.0),
        ("2.4703282292062329e-324", 5e-324),
        ("2.2250738585072011e-308", 2.225073858507201e-308),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("0.1000000000000000055511151231257827", 0.1),
        ("-0.0", -0.0),
    ],
)
def test_known_hard_numbers(text: str, value: float) -> None:
    for read in (from_json(text), from_csv(text)):
        assert np.float64(read).tobytes() == np.float64(value).tobytes()


@given(finite)
def test_seventeen_digits_are_enough(value: float) -> None:
    text = f"{value:.16e}"
    assert from_json(text) == from_csv(text) == value


@given(finite | st.integers(-(2**63), 2**64 - 1))
def test_a_number_in_quotes_is_no_number(value: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_json(f'"{value}"')
    assert caught.value.code == "wrong_type"


@pytest.mark.parametrize("text", ["1e309", "-1e400", "1" + "0" * 400])
def test_a_number_too_large_for_a_double_is_refused(text: str) -> None:
    for read in (from_json, from_csv):
        with pytest.raises(RequestError) as caught:
            read(text)
        assert caught.value.code == "non_finite_number"


def seconds(text: str) -> float:
    return first(RawFrame({"x": [text]}, 1), "datetime")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01T00:00:00", 0.0),
        ("1970-01-01 00:00:00", 0.0),
        ("1970-01-01T02:00:00+02:00", 0.0),
        ("1969-12-31 19:00:00-0500", 0.0),
        ("1969-12-31T23:59:59.25Z", -0.75),
        ("2024-02-29T12:34:56.789Z", 1709210096.789),
        ("2038-01-19T03:14:08Z", 2147483648.0),
        ("1900-01-01T00:00:00.000000001Z", -2208988800.0),
        ("9999-12-31T23:59:59Z", 253402300799.0),
    ],
)
def test_times_are_seconds_since_1970_in_utc(text: str, value: float) -> None:
    assert seconds(text) == value


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=offsets)


@given(times, st.sampled_from(["T", " "]))
def test_any_time_in_any_zone_is_the_nearest_double(time: datetime, between: str) -> None:
    exact = Fraction((time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 10**6)
    assert is_nearest(seconds(time.isoformat(between)), exact)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01",
        "2024-01-01T10:00",
        "2024-01-01T24:00:00Z",
        "2024-01-01T23:60:00Z",
        "2016-12-31T23:59:60Z",
        "2023-02-29T00:00:00Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.0000000001Z",
        "2024-01-01T00:00:00 Z",
        "2024-01-01T00:00:00+25:00",
        "2024-01-01T00:00:00 CET",
        "2024-01-01t00:00:00z",
        " 2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00Z\n",
        "٢٠٢٤-٠١-٠١T00:00:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        seconds(text)
