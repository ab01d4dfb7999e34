"""The process beside the server: what it reads and writes, and what its death costs."""

import asyncio
import io
import os
import signal
import time
from collections.abc import AsyncIterator

import numpy as np
import orjson
import pyarrow as pa
import pytest
from pyarrow import parquet

from bridge import codecs
from bridge.answer import Answer
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    RequestError,
    Starting,
    UnreadableBody,
)
from bridge.frame import Frame
from bridge.parameters import Parameters
from bridge.policy import read_policies
from bridge.pool.aside import Aside
from bridge.request import Asked, Read, RequestReader, Writer
from bridge.schema import Predictor, Schema
from bridge.wire import Call, pack
from tests.serving import alive, children, gone, is_reader

MIB = 1 << 20
SCHEMA = Schema(
    (
        Predictor("x", "number"),
        Predictor("g", "factor", ("a", "b"), numeric=True),
        Predictor("s", "string"),
        Predictor("b", "boolean"),
        Predictor("d", "date"),
    )
)
POLICIES = read_policies({"invalid": "na", "g": {"other": "b"}, "x": {"invalid": "reject"}})
GOOD = {"x": 1.5, "g": "a", "s": "\u00e9", "b": True, "d": "2024-02-29"}
REPLACED = {**GOOD, "g": "z", "b": "perhaps", "s": None}
MARKED = {**GOOD, "x": "two"}
JSON = Asked("application/json")


def reader(lenient: bool = False) -> RequestReader:
    reading = Reading.of(SCHEMA, None, Sizes(MIB), lenient)
    return RequestReader(Coercer(SCHEMA, POLICIES), Parameters({"level": True}), reading)


@pytest.fixture
async def aside() -> AsyncIterator[Aside]:
    aside = Aside(seconds=30, most=MIB)
    yield aside
    aside.stop()


async def read(aside: Aside, body: object, asked: Asked = JSON, lenient: bool = False) -> Read:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return await aside.read(reader(lenient), data, asked)


def process() -> int:
    (pid,) = filter(is_reader, children(os.getpid()))
    return pid


@pytest.mark.parametrize(
    ("body", "asked", "lenient"),
    [
        (GOOD, JSON, False),
        ([GOOD, REPLACED], JSON, False),
        ({**GOOD, "parameters": {"level": 0.9}}, JSON, False),
        (
            {"x": [1, None], "g": ["a", "b"], "s": ["", ""], "b": [None, False], "d": [None] * 2},
            JSON._replace(attributes="level=0.5"),
            False,
        ),
        ([GOOD, MARKED, REPLACED], JSON, True),
        ([MARKED], JSON, True),
        (b'x,g,s,b,d\n1,a,"q",T,\n1,2', Asked("text/csv"), True),
    ],
)
async def test_a_request_is_read_as_it_is_here(
    aside: Aside, body: object, asked: Asked, lenient: bool
) -> None:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    here = reader(lenient).read(data, asked)
    there = await read(aside, data, asked, lenient)
    assert (there.parameters, there.rows, there.errors) == (here.parameters, here.rows, here.errors)
    assert (there.frame is None) == (here.frame is None)
    if here.frame and there.frame:
        assert there.frame.replaced == here.frame.replaced
        assert pack(Call(there.frame, 1)) == pack(Call(here.frame, 1))


@pytest.mark.parametrize(
    "body", [[GOOD, MARKED], {"x": 1}, b"{", [GOOD, {**GOOD, "d": 1, "x": {}}]]
)
async def test_what_is_wrong_is_told_as_it_is_here(aside: Aside, body: object) -> None:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    with pytest.raises(RequestError) as here:
        reader().read(data, JSON)
    with pytest.raises(type(here.value)) as there:
        await read(aside, data)
    assert str(there.value) == str(here.value)
    assert there.value.__dict__ == here.value.__dict__


@pytest.mark.parametrize("content_type", codecs.BINARY)
async def test_an_answer_is_written_as_it_is_here(aside: Aside, content_type: str) -> None:
    columns = (np.array([1.5, -2.0]), list[str | None](["a", None]), np.array([1, 0], np.int8))
    answer = Answer(Frame(("x", "s", "b"), columns, 2), "records")
    writer = Writer(content_type, codecs.ENCODERS[content_type], "", False)
    assert await aside.write(writer, answer) == writer.encode(answer)


async def test_it_reads_parquet(aside: Aside) -> None:
    sink = io.BytesIO()
    table = {"x": [1.5], "g": ["a"], "s": ["t"], "b": [True], "d": ["2024-02-29"]}
    parquet.write_table(pa.table(table), sink)
    found = await read(aside, sink.getvalue(), Asked(codecs.PARQUET[0]))
    assert found.frame is not None and list(found.frame.columns[2]) == ["t"]


async def test_it_is_one_process_that_is_started_again_when_it_died(aside: Aside) -> None:
    await aside.warm()
    first = process()
    await read(aside, GOOD)
    assert process() == first
    os.kill(first, signal.SIGKILL)
    assert (await read(aside, GOOD)).rows == 1
    assert process() != first


def wait_for_process() -> int:
    while not (found := list(filter(is_reader, children(os.getpid())))):
        time.sleep(0.01)
    return found[0]


async def test_a_body_that_it_dies_of_twice_is_refused_and_costs_no_other(aside: Aside) -> None:
    def kill_twice() -> None:
        for _ in range(2):
            pid = wait_for_process()
            os.kill(pid, signal.SIGKILL)
            while alive(pid):
                time.sleep(0.01)

    _, refused = await asyncio.gather(
        asyncio.to_thread(kill_twice), read(aside, [GOOD] * 200_000), return_exceptions=True
    )
    assert isinstance(refused, UnreadableBody)
    assert (await read(aside, GOOD)).rows == 1


async def test_what_is_not_warm_in_time_is_so_later(caplog: pytest.LogCaptureFixture) -> None:
    aside = Aside(seconds=0.001, most=MIB)
    await aside.warm()
    assert "not ready yet: the body was not read in time" in caplog.text
    aside.stop()


async def test_what_takes_too_long_is_ended() -> None:
    aside = Aside(seconds=0.2, most=MIB)
    with pytest.raises(DeadlineExceeded):
        await read(aside, [GOOD] * 300_000)
    assert not list(filter(is_reader, children(os.getpid())))
    aside.stop()


async def test_what_takes_too_much_memory_is_refused() -> None:
    aside = Aside(seconds=30, most=-20 * MIB)
    with pytest.raises(BodyTooLarge):
        await read(aside, [GOOD] * 1_000_000)
    assert (await read(aside, GOOD)).rows == 1
    aside.stop()


async def test_nothing_of_it_is_left(aside: Aside) -> None:
    await aside.warm()
    pid = process()
    assert alive(pid)
    aside.stop()
    assert gone([pid])


async def test_it_is_not_started_again_once_it_is_stopped(aside: Aside) -> None:
    reading = asyncio.create_task(read(aside, [GOOD] * 300_000))
    await asyncio.to_thread(wait_for_process)
    aside.stop()
    with pytest.raises((Starting, asyncio.CancelledError)):
        await reading
    assert not list(filter(is_reader, children(os.getpid())))
