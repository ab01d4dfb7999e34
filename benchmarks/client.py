"""client: HTTP/1.1 by hand, and a tally that compares every body.

Independent of wrk and of the code that is measured.
"""

import asyncio
import http.client
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

HOST = "127.0.0.1"
ANSWER_SECONDS = 30.0  # what is not answered by then has failed
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Exchange(NamedTuple):
    """A request body and the only right answer to it."""

    request: bytes
    expected: bytes


@dataclass
class Tally:
    """How many answers were asked for, were wrong, or failed; the longest wait in seconds."""

    asked: int = 0
    wrong: int = 0
    failed: int = 0
    slowest: float = 0.0
    example: str = ""

    @property
    def clean(self) -> bool:
        """True if something was asked and every answer was right."""
        return self.asked > 0 and self.wrong == self.failed == 0

    def note(self, exchange: Exchange, status: int, body: bytes, seconds: float) -> None:
        """Counts one answer; status 0 stands for none."""
        self.asked += 1
        self.slowest = max(self.slowest, seconds)
        if status != 200:
            self.failed += 1
        elif body != exchange.expected:
            self.wrong += 1
        else:
            return
        self.example = self.example or f"{exchange.request!r}: {status} {body[:200]!r}"


async def post(connection: Connection, request: bytes) -> tuple[int, bytes]:
    """Status and body of one ``POST /invocations``; raises OSError or EOFError."""
    reader, writer = connection
    writer.write(
        b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(request), request)
    )
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
    return int(head[9:12]), await reader.readexactly(length)


async def ask_all(port: int, exchanges: Iterable[Exchange], connections: int) -> Tally:
    """Asks ``exchanges`` over so many connections, each as soon as its last is answered."""
    tally, shared = Tally(), iter(exchanges)
    await asyncio.gather(*(_ask(port, shared, tally) for _ in range(connections)))
    return tally


async def _ask(port: int, exchanges: Iterator[Exchange], tally: Tally) -> None:
    connection = None
    for exchange in exchanges:
        began, status, body = time.perf_counter(), 0, b""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                connection = connection or await asyncio.open_connection(HOST, port)
                status, body = await post(connection, exchange.request)
        except (OSError, EOFError) as error:
            _close(connection)
            body, connection = repr(error).encode(), None
        tally.note(exchange, status, body, time.perf_counter() - began)
    _close(connection)


def _close(connection: Connection | None) -> None:
    if connection is not None:
        connection[1].close()


def is_right(port: int, exchange: Exchange, timeout: float) -> bool:
    """True if the server gives the right answer now; False if it gives another, or none."""
    return ask(port, "/invocations", exchange.request, timeout) == exchange.expected


def ask(
    port: int, path: str, body: bytes, timeout: float, content_type: str = "application/json"
) -> bytes | None:
    """The body of the answer, if there is one and its status is 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        headers = {"Content-Type": content_type, "Accept": content_type}
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        return answer if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def ping_for(port: int, seconds: float) -> Tally:
    """Asks ``GET /ping`` a hundred times a second; for a process of its own."""
    tally, until = Tally(), time.perf_counter() + seconds
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    while (began := time.perf_counter()) < until:
        connection.request("GET", "/ping")
        response = connection.getresponse()
        body = response.read()
        tally.note(Exchange(b"/ping", b""), response.status, body, time.perf_counter() - began)
        time.sleep(0.01)
    connection.close()
    return tally
