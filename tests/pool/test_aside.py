"""The process beside the server: what it runs, and what becomes of the server when it dies."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    InvalidInput,
    Problem,
    UnreadableBody,
)
from bridge.pool.aside import Aside
from tests.serving import alive, gone

MIB = 1 << 20


@pytest.fixture
async def aside() -> AsyncIterator[Aside]:
    aside = Aside(seconds=20, most=MIB)
    yield aside
    aside.stop()


def refuse(row: int) -> None:
    raise InvalidInput([Problem("unseen_level", "no", "g", row, "X", ("a", "b"))])


def fail() -> None:
    raise ZeroDivisionError("by zero")


def die_once(marker: Path) -> int:
    """Kills its process, unless it has done so before."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def die() -> None:
    os.abort()


async def test_it_runs_functions_in_one_process_of_its_own(aside: Aside) -> None:
    pids = await asyncio.gather(*(aside.run(os.getpid) for _ in range(5)))
    assert len(set(pids)) == 1 and pids[0] != os.getpid()
    assert await aside.run(max, 1, 2) == 2


async def test_what_is_wrong_with_a_body_is_told_as_it_is_here(aside: Aside) -> None:
    with pytest.raises(InvalidInput, match=r"no \(row 3\)") as caught:
        await aside.run(refuse, 3)
    assert caught.value.problems == [Problem("unseen_level", "no", "g", 3, "X", ("a", "b"))]
    assert caught.value.code == "unseen_level"


async def test_a_failure_of_our_own_is_one_here(aside: Aside) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        await aside.run(fail)
    assert await aside.run(max, 1, 2) == 2


async def test_what_its_process_dies_of_is_tried_once_more(aside: Aside, tmp_path: Path) -> None:
    assert await aside.run(die_once, tmp_path / "marker") != os.getpid()


async def test_what_its_process_dies_of_twice_is_refused_and_costs_no_other(aside: Aside) -> None:
    outcomes = await asyncio.gather(
        aside.run(die), *(aside.run(max, 1, i) for i in range(3)), return_exceptions=True
    )
    assert isinstance(outcomes[0], UnreadableBody)
    assert outcomes[1:] == [1, 1, 2]


async def test_what_takes_too_long_is_ended() -> None:
    aside = Aside(seconds=1, most=MIB)
    pid = await aside.run(os.getpid)
    with pytest.raises(DeadlineExceeded):
        await aside.run(time.sleep, 60)
    assert gone([pid])
    assert await aside.run(max, 1, 2) == 2
    aside.stop()


async def test_what_takes_too_much_memory_is_refused(aside: Aside) -> None:
    with pytest.raises(BodyTooLarge):
        await aside.run(bytes, 4096 * MIB)
    assert await aside.run(max, 1, 2) == 2


async def test_nothing_of_it_is_left(aside: Aside) -> None:
    pid = await aside.run(os.getpid)
    assert alive(pid)
    aside.stop()
    assert gone([pid])
