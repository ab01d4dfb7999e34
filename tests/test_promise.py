"""Promise: kept once, told at once, and nobody's callback harms another's."""

import asyncio

import pytest

from bridge.promise import Promise


def test_it_tells_at_once_and_keeps_the_first_result() -> None:
    promise, told = Promise[int](), list[int]()
    promise.add_done_callback(lambda p: told.append(p.result()))
    assert not promise.done()
    promise.set_result(1)
    assert told == [1] and promise.done()
    promise.set_result(2)
    promise.set_exception(ValueError())
    promise.add_done_callback(lambda p: told.append(p.result()))
    assert told == [1, 1]


def test_a_callback_that_fails_keeps_nobody_from_his_result(
    caplog: pytest.LogCaptureFixture,
) -> None:
    promise, told = Promise[int](), list[int]()
    promise.add_done_callback(lambda _: 1 // 0)
    promise.add_done_callback(lambda p: told.append(p.result()))
    promise.set_result(1)
    assert told == [1]
    assert "ZeroDivisionError" in caplog.text


async def test_it_can_be_awaited_before_and_after_it_is_kept() -> None:
    promise = Promise[int]()
    waiting = asyncio.ensure_future(promise)
    await asyncio.sleep(0)
    promise.set_result(1)
    assert await waiting == 1
    assert await promise == 1


async def test_an_error_is_raised_where_it_is_awaited() -> None:
    promise = Promise[int]()
    promise.set_exception(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await promise


async def test_who_is_cancelled_while_he_waits_cancels_it() -> None:
    promise, told = Promise[int](), list[str]()
    promise.add_done_callback(lambda p: told.append("told"))
    waiting = asyncio.ensure_future(promise)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert told == ["told"]
    with pytest.raises(asyncio.CancelledError):
        promise.result()
