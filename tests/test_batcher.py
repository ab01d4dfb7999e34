"""Batcher: which requests are asked together, and that each gets its own part of the answer."""

import asyncio

import pytest

from bridge.answer import Answer
from bridge.batcher import MERGED_ROWS, PATIENCE
from bridge.errors import Problem, QueueFull, Rejected
from bridge.wire import Call, Failure
from tests.fakes import LONG, Pool, answers, doubled, fails, ids, rows, turn


async def test_a_lone_request_does_not_wait() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1, 2))
    assert pool.workers[0].running.requests == 1
    assert 0 < pool.workers[0].timeout <= LONG
    pool.workers[0].reply()
    assert await answers(futures) == [[2, 4]]


async def test_requests_that_come_together_are_asked_together() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2, 3), rows(4))
    (call,) = pool.asked
    assert (call.requests, ids(call.frame)) == (3, [1, 2, 3, 4])
    pool.workers[0].reply()
    assert await answers(futures) == [[2], [4, 6], [8]]


async def test_requests_that_come_while_a_worker_is_busy_are_asked_together_next() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1))
    for i in (2, 3, 4):
        futures += await pool.submit(rows(i))
    assert [ids(call.frame) for call in pool.asked] == [[1]]
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1], [2, 3, 4]]
    assert await answers(futures) == [[2], [4], [6], [8]]


async def test_where_merging_is_not_exact_each_request_is_asked_by_itself() -> None:
    pool = Pool()
    pool.batcher.merge = False
    futures = await pool.submit(rows(1), rows(2), rows(3))
    await pool.answer_all()
    assert [(call.requests, ids(call.frame)) for call in pool.asked] == [
        (1, [i]) for i in (1, 2, 3)
    ]
    assert await answers(futures) == [[2], [4], [6]]


async def test_a_request_with_missing_values_is_asked_by_itself_in_its_turn() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2), rows(3, missing=True), rows(4), rows(5))
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1, 2], [3], [4, 5]]
    assert await answers(futures) == [[2], [4], [6], [8], [10]]


async def test_a_request_as_large_as_any_call_is_asked_whole() -> None:
    pool = Pool()
    large = list(range(MERGED_ROWS + 1))
    futures = await pool.submit(rows(*large), rows(7))
    await pool.answer_all()
    assert [call.requests for call in pool.asked] == [1, 1]
    assert (await answers(futures))[0] == [2 * i for i in large]


async def test_calls_do_not_grow_beyond_what_a_worker_can_be_expected_to_answer() -> None:
    pool = Pool()
    futures = await pool.submit(*[rows(*[float(i)] * 1000) for i in range(20)])
    await pool.answer_all()
    assert max(call.frame.rows for call in pool.asked) <= MERGED_ROWS
    assert [set(answer) for answer in await answers(futures)] == [{2.0 * i} for i in range(20)]


async def test_requests_that_cannot_be_merged_go_to_every_idle_worker_at_once() -> None:
    pool = Pool(size=3)
    pool.batcher.merge = False
    await pool.submit(rows(1), rows(2), rows(3), rows(4))
    assert sorted(ids(worker.running.frame)[0] for worker in pool.busy) == [1, 2, 3]
    await pool.answer_all()


async def test_a_second_worker_helps_when_the_first_takes_its_time() -> None:
    pool = Pool(size=2)
    slow = await pool.submit(rows(1))
    quick = await pool.submit(rows(2))
    await asyncio.sleep(10 * PATIENCE)
    pool.workers[1].reply()
    assert await answers(quick) == [[4]] and not slow[0].done()
    pool.workers[0].reply()
    assert await answers(slow) == [[2]]


async def test_more_requests_than_may_wait_are_refused_at_once() -> None:
    pool = Pool(limit=2)
    futures = await pool.submit(rows(1))
    futures += await pool.submit(rows(2), rows(3))
    with pytest.raises(QueueFull, match="2 requests are waiting already"):
        pool.batcher.submit(rows(4))
    await pool.answer_all()
    assert await answers(futures) == [[2], [4], [6]]
    futures = await pool.submit(rows(5))
    await pool.answer_all()
    assert await answers(futures) == [[10]]


async def test_refused_rows_are_told_to_their_owners_alone_by_their_own_numbers() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1, 2), rows(3), rows(4, 5, 6))
    refusal = Failure("rejected", "too odd", field="name", rows=(1, 5, 3))
    pool.workers[0].reply(refusal)
    await turn()
    await pool.answer_all()
    assert await answers([futures[1]]) == [[6]]
    first, last = await fails(futures[0], Rejected), await fails(futures[2], Rejected)
    assert isinstance(first, Rejected) and isinstance(last, Rejected)
    assert first.problems == [Problem("rejected", "too odd", "name", 1, "n2")]
    assert [(p.row, p.value) for p in last.problems] == [(0, "n4"), (2, "n6")]
    assert [ids(call.frame) for call in pool.asked] == [[1, 2, 3, 4, 5, 6], [3]]


async def test_a_refusal_without_a_field_names_none() -> None:
    pool = Pool()
    (future,) = await pool.submit(rows(1))
    pool.workers[0].reply(Failure("rejected", "no", rows=(0,)))
    error = await fails(future, Rejected)
    assert isinstance(error, Rejected)
    assert error.problems == [Problem("rejected", "no", None, 0, None)]


async def test_requests_that_must_be_asked_apart_are() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2), rows(3))
    pool.workers[0].reply(Failure("apart", ""))
    await turn()
    await pool.answer_all()
    assert [ids(call.frame) for call in pool.asked] == [[1, 2, 3], [1], [2], [3]]
    assert await answers(futures) == [[2], [4], [6]]


async def test_the_shape_of_an_answer_is_kept_in_its_parts() -> None:
    pool = Pool()
    futures = await pool.submit(rows(1), rows(2, 3))
    pool.workers[0].reply(Answer(pool.workers[0].running.frame, "records"))
    parts = [await future for future in futures]
    assert [(part.layout, part.frame.names) for part in parts] == [("records", ("id", "name"))] * 2
    assert [part.frame.columns[1] for part in parts] == [["n1"], ["n2", "n3"]]
    assert [part.frame.rows for part in parts] == [1, 2]


async def test_only_requests_with_the_same_parameters_are_asked_together() -> None:
    pool = Pool()
    link, response = '{"type":"link"}', '{"type":"response"}'
    futures = [
        pool.batcher.submit(rows(i), parameters)
        for i, parameters in enumerate((link, link, response, link), 1)
    ]
    await turn()
    await pool.answer_all()
    assert [(ids(call.frame), call.parameters) for call in pool.asked] == [
        ([1, 2], link),
        ([3], response),
        ([4], link),
    ]
    assert await answers(futures) == [[2], [4], [6], [8]]


async def test_a_model_of_free_rows_answers_with_as_many_as_it_likes() -> None:
    pool = Pool()
    pool.batcher.merge = False
    pool.batcher.free_rows = True
    futures = await pool.submit(rows(3))
    pool.workers[0].reply(doubled(Call(rows(1, 2, 3), 1)))
    assert await answers(futures) == [[2, 4, 6]]


async def test_what_waits_and_what_was_asked_is_counted() -> None:
    pool = Pool()
    first = await pool.submit(rows(1))
    others = await pool.submit(rows(2), rows(3, 4))
    assert pool.batcher.waiting == 2
    await pool.answer_all()
    assert all(each.done() for each in (*first, *others)) and pool.batcher.waiting == 0
    assert (pool.batcher.counts.rows, len(pool.batcher.counts.calls)) == (4, len(pool.asked))
