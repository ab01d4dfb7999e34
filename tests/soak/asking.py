"""Requests by hand over connections that stay open, as many at once as there are connections."""

import asyncio
from collections.abc import Iterable, Iterator

from tests.soak.model import Sent

ANSWER_SECONDS = 30.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answered:
    """What came back; ``status`` 0 is nothing, and ``body`` then says why."""

    def __init__(self, sent: Sent, status: int, body: bytes) -> None:
        self.sent = sent
        self.status = status
        self.body = body


async def ask_all(port: int, sent: Iterable[Sent], connections: int) -> "asyncio.Queue[Answered]":
    """Asks all of them; for each an answer in the queue, in no order."""
    shared, answers = iter(sent), asyncio.Queue[Answered]()
    await asyncio.gather(*(_ask(port, shared, answers) for _ in range(connections)))
    return answers


async def _ask(port: int, sent: Iterator[Sent], answers: "asyncio.Queue[Answered]") -> None:
    connection = None
    for one in sent:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                connection = connection or await asyncio.open_connection("127.0.0.1", port)
                status, body, stays = await _post(connection, one)
        except (OSError, EOFError) as error:
            status, body, stays = 0, repr(error).encode(), False
        if not stays and connection is not None:
            connection[1].close()
            connection = None
        answers.put_nowait(Answered(one, status, body))
    if connection is not None:
        connection[1].close()


async def _post(connection: Connection, sent: Sent) -> tuple[int, bytes, bool]:
    reader, writer = connection
    encoding = f"Content-Encoding: {sent.encoding}\r\n" if sent.encoding else ""
    head = (
        f"POST {sent.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {sent.content_type}\r\n"
        f"{encoding}Content-Length: {len(sent.body)}\r\n\r\n"
    )
    writer.write(head.encode() + sent.body)
    told = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(told.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    return int(told[9:12]), body, b"\r\nconnection: close" not in told
