"""Batcher in trouble: R stops, workers die or hang, time runs out, clients leave."""

import asyncio

import pytest

from bridge.batcher import PATIENCE
from bridge.errors import DeadlineExceeded, PredictionFailed, WorkerDied
from bridge.pool.handle import State, WorkerHandle
from bridge.wire import Call, Failure, Hello, pack
from tests.fakes import LONG, SOON, Pool, Reply, answers, doubled, fails, ids, rows, turn

NO_PID = 2**22 + 1  # above the kernel's highest
SHORT = 0.05  # seconds that a request has where it is to miss its deadline


def failing(call: Call) -> Reply:
    """R stops wherever the id 2 is."""
    if 2 in ids(call.frame):
        return Failure("failed", "no luck with 2", "in eval(x)")
    return doubled(call)


async def test_of_a_merged_call_that_fails_only_the_guilty_request_fails() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2), rows(3))
    await pool.answer_all(failing)
    error = await fails(futures[1], PredictionFailed)
    assert isinstance(error, PredictionFailed)
    assert (str(error), error.detail) == ("no luck with 2", "in eval(x)")
    assert await answers([futures[0], futures[2]]) == [[2], [6]]


async def test_of_a_merged_call_whose_worker_dies_every_request_is_asked_by_itself() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2))
    pool.workers[0].die()
    await turn()
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1, 2], [1], [2]]
    assert await answers(futures) == [[2], [4]]


async def test_a_request_whose_worker_dies_is_asked_once_more() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1))
    pool.workers[0].die()
    await turn()
    await pool.answer_all()
    assert await answers(futures) == [[2]]


async def test_a_request_whose_workers_die_twice_fails() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1))
    for _ in range(2):
        pool.workers[0].die()
        await turn()
    await fails(futures[0], WorkerDied)
    assert len(pool.asked) == 2
    assert not pool.busy


async def test_a_request_that_finds_no_worker_fails_at_its_deadline() -> None:
    pool = Pool(size=0, timeout=SHORT)
    futures = await pool.submit(rows(1), rows(2))
    for future in futures:
        await fails(future, DeadlineExceeded)
    pool.add()
    await turn()
    assert not pool.asked


async def test_a_request_that_waits_too_long_behind_another_fails_at_its_deadline() -> None:
    pool = Pool(timeout=SHORT)
    pool.batcher.merge = False
    first, second = await pool.submit(rows(1), rows(2))
    await fails(second, DeadlineExceeded)
    pool.workers[0].reply()
    assert await answers([first]) == [[2]]
    assert [ids(call.frame) for call in pool.asked] == [[1]]


async def test_the_time_that_a_request_has_waited_is_taken_off_its_call() -> None:
    pool = Pool(timeout=LONG)
    pool.batcher.merge = False
    await pool.submit(rows(1), rows(2))
    await asyncio.sleep(0.02)
    pool.workers[0].reply()
    await turn()
    assert LONG - SOON < pool.workers[0].timeout <= LONG - 0.02
    await pool.answer_all()


async def test_of_a_merged_call_that_hangs_only_the_guilty_request_misses_its_deadline() -> None:
    pool = Pool(timeout=LONG)
    futures = await pool.submit(rows(1), rows(2), rows(3))
    # It is given up long before the deadline, which the others are to meet.
    assert pool.workers[0].timeout <= LONG / 10
    pool.workers[0].die(DeadlineExceeded("the answer was not there in time"))
    await turn()
    for _ in range(3):
        worker = pool.workers[0]
        if ids(worker.running.frame) == [2]:
            worker.die(DeadlineExceeded("the answer was not there in time"))
        else:
            worker.reply()
        await turn()
    await fails(futures[1], DeadlineExceeded)
    assert await answers([futures[0], futures[2]]) == [[2], [6]]


async def test_a_lone_request_that_hangs_has_all_of_its_time_and_is_not_asked_again() -> None:
    pool = Pool(timeout=LONG)
    (future,) = await pool.submit(rows(1))
    assert pool.workers[0].timeout > LONG - SOON
    pool.workers[0].die(DeadlineExceeded("the answer was not there in time"))
    await fails(future, DeadlineExceeded)
    await turn()
    assert len(pool.asked) == 1


@pytest.mark.parametrize("count", [0, 1, 3, 4])
async def test_an_answer_of_other_rows_is_an_error_and_never_shifted(count: int) -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2))
    pool.workers[0].reply(doubled(Call(rows(*range(count)), 2)))
    for future in futures:
        await fails(future, PredictionFailed)


async def test_a_client_that_left_takes_nobodys_answer_with_it() -> None:
    pool = Pool()
    asked = await pool.submit(rows(1), rows(2))
    waiting = await pool.submit(rows(3), rows(4))
    asked[0].cancel()
    waiting[1].cancel()
    await pool.answer_all()
    assert await answers([asked[1], waiting[0]]) == [[4], [6]]


async def test_a_request_whose_client_left_while_it_waited_is_never_asked() -> None:
    pool = Pool()
    asked = await pool.submit(rows(1))
    for left in await pool.submit(rows(2), rows(3)):
        left.cancel()
    await pool.answer_all()
    assert await answers(asked) == [[2]]
    assert [ids(call.frame) for call in pool.asked] == [[1]]


async def test_a_client_that_left_may_be_refused_as_well() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2))
    futures[0].cancel()
    pool.workers[0].reply(Failure("rejected", "no", rows=(0,)))
    await turn()
    await pool.answer_all()
    assert await answers([futures[1]]) == [[4]]


async def test_a_call_that_never_began_is_asked_again() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2))
    futures += await pool.submit(rows(3), rows(4))
    pool.workers[0].die()
    await turn()
    await pool.answer_all()
    assert await answers(futures) == [[2], [4], [6], [8]]


async def test_a_call_given_to_a_worker_that_has_just_died_is_asked_again() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2))
    futures += [pool.batcher.submit(rows(3)), pool.batcher.submit(rows(4))]
    pool.workers[0].die()
    await turn()
    await pool.answer_all()
    assert await answers(futures) == [[2], [4], [6], [8]]


async def test_nobody_waits_behind_a_request_that_is_asked_alone_while_a_worker_is_idle() -> None:
    pool = Pool(size=2)
    await pool.submit(rows(0, missing=True))
    futures = await pool.submit(rows(1), rows(2), rows(3, missing=True), rows(4), rows(5))
    other, hanging = pool.workers
    hanging.reply()
    await turn()
    assert ids(hanging.running.frame) == [3]
    other.reply()
    await asyncio.sleep(10 * PATIENCE)
    assert [ids(worker.running.frame) for worker in pool.busy] == [[4, 5], [3]]
    other.reply()
    assert await answers([*futures[:2], *futures[3:]]) == [[2], [4], [8], [10]]


class Deaf(asyncio.WriteTransport):
    """A transport to a process that is gone."""

    def write(self, data: object) -> None:
        pass


async def test_a_real_worker_that_is_dead_takes_no_call() -> None:
    handle = WorkerHandle(NO_PID, lambda changed: None)
    handle.connection_made(Deaf())
    handle.data_received(pack(Hello()))
    handle.connection_lost(None)
    with pytest.raises(asyncio.CancelledError):
        await handle.call(Call(rows(1), 1), LONG)
    assert handle.state is State.DEAD
