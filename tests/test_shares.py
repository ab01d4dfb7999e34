"""What each of several processes has of the limits of all."""

import pytest

from bridge.config import Settings, load_settings
from bridge.shares import share


def shares(**given: int) -> list[Settings]:
    settings = load_settings(given, {})
    return [share(settings, number) for number in range(settings.processes)]


@pytest.mark.parametrize(
    ("processes", "workers", "each"),
    [(1, 3, [3]), (2, 2, [1, 1]), (2, 3, [2, 1]), (4, 7, [2, 2, 2, 1]), (3, 1, [1, 1, 1])],
)
def test_workers_are_divided_and_each_has_one(
    processes: int, workers: int, each: list[int]
) -> None:
    assert [s.workers for s in shares(processes=processes, workers=workers)] == each


def test_what_is_counted_is_divided_and_rounded_up() -> None:
    both = shares(processes=2, workers=2, queue=5, queue_mb=1, max_connections=100)
    assert [(s.queue, s.queue_mb, s.max_connections) for s in both] == [(3, 1, 50)] * 2


def test_a_transform_job_is_told_of_all_workers() -> None:
    assert {s.max_concurrent_transforms for s in shares(processes=2, workers=6)} == {6}
    given = shares(processes=2, workers=6, max_concurrent_transforms=3)
    assert {s.max_concurrent_transforms for s in given} == {3}


def test_all_else_is_as_it_was() -> None:
    first, second = shares(processes=2, workers=2, max_rows=7)
    assert first == second and first.max_rows == 7
