"""Long answers in lines: chunked, byte for byte what one piece would be, whatever the client."""

import gzip
import io
import json
import re
import signal
import socket
import struct
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from bridge.codecs.pieces import MANY_CELLS
from bridge.served import LARGE_BYTES
from tests.server.mme import hooked
from tests.server.test_clients import client_of
from tests.server.test_roads import connection, request, response
from tests.serving import Server, serving

NAME = "n" * 500  # so that a line of JSON is long
HOOKS = """
model_fn <- function(dir) list(model = structure(list(), class = "wide"))
predict_fn <- function(newdata, model) setNames(data.frame(newdata$x), strrep("n", 500))
"""
PATHS = ["/invocations", "/invocations/", "/endpoints/any/invocations"]
MANY, MORE = 12_000, 16_000  # rows in CSV of less than LARGE_BYTES, and of more


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("wide")
    hooked(folder, "wide", HOOKS)
    with serving(folder / "wide" / "model", folder, "--workers", "1") as server:
        yield server


def rows(count: int) -> bytes:
    cell = b"%d.00000000000000" if count == MORE else b"%d"
    return b"\n".join(cell % (row % 1000) for row in range(count))


def test_both_sizes_of_a_request_are_tried() -> None:
    assert MANY > MANY_CELLS and len(rows(MANY)) < LARGE_BYTES <= len(rows(MORE))


def lines(accept: str, count: int) -> bytes:
    """The answer to ``rows``, as it is documented."""
    values = [float(row % 1000) for row in range(count)]
    if accept.startswith("text/csv"):
        header = NAME + "\n" if "header" in accept else ""
        return (header + "\n".join(map(repr, values))).encode()
    return "\n".join(f'{{"{NAME}":{value!r}}}' for value in values).encode()


def ask(
    server: Server, body: bytes, accept: str, path: str = "/invocations", **headers: str
) -> httpx.Response:
    sent = {"content-type": "text/csv", "accept": accept, "accept-encoding": "identity"}
    return httpx.post(server.url + path, content=body, headers=sent | headers, timeout=30)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("count", [MANY, MORE])
@pytest.mark.parametrize(
    "accept", ["text/csv", "text/csv; header=present", "application/jsonlines"]
)
def test_a_long_answer_is_chunked(wide: Server, accept: str, count: int, path: str) -> None:
    reply = ask(wide, rows(count), accept, path)
    assert (reply.status_code, reply.headers["content-type"]) == (200, accept)
    assert reply.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in reply.headers
    assert reply.content == lines(accept, count)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("accept", "count"),
    [("text/csv", MANY_CELLS), ("application/jsonlines", 1), ("application/json", MANY)],
)
def test_others_are_sent_whole(wide: Server, accept: str, count: int, path: str) -> None:
    reply = ask(wide, rows(count), accept, path)
    assert int(reply.headers["content-length"]) == len(reply.content)
    assert "transfer-encoding" not in reply.headers


@pytest.mark.parametrize("path", PATHS)
def test_a_client_of_http_1_0_gets_it_whole(wide: Server, path: str) -> None:
    with connection(wide) as client:
        headers = ("content-type: text/csv", "accept: application/jsonlines")
        client.sendall(request(rows(MANY), *headers, version="1.0", path=path))
        status, told, body = response(client)
    assert (status, told["content-length"]) == (200, str(len(body)))
    assert body == lines("application/jsonlines", MANY)


@pytest.mark.parametrize("path", PATHS[:2])
@pytest.mark.parametrize("count", [MANY, MORE])
def test_a_long_answer_comes_packed_where_that_is_asked(
    wide: Server, path: str, count: int
) -> None:
    sent = {"accept-encoding": "gzip", "content-type": "text/csv", "accept": "text/csv"}
    url = wide.url + path
    with httpx.stream("POST", url, content=rows(count), headers=sent, timeout=30) as reply:
        packed = b"".join(reply.iter_raw())
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["transfer-encoding"] == "chunked"
    assert gzip.decompress(packed) == lines("text/csv", count)


@pytest.mark.parametrize("accept", ["text/csv", "application/jsonlines"])
def test_a_response_stream_has_the_same_body(wide: Server, accept: str) -> None:
    answer = client_of(wide).invoke_endpoint_with_response_stream(
        EndpointName="any", Body=rows(MANY), ContentType="text/csv", Accept=accept
    )
    assert answer["ContentType"] == accept
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert len(parts) > 2 and b"".join(parts) == lines(accept, MANY)


@pytest.mark.parametrize("path", PATHS[:2])
@pytest.mark.parametrize("count", [MANY, MORE])
def test_what_is_refused_keeps_its_status(wide: Server, path: str, count: int) -> None:
    reply = ask(wide, rows(count) + b"\nseven", "text/csv", path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "wrong_type")
    assert int(reply.headers["content-length"]) == len(reply.content)


def test_an_inference_id_is_in_the_log(wide: Server) -> None:
    ask(wide, rows(MANY), "text/csv", **{"x-amzn-sagemaker-inference-id": "a-long-one"})
    assert wide.log.read_text().count("inference a-long-one: 200") == 1


def test_requests_behind_a_long_answer_are_answered_in_order(wide: Server) -> None:
    headers = ("content-type: text/csv", "accept: text/csv")
    long, short = request(rows(MANY), *headers), request(b"7", *headers)
    last = request(b"7", *headers, "connection: close")
    with connection(wide) as client:
        client.sendall(long + short + long + last)
        data = b"".join(iter(lambda: client.recv(1 << 20), b""))
    chunked, whole = b"transfer-encoding: chunked\r\n", b"content-length: 3\r\n"
    found = re.findall(b"|".join((chunked, whole, b"\r\n0\r\n\r\n")), data)
    assert found == [chunked, b"\r\n0\r\n\r\n", whole] * 2
    assert data.endswith(b"\r\n\r\n7.0")


def test_a_connection_is_used_again_after_a_long_answer(wide: Server) -> None:
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    with httpx.Client(base_url=wide.url, headers=headers) as client:
        for count in (MANY, 3, MORE, 3):
            assert client.post("/invocations", content=rows(count)).content == lines(
                "text/csv", count
            )


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_hangs_up_does_no_harm(wide: Server, path: str) -> None:
    headers = ("content-type: text/csv", "accept: application/jsonlines")
    with connection(wide) as client:
        client.sendall(request(rows(MORE), *headers, path=path))
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
    assert ask(wide, b"7", "text/csv").content == b"7.0"
    log = wide.log.read_text()
    assert "Traceback" not in log and "ERROR" not in log


def test_sigterm_lets_a_long_answer_finish(tmp_path: Path) -> None:
    hooked(tmp_path, "wide", HOOKS)
    headers = ("content-type: text/csv", "accept: application/jsonlines")
    with (
        serving(tmp_path / "wide" / "model", tmp_path) as server,
        connection(server) as client,
    ):
        client.sendall(request(rows(MORE), *headers))
        data = client.recv(1000)
        server.process.send_signal(signal.SIGTERM)
        data += b"".join(iter(lambda: client.recv(1 << 20), b""))
        assert data.endswith(b"\r\n0\r\n\r\n") and len(data) > 8e6
        assert server.process.wait(20) == 0


@pytest.mark.parametrize(
    "environ",
    [{"RBRIDGE_CHUNKED": "false"}, {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2"}],
    ids=["switched off", "on SageMaker"],
)
def test_on_sagemaker_every_answer_is_whole(tmp_path: Path, environ: dict[str, str]) -> None:
    hooked(tmp_path, "wide", HOOKS)
    with serving(tmp_path / "wide" / "model", tmp_path, **environ) as server:
        for path, count in product(PATHS[:2], (MANY, MORE)):
            for encoding in ("identity", "gzip"):
                headers = {"accept-encoding": encoding}
                reply = ask(server, rows(count), "text/csv", path, **headers)
                assert "transfer-encoding" not in reply.headers
                assert reply.headers.get("content-encoding", "identity") == encoding
                assert int(reply.headers["content-length"]) == reply.num_bytes_downloaded
                assert reply.content == lines("text/csv", count)


def peak_kib(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_memory_does_not_grow_with_the_body(wide: Server) -> None:
    """The answer is of 130 MB; the request holds 2 MB of numbers."""
    out = io.BytesIO()
    np.save(out, np.arange(250_000.0))
    before = peak_kib(wide)
    size = 0
    sent: Any = {"content-type": "application/x-npy", "accept": "application/jsonlines"}
    sent["accept-encoding"] = "identity"
    url = wide.url + "/invocations"
    with httpx.stream("POST", url, content=out.getvalue(), headers=sent, timeout=60) as reply:
        for chunk in reply.iter_raw(1 << 20):
            size += len(chunk)
            last = chunk
    assert json.loads(last.rpartition(b"\n")[2]) == {NAME: 249_999.0}
    assert size > 125e6
    assert peak_kib(wide) - before < 80_000
