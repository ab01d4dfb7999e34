"""Idle connections are closed, busy ones are not: over real sockets, with a short timeout."""

import http.client
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bridge.http.bounded import BoundedProtocol

TIMEOUT = 1


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    config = uvicorn.Config(
        Starlette(routes=[Route("/", hello)]),
        port=0,
        http=BoundedProtocol,
        timeout_keep_alive=TIMEOUT,
        log_config=None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello"


def seconds_until_closed(connection: http.client.HTTPConnection) -> float:
    start = time.monotonic()
    assert connection.sock.recv(1) == b""
    return time.monotonic() - start


def test_an_idle_connection_is_closed_when_its_time_is_over(
    connection: http.client.HTTPConnection,
) -> None:
    ask(connection)
    assert TIMEOUT * 0.9 < seconds_until_closed(connection) < TIMEOUT + 5


def test_each_request_starts_the_time_anew(connection: http.client.HTTPConnection) -> None:
    ask(connection)
    sock = connection.sock
    for _ in range(3):
        time.sleep(TIMEOUT * 0.6)
        ask(connection)
    assert connection.sock is sock
    assert TIMEOUT * 0.9 < seconds_until_closed(connection) < TIMEOUT + 5
