"""How many rows fit a time, and how many requests may wait, as calls tell; and whose turn it is."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from bridge.pace import Pace
from bridge.rate import Rate
from bridge.turns import Turns

WANTED = 0.02
costs = st.floats(0, 0.5), st.floats(1e-7, 0.5)


@given(*costs, st.integers(64, 10_000_000))
def test_calls_come_to_take_what_is_wanted(whole: float, row: float, most: int) -> None:
    pace = Pace()
    for _ in range(60):
        rows = min(pace.rows, most)
        pace.learn(rows, whole + row * rows, WANTED)
    taken = whole + row * pace.rows
    assert pace.rows == 1 or taken <= 1.01 * max(WANTED, 4 * (whole + row))
    assert pace.rows >= most or taken >= 0.4 * WANTED


def test_calls_of_few_rows_tell_nothing_of_many() -> None:
    pace = Pace()
    pace.learn(64, 0.01, WANTED)
    rows = pace.rows
    pace.learn(1, 1.0, WANTED)
    assert pace.rows == rows > 64


def test_what_may_wait_is_what_is_answered_in_time() -> None:
    rate = Rate(10.0)
    assert rate.room == inf
    for second in range(30):
        rate.ended(3, float(second), True)
    assert rate.room == 24  # three a second, for four fifths of ten seconds


def test_idle_time_tells_nothing() -> None:
    rate = Rate(10.0)
    for hour in range(30):
        for second in range(3):
            rate.ended(1, 3600.0 * hour + second, second < 2)
    assert rate.room == 8


def test_a_long_stop_is_forgotten() -> None:
    rate = Rate(10.0)
    now = 0.0
    for pause in (100.0, *[0.01] * 200):
        now += pause
        rate.ended(1, now, True)
    assert rate.room > 100


@given(st.lists(st.tuples(st.booleans(), st.floats(0.001, 0.1)), min_size=40, max_size=60))
def test_long_requests_have_a_quarter_of_the_time(plan: list[tuple[bool, float]]) -> None:
    turns, single, long = Turns(), 0.0, 0.0
    turns.came_long()
    for _, seconds in plan:
        if turns.is_long_next:
            turns.began_long()
            turns.ended_long(seconds)
            long += seconds
        else:
            turns.ended_single(seconds)
            single += seconds
        assert -0.1 <= single / 3 - long <= 0.1
