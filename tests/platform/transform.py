"""transform: a batch transform job: splits an input file, asks the container, joins the answers.

As far as the platform's ways are documented; a lost connection and a 5xx are tried again, a
4xx is not. A job fails as a whole, and leaves no output.
"""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import local
from typing import Any

from tests.platform.container import Container, Response, exchange

MB = 1024 * 1024
DEFAULTS = {"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}


class TransformFailed(Exception):
    """A mini-batch was not answered, so the file has no output."""


@dataclass(frozen=True)
class Job:
    """What CreateTransformJob says; None leaves it to the container."""

    content_type: str
    accept: str
    split: str = "Line"
    assemble: str = "Line"
    strategy: str | None = None
    concurrent: int | None = None
    payload_mb: int | None = None
    timeout: float = 600
    retries: int = 3

    def environ(self) -> dict[str, str]:
        """What the platform tells the container: the last three only where the user set them."""
        told = {
            "SAGEMAKER_BATCH_STRATEGY": self.strategy,
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.concurrent,
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.payload_mb,
        }
        found = {name: str(value) for name, value in told.items() if value is not None}
        return {"SAGEMAKER_BATCH": "true", **found}


def run(container: Container, job: Job, data: bytes) -> bytes:
    """The output file for the input file ``data``; raises TransformFailed."""
    plan = parameters(container, job)
    workers = ThreadPoolExecutor(plan["MaxConcurrentTransforms"])
    with closing(_Sender(container, job, plan["MaxPayloadInMB"] == 0)) as sender, workers:
        answers = list(workers.map(sender.send, _mini_batches(job, plan, data)))
    return b"".join(a + b"\n" for a in answers) if job.assemble == "Line" else b"".join(answers)


def parameters(container: Container, job: Job) -> dict[str, Any]:
    """The job's wishes win over the container's, and these over the defaults."""
    reply = container.get("/execution-parameters")
    theirs = json.loads(reply.body) if reply.status == 200 else {}
    wishes = {
        "MaxConcurrentTransforms": job.concurrent,
        "BatchStrategy": job.strategy,
        "MaxPayloadInMB": job.payload_mb,
    }
    return {**DEFAULTS, **theirs, **{k: v for k, v in wishes.items() if v is not None}}


def _mini_batches(job: Job, plan: dict[str, Any], data: bytes) -> Iterator[bytes]:
    most = plan["MaxPayloadInMB"] * MB or len(data)
    records = io.BytesIO(data).readlines() if job.split == "Line" else [data]
    if max(map(len, records)) > most:
        raise TransformFailed("a record is larger than the payload may be")
    if job.split == "None" or plan["BatchStrategy"] == "SINGLE_RECORD":
        yield from records
    else:
        yield from _packed(records, most)


def _packed(records: list[bytes], most: int) -> Iterator[bytes]:
    batch: list[bytes] = []
    size = 0
    for record in records:
        if size + len(record) > most:
            yield b"".join(batch)
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    yield b"".join(batch)


class _Sender:
    """Sends mini-batches, with a connection for every thread."""

    def __init__(self, container: Container, job: Job, chunked: bool) -> None:
        self._container = container
        self._job = job
        self._chunked = chunked
        self._own = local()
        self._opened: list[HTTPConnection] = []

    def send(self, body: bytes) -> bytes:
        for _ in range(1 + self._job.retries):
            reply = self._try(body)
            if reply is not None and reply.status == 200:
                return reply.body
            if reply is not None and reply.status < 500:
                break
        told = "no answer" if reply is None else f"{reply.status}: {reply.body.decode()}"
        raise TransformFailed(told)

    def _try(self, body: bytes) -> Response | None:
        headers = {"Content-Type": self._job.content_type, "Accept": self._job.accept}
        content = iter([body]) if self._chunked else body
        try:
            return exchange(self._connection(), "POST", "/invocations", content, headers)
        except OSError:
            self._own.connection.close()  # it opens again for the next request
            return None

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = self._container.connect(self._job.timeout)
            self._opened.append(self._own.connection)
        connection: HTTPConnection = self._own.connection
        return connection

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
