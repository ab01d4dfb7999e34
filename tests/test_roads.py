"""Who reads a body, and who writes an answer: the event loop, a thread, the process beside it."""

import asyncio
import gzip
import threading
from typing import Any

import numpy as np
import pytest

from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.codecs import BINARY, Form, json, jsonlines
from bridge.coerce import Coercer
from bridge.errors import PredictionFailed
from bridge.frame import Frame
from bridge.parameters import Parameters
from bridge.promise import Promise
from bridge.request import MANY_BYTES, Asked, Body, Read, RequestReader, Writer, whole
from bridge.schema import Predictor, Schema
from bridge.served import Invocation, ServedModel
from bridge.wire import Call, Failure
from tests.fakes import LONG, doubled

SCHEMA = Schema((Predictor("id", "number"), Predictor("name", "string")))
CSV, JSON = Asked("text/csv", "text/csv"), Asked("application/json")


class Beside:
    """Reads at once what it is given."""

    def __init__(self) -> None:
        self.read_bytes: list[int] = []

    async def read(self, reader: RequestReader, body: Body, asked: Asked, block: int) -> Read:
        self.read_bytes.append(len(whole(body)))
        return reader.read(whole(body), asked).in_blocks(block)

    async def write(self, writer: Writer, answer: Answer) -> bytes:
        return writer.encode(answer)


class Noting(Coercer):
    """Knows which threads it has worked on."""

    def __call__(self, raw: Any, most: int | None = None) -> Frame:
        self.thread = threading.current_thread()
        return super().__call__(raw, most)


def csv(rows: int, row: bytes = b"1.5,a") -> bytes:
    return b"\n".join([row] * rows)


INFER = (
    b'{"inputs":[{"name":"id","shape":[%d],"datatype":"FP64","data":[%s]},'
    b'{"name":"name","shape":[%d],"datatype":"BYTES","data":[%s]}]}'
)


def infer(rows: int) -> bytes:
    return INFER % (rows, b",".join([b"1"] * rows), rows, b",".join([b'"a"'] * rows))


LOOP, THREAD, BESIDE = "loop", "thread", "beside"
FORM = Asked(form=Form("inference", (("model", "m"),)))
BODIES = [
    (csv(1), CSV, LOOP),
    (csv(1000), CSV, LOOP),
    (csv(10_000), CSV, THREAD),
    (csv(25_000, b"1,"), CSV, THREAD),
    (csv(40_000, b"1,"), CSV, BESIDE),
    (csv(20_000, b"1.00000000000,a"), CSV, BESIDE),
    (b"[" + b",".join([b'{"id":1,"name":"a"}'] * 100) + b"]", JSON, LOOP),
    (b"[" + b",".join([b'{"id":1,"name":"a"}'] * 5000) + b"]", JSON, THREAD),
    (infer(1000), FORM, LOOP),
    (infer(10_000), FORM, THREAD),
    (infer(60_000), FORM, BESIDE),
]


class Prompt:
    """A worker that has answered when it is asked."""

    def call(self, call: Call, timeout: float) -> Promise[Answer | Failure]:
        promise = Promise[Answer | Failure]()
        asyncio.get_running_loop().call_soon(promise.set_result, doubled(call))
        return promise


@pytest.mark.parametrize(("body", "asked", "road"), BODIES)
async def test_a_body_is_read_by_who_has_the_time(body: bytes, asked: Asked, road: str) -> None:
    beside, coerce = Beside(), Noting(SCHEMA)
    served = ServedModel(aside=beside)
    served.open(coerce, Batcher(Prompt, 10, LONG), Parameters({}))
    assert (served.begin(body, asked) is None) == (road != LOOP)
    assert (await served.invoke(body, asked)).body
    assert beside.read_bytes == ([len(body)] if road == BESIDE else [])
    assert (coerce.thread is threading.main_thread()) == (road != THREAD)


def replied(rows: int, columns: int) -> Answer:
    names = tuple(f"p{place}" for place in range(columns))
    return Answer(Frame(names, (np.full(rows, 0.1 + 0.2),) * columns, rows), "records")


@pytest.mark.parametrize("accept_encoding", ["", "gzip"])
def test_a_document_that_is_too_long_to_be_joined_says_its_size(accept_encoding: str) -> None:
    answer = replied(MANY_BYTES // 100, 10)
    reply = Writer("application/json", json.encode, accept_encoding, chunked=True).reply(answer)
    body = reply.body + b"".join(reply.rest or ())
    if accept_encoding:
        assert reply.rest is None and len(body) < MANY_BYTES
        body = gzip.decompress(body)
    else:
        assert reply.size == len(body) >= MANY_BYTES > len(reply.body)
    assert body == json.encode(answer)


def test_lines_are_sent_while_they_are_written_unless_that_is_switched_off() -> None:
    answer = replied(5000, 10)
    chunked, at_once = (
        Writer("application/jsonlines", jsonlines.encode, "", chunked).reply(answer)
        for chunked in (True, False)
    )
    assert (chunked.size, at_once.rest) == (None, None)
    assert chunked.body + b"".join(chunked.rest or ()) == at_once.body


async def test_who_writes_a_reply_depends_on_its_cells() -> None:
    few, many = Promise[Answer](), Promise[Answer]()
    few.set_result(replied(1000, 10))
    many.set_result(replied(1001, 10))
    writer, asked = Writer("application/json", json.encode, "", True), Frame((), (), 1)
    assert not Invocation(few, writer, asked).is_long and Invocation(many, writer, asked).is_long
    parquet = writer._replace(content_type=BINARY[0])
    assert Invocation(few, parquet, asked).is_long
    failed = Promise[Answer]()
    failed.set_exception(PredictionFailed("stop"))
    assert not Invocation(failed, parquet, asked).is_long
