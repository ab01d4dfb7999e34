"""The short road and uvicorn's own answer alike, whatever way a request comes in."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pytest

from tests.server.scraped import Value, difference, scrape
from tests.serving import RECORD, Server

GOOD = json.dumps(RECORD).encode()
ANSWER = b'{"marathon_time":["03:23:30"]}'


@contextmanager
def connection(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        yield client


def request(body: bytes, *headers: str, version: str = "1.1", path: str = "/invocations") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "host: here", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def response(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One response: status, headers, body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536) or pytest.fail(f"closed after {data!r}")
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(headers["content-length"]):
        body += client.recv(65536)
    return int(status.split()[1]), headers, body


def closed(client: socket.socket) -> bool:
    return client.recv(1) == b""


ROADS = [("1.1", "/invocations"), ("1.0", "/invocations"), ("1.1", "/invocations?road=long")]


@pytest.mark.parametrize(
    "body", [GOOD, b"", b'{"hmtime": 1}', b'{"hmtime": "x", "gender": "M"}', b"["]
)
def test_both_roads_give_the_same_response(marathon: Server, body: bytes) -> None:
    seen = []
    for version, path in ROADS:
        with connection(marathon) as client:
            client.sendall(request(body, version=version, path=path))
            status, headers, content = response(client)
            seen.append((status, headers["content-type"], content))
    assert seen[0] == seen[1] == seen[2]


def quiet(server: Server) -> None:
    """Waits until the server asks R nothing by itself any more."""
    end = time.monotonic() + 10
    while "requests are merged" not in server.log.read_text() and time.monotonic() < end:
        time.sleep(0.02)
    while scrape(server.url).moved(before := scrape(server.url)) and time.monotonic() < end:
        del before


MANY = json.dumps([RECORD] * 20_000).encode()
BODIES = [
    *(GOOD, json.dumps([RECORD] * 3).encode(), MANY),
    *(b"", b'{"hmtime": 1}', b'{"hmtime": "x", "gender": "M"}', b"[", b" " * (26 << 20)),
]
HEADERS = [(), ("accept: text/csv",), ("accept: image/png",), ("content-type: image/png",)]


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_both_roads_are_counted_alike(
    marathon: Server, body: bytes, headers: tuple[str, ...]
) -> None:
    quiet(marathon)

    def ask(version: str, path: str) -> None:
        with connection(marathon) as client, suppress(ConnectionError):
            client.sendall(request(body, *headers, version=version, path=path))
            while b"\r\n\r\n" not in (data := client.recv(65536)):
                assert data

    seen: list[dict[Value, float]] = []
    for version, path in ROADS:
        moved = difference(marathon.url, partial(ask, version, path))
        if body == MANY:  # in how many blocks R is asked them depends on how fast it was before
            moved = {key: value for key, value in moved.items() if "_call" not in key[0]}
        seen.append(moved)
    assert seen[0] == seen[1] == seen[2]
    requests = [count for (name, _), count in seen[0].items() if name == "rbridge_requests_total"]
    assert requests == [1]


def test_one_connection_is_used_again_and_again(marathon: Server) -> None:
    with connection(marathon) as client:
        for body, status in ((GOOD, 200), (b"{", 400), (GOOD, 200)):
            client.sendall(request(body))
            assert response(client)[0] == status


def test_a_head_that_is_known_by_now_is_read_like_any_other(marathon: Server) -> None:
    with connection(marathon) as client:
        for body in (GOOD, GOOD, GOOD, GOOD.replace(b'"M"', b'"X"'), GOOD[:-1] + b"]", GOOD):
            seen = []
            for path in ("/invocations", "/invocations?road=long"):
                client.sendall(request(body, path=path))
                seen.append(response(client)[::2])
            assert seen[0] == seen[1]
        whole = request(GOOD)
        for cut in (1, len(whole) - len(GOOD), len(whole) - 1):
            client.sendall(whole[:cut])
            time.sleep(0.02)
            client.sendall(whole[cut:])
            assert response(client)[::2] == (200, ANSWER)
            client.sendall(whole)
            assert response(client)[::2] == (200, ANSWER)


def test_a_connection_is_closed_when_the_client_says_so(marathon: Server) -> None:
    with connection(marathon) as client:
        client.sendall(request(GOOD, "connection: close"))
        status, headers, content = response(client)
        assert (status, headers["connection"], content) == (200, "close", ANSWER)
        assert closed(client)


def test_pipelined_requests_are_answered_in_order(marathon: Server) -> None:
    with connection(marathon) as client:
        client.sendall(request(GOOD) + request(b"[]") + request(b"{") + request(GOOD))
        data = b""
        while data.count(b"HTTP/1.1 ") < 4 or not data.endswith(ANSWER):
            data += client.recv(65536)
        statuses = [int(part[:3]) for part in data.split(b"HTTP/1.1 ")[1:]]
        assert statuses == [200, 400, 400, 200]


def test_a_chunked_body_in_pieces(marathon: Server) -> None:
    with connection(marathon) as client:
        head = b"POST /invocations HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n"
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (GOOD[:9], GOOD[9:]))
        for byte in head + chunks + b"0\r\n\r\n":
            client.sendall(bytes([byte]))
        assert response(client)[2] == ANSWER


def test_a_client_that_waits_for_100_continue(marathon: Server) -> None:
    with connection(marathon) as client:
        whole = request(GOOD, "expect: 100-continue")
        client.sendall(whole[: -len(GOOD)])
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(GOOD)
        assert response(client)[2] == ANSWER


def test_a_large_body_passes(marathon: Server) -> None:
    body = json.dumps([RECORD] * 20000).encode()
    for path in ("/invocations", "/invocations?road=long"):
        with connection(marathon) as client:
            client.sendall(request(body, path=path))
            status, _, content = response(client)
            assert (status, content.count(b"03:23:30")) == (200, 20000)


def test_a_body_over_the_limit_closes_the_connection(marathon: Server) -> None:
    with connection(marathon) as client:
        client.sendall(
            request(b"x" * 0, "transfer-encoding: chunked").replace(b"content-length: 0\r\n", b"")
        )
        chunk = b"%x\r\n%s\r\n" % (2**20, b" " * 2**20)
        try:
            for _ in range(27):
                client.sendall(chunk)
        except ConnectionError:
            pass
        status, headers, content = response(client)
        assert (status, headers["connection"]) == (413, "close")
        assert b"body_too_large" in content


def test_a_client_that_hangs_up_leaves_the_server_well(marathon: Server) -> None:
    for cut in (10, 60, 10**6):
        with connection(marathon) as client:
            client.sendall(request(GOOD)[:cut])
    assert marathon.invoke(RECORD).content == ANSWER
