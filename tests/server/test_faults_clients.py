"""Clients that are slow, leave, or want more than their share cost nobody else's request."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.serving import Server, serving

OK = b'{"x": 10, "mode": "ok"}'
RECEIVE = 1.0
ROADS = ("/invocations", "/invocations?road=long", "/endpoints/a/invocations")
ARGUMENTS = (
    *("--workers", "1", "--receive", str(RECEIVE), "--max-connections", "8", "--queue-mb", "1"),
    *("--max-header-kb", "2", "--max-rows", "300000", "--max-columns", "100"),
)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, faulty_model: Path) -> Iterator[Server]:
    """A server with narrow limits."""
    with serving(faulty_model, tmp_path_factory.mktemp("strict"), *ARGUMENTS) as server:
        yield server


@pytest.fixture(autouse=True)
def others_are_served(strict: Server) -> Iterator[None]:
    """Whatever a test has done, the next request is answered."""
    yield
    assert strict.invoke(OK).status_code == 200
    assert "Traceback" not in strict.log.read_text()


@contextmanager
def connection(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        yield client


def head(length: int, path: str = "/invocations", *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: here", f"content-length: {length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def reply(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    data = b""
    while part := client.recv(65536):
        data += part
    return data


def refused(data: bytes, status: int, code: str) -> bool:
    start, _, body = data.partition(b"\r\n\r\n")
    told = start.startswith(b"HTTP/1.1 %d " % status) and b"connection: close" in start
    return told and json.loads(body)["error"]["code"] == code


def leave(client: socket.socket) -> None:
    """Hangs up at once, as a client does that was killed."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.parametrize("path", ROADS)
@pytest.mark.parametrize("sent", [head(100)[:40], head(100) + b'{"x": '])
def test_a_request_that_does_not_come_in_time_is_refused(
    strict: Server, path: str, sent: bytes
) -> None:
    """As of the clients of slow loris, which send a byte now and then."""
    began = time.monotonic()
    with connection(strict) as client:
        client.sendall(sent.replace(b"/invocations", path.encode(), 1))
        client.settimeout(0.1)
        answer = b""
        while not answer:
            assert time.monotonic() < began + 20 * RECEIVE
            try:
                answer = client.recv(65536)
            except TimeoutError:
                client.sendall(b" " if sent.endswith(b" ") else b"a")
        assert refused(answer, 408, "request_timed_out")


@pytest.mark.parametrize("path", ROADS)
def test_a_client_that_hangs_up_in_the_middle_of_its_body(strict: Server, path: str) -> None:
    for _ in range(5):
        with connection(strict) as client:
            client.sendall(head(1_000_000, path) + b"[" * 300_000)
            leave(client)


@pytest.mark.parametrize("path", ROADS)
def test_a_client_that_hangs_up_in_the_middle_of_its_answer(strict: Server, path: str) -> None:
    body = json.dumps({"x": list(range(20_000)), "mode": ["ok"] * 20_000}).encode()
    for _ in range(3):
        with connection(strict) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.sendall(head(len(body), path) + body)
            assert client.recv(10).startswith(b"HTTP/1.1 ")
            leave(client)


@pytest.mark.parametrize("path", ROADS)
def test_a_client_that_does_not_take_its_answer_is_cut_off(strict: Server, path: str) -> None:
    """The answer is larger than what the kernel takes off the server's hands."""
    body = json.dumps({"x": [1.5] * 290_000, "mode": ["ok"] * 290_000}).encode()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect(("127.0.0.1", strict.port))
        client.settimeout(20)
        client.sendall(head(len(body), path) + body)
        assert client.recv(10).startswith(b"HTTP/1.1 ")
        before = descriptors(strict)
        end = time.monotonic() + 20 * RECEIVE
        while descriptors(strict) >= before and time.monotonic() < end:
            time.sleep(0.1)
        assert descriptors(strict) < before


def descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


@pytest.mark.parametrize("path", ROADS)
@pytest.mark.parametrize("padding", [0, 300_000], ids=["small", "large"])
def test_r_is_not_asked_for_a_client_that_left(strict: Server, path: str, padding: int) -> None:
    x = 1000 + ROADS.index(path) + 10 * bool(padding)
    told = json.dumps({"x": x, "mode": "tell"}).encode() + b" " * padding
    slow = b'{"x": 1, "mode": "slow"}'
    with connection(strict) as first, connection(strict) as second:
        first.sendall(head(len(slow)) + slow)
        time.sleep(0.2)
        second.sendall(head(len(told), path) + told)
        time.sleep(0.2)
        leave(second)
        assert first.recv(65536).startswith(b"HTTP/1.1 200")
    assert strict.invoke({"x": x + 5000, "mode": "tell"}).status_code == 200
    log = strict.log.read_text()
    assert f"R was asked for {x + 5000}" in log
    assert f"R was asked for {x}\n" not in log


@pytest.mark.parametrize("path", ROADS)
@pytest.mark.parametrize(
    "headers", [("a: " + "b" * 3000,), tuple(f"a{i}: b" for i in range(101))], ids=["long", "many"]
)
def test_a_head_that_is_too_large(strict: Server, path: str, headers: tuple[str, ...]) -> None:
    with connection(strict) as client:
        client.sendall(head(len(OK), path, *headers) + OK)
        assert refused(reply(client), 431, "headers_too_large")


def test_a_head_without_end(strict: Server) -> None:
    with connection(strict) as client:
        client.sendall(head(1)[:-2] + b"a: " + b"b" * 1_000_000)
        assert refused(reply(client), 431, "headers_too_large")


def test_a_head_is_not_measured_with_what_came_before_it(strict: Server) -> None:
    """The second request begins in the bytes that end the first."""
    body = OK + b" " * 10_000
    with connection(strict) as client:
        client.sendall(head(len(body)) + body + head(len(OK))[:30])
        time.sleep(0.2)
        client.sendall(head(len(OK), "/invocations", "connection: close")[30:] + OK)
        assert reply(client).count(b"HTTP/1.1 200") == 2
        assert strict.invoke(OK).status_code == 200


@pytest.mark.parametrize("path", ROADS)
@pytest.mark.parametrize("bad", [head(1, "/invocations", "a: " + "b" * 3000), b"\0" * 9])
def test_what_is_refused_behind_a_good_request_costs_it_nothing(
    strict: Server, path: str, bad: bytes
) -> None:
    with connection(strict) as client:
        client.sendall(head(len(OK), path) + OK + bad)
        answer = reply(client)
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer


def test_one_client_too_many_is_told_so_but_may_ping(strict: Server) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(connection(strict))
        client = stack.enter_context(connection(strict))
        client.sendall(b"GET /ping HTTP/1.1\r\nhost: here\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.sendall(head(len(OK)) + OK)
        answer = reply(client)
        assert refused(answer, 503, "too_many_connections") and b"retry-after: 1" in answer


@pytest.mark.parametrize("path", ROADS)
def test_bodies_under_way_have_room_for_so_many_bytes_together(strict: Server, path: str) -> None:
    """One that is alone has room for any that is not too large by itself."""
    large = OK + b" " * 1_200_000
    with connection(strict) as first, connection(strict) as second:
        first.sendall(head(len(large), path) + large[:-1])
        time.sleep(0.2)
        second.sendall(head(len(large), path) + large[:300_000])
        answer = reply(second)
        assert refused(answer, 503, "queue_full") and b"retry-after: 1" in answer
        first.sendall(b" ")
        assert first.recv(65536).startswith(b"HTTP/1.1 200")
    assert strict.invoke(large).status_code == 200


def test_too_many_rows(strict: Server) -> None:
    reply = strict.invoke({"x": [1] * 300_001, "mode": ["ok"] * 300_001})
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_many_rows")


def test_too_many_columns(strict: Server) -> None:
    reply = strict.invoke({"x": 1, "mode": "ok", **{f"other{i}": 1 for i in range(100)}})
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_many_columns")


def test_records_that_share_no_field_do_not_make_a_table_of_their_product(strict: Server) -> None:
    reply = strict.invoke([{f"x{i}": 1} for i in range(19_000)])
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_many_columns")


@pytest.mark.parametrize("depth", [300, 1_000, 100_000])
def test_json_that_is_too_deep(strict: Server, depth: int) -> None:
    reply = strict.invoke(b'{"x": ' + b"[" * depth + b"]" * depth + b', "mode": "ok"}')
    assert reply.status_code in (400, 422)


def test_a_string_that_is_too_long_for_an_answer(strict: Server) -> None:
    reply = strict.invoke({"x": "9" * 200_000, "mode": "ok"})
    assert reply.status_code == 422 and len(reply.content) < 2048
