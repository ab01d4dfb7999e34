"""What is counted, by several processes, adds up."""

import os

import pytest

from bridge import ledger
from bridge.counts import BOUNDS, CODES, STATES, Counts, Death, total
from bridge.errors import InvalidInput, NonFiniteNumber, Problem, QueueFull
from bridge.http.families import _STATUSES, text
from bridge.ledger import OTHERS, Ledger
from bridge.pool.handle import State


def in_a_fork(do: object) -> None:
    """Calls it in another process, and waits."""
    if not (pid := os.fork()):
        assert callable(do)
        do()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def test_what_took_exactly_as_long_as_a_bound_is_within_it() -> None:
    each = Counts()
    each.took += [0.0, *BOUNDS, 61.0]
    each.publish()
    seconds = total([each]).seconds
    assert seconds.counts == [n + 2 for n in range(len(BOUNDS))] + [len(BOUNDS) + 2]
    assert seconds.seconds == pytest.approx(sum(BOUNDS) + 61)


def test_a_front_goes_on_with_what_the_one_before_it_published() -> None:
    both = Ledger(2)
    both.open("m")

    def count(front: int) -> None:
        both.become(front)
        each = both.open("m")
        each.took.append(0.2)
        each.calls.append(0.1)
        each.rows += 3
        each.failed(QueueFull())
        each.show(waiting=1, workers={"idle": 2})
        both.publish()
        each.took.append(0.2)  # which nobody gets to know

    for front in (0, 1, 0):
        in_a_fork(lambda front=front: count(front))
    told = both.totals()["m"]
    assert (told.seconds.counts[-1], told.call_seconds.counts[-1], told.rows) == (3, 3, 9)
    assert (told.failed["queue_full"], told.waiting, told.workers["idle"]) == (3, 2, 4)
    assert told.loaded == 1
    both.front_died(1)
    after = both.totals()["m"]
    assert (after.rows, after.waiting, after.workers["idle"], after.loaded) == (9, 1, 2, 1)
    assert after.front_deaths == 1


def test_every_code_has_a_status() -> None:
    assert set(CODES) == set(_STATUSES) and len(CODES) == len(set(CODES))


def test_errors_count_by_their_code() -> None:
    each = Counts()
    each.failed(InvalidInput([Problem("unseen_level", "")]))
    each.failed(InvalidInput([Problem("unseen_level", ""), Problem("wrong_type", "")]))
    each.failed(InvalidInput([Problem("non_finite_number", "")]))
    each.failed(NonFiniteNumber())
    each.failed(ZeroDivisionError())
    each.refused("never heard of")
    each.publish()
    seen = total([each])
    failed = {code: count for code, count in seen.failed.items() if count}
    assert failed == {"non_finite_number": 1, "invalid_input": 1, "internal_error": 2}
    unfit = {code: count for code, count in seen.unfit.items() if count}
    assert unfit == {"non_finite_number": 1, "unseen_level": 1}


def test_states_are_those_of_workers() -> None:
    assert set(STATES) == {state.name.lower() for state in State} - {"dead"}


def test_each_death_has_its_place() -> None:
    each = Counts()
    for n, why in enumerate(Death):
        for _ in range(n):
            each.died(why)
    each.publish()
    assert list(total([each]).worker_deaths.values()) == list(range(len(Death)))


def test_what_models_are_called_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_MODELS", 2)
    many = Ledger()
    opened = [many.open(name) for name in ("a", "b", "c", "d", "a")]
    assert opened[2] is opened[3] and opened[0] is opened[4]
    for each in opened:
        each.took.append(1.0)
    many.publish()
    counted = {model: told.seconds.counts[-1] for model, told in many.totals().items()}
    assert counted == {"a": 2, "b": 1, OTHERS: 2}


def test_any_name_of_a_model_can_be_written() -> None:
    many = Ledger()
    many.open('a"b\\c\nd€').took.append(1.0)
    many.publish()
    assert b'model="a\\"b\\\\c\\nd\xe2\x82\xac",status="200"} 1.0' in text(many.totals(), "")
