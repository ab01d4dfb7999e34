"""Hostile requests on a real port: one reading of each, or none; and what the log makes of them."""

import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.server.mme import Endpoint, endpoint, hooked
from tests.serving import RECORD, Server

BODY = json.dumps(RECORD).encode()
LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
ANSWER = b'{"marathon_time":["03:23:30"]}'
HIDDEN = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"


def request(
    *lines: bytes, body: bytes = BODY, first: bytes = b"POST /invocations HTTP/1.1"
) -> bytes:
    return b"\r\n".join((first, b"Host: a", *lines)) + b"\r\n\r\n" + body


REFUSED = {
    "lengths that differ": request(LENGTH, b"Content-Length: 5"),
    "the same length twice": request(LENGTH, LENGTH),
    "a list of lengths": request(b"Content-Length: 36, 36"),
    "a length with a sign": request(b"Content-Length: +36"),
    "a length below zero": request(b"Content-Length: -1"),
    "a length in hexadecimal": request(b"Content-Length: 0x24"),
    "a length beyond 64 bits": request(b"Content-Length: 99999999999999999999999"),
    "a length and chunks": request(LENGTH, CHUNKED, body=CHUNKS),
    "chunks and a length": request(CHUNKED, LENGTH, body=CHUNKS),
    "a request hidden behind chunks": request(LENGTH, CHUNKED, body=HIDDEN),
    "chunks twice": request(CHUNKED, CHUNKED, body=CHUNKS),
    "chunks not last": request(b"Transfer-Encoding: chunked, gzip", body=CHUNKS),
    "no known encoding": request(b"Transfer-Encoding: xchunked", body=CHUNKS),
    "an encoding behind a tab": request(b"Transfer-Encoding: \x0bchunked", body=CHUNKS),
    "a space before a colon": request(b"Transfer-Encoding : chunked", body=CHUNKS),
    "a folded line": request(LENGTH, b"X-A: 1\r\n  more"),
    "a folded encoding": request(LENGTH, b"Transfer-Encoding:\r\n chunked", body=CHUNKS),
    "bare line feeds": request(LENGTH).replace(b"\r\n", b"\n"),
    "one bare line feed": request(LENGTH, b"X: 1\nY: 2"),
    "a bare carriage return": request(LENGTH, b"X: 1\rY: 2"),
    "a NUL in a value": request(LENGTH, b"X: 1\x002"),
    "a NUL in a name": request(LENGTH, b"X\x00: 1"),
    "an escape in a value": request(LENGTH, b"X-Amzn-SageMaker-Inference-Id: \x1b[31m"),
    "a space in a name": request(LENGTH, b"X Y: 1"),
    "a line without a colon": request(LENGTH, b"nothing"),
    "a line without a name": request(LENGTH, b": 1"),
    "a chunk beyond 64 bits": request(CHUNKED, body=b"fffffffffffffffff\r\n" + BODY),
    "a chunk below zero": request(CHUNKED, body=b"-1\r\n" + BODY),
    "a chunk that does not end": request(CHUNKED, body=CHUNKS.replace(BODY, BODY + b"XX")),
    "a line feed in a chunk's extension": request(CHUNKED, body=CHUNKS.replace(b"\r", b";\n\r", 1)),
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": request(LENGTH, first=b"POST /invocations HTTP/1.2"),
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(50),
    "a tunnel": request(first=b"CONNECT a:1 HTTP/1.1", body=b""),
    "bytes in the path": request(LENGTH, first="POST /ä HTTP/1.1".encode()),
}
TOO_LARGE = {
    "a long line": request(LENGTH, b"X: " + b"a" * 1_000_000),
    "a long name": request(LENGTH, b"X" * 1_000_000 + b": 1"),
    "a long path": request(LENGTH, first=b"POST /" + b"a" * 1_000_000 + b" HTTP/1.1"),
    "many lines": request(LENGTH, *(b"X: %d" % i for i in range(300))),
}
UPGRADE = (b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AAEA", b"Upgrade: h2c")
WEBSOCKET = (b"Connection: keep-alive, Upgrade", b"Upgrade: websocket")


def exchange(server: Server, *parts: bytes) -> bytes:
    """All that is answered until the server closes; each part is sent once the last was read."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answered = b""
        try:
            for part in parts:
                client.sendall(part)
            while data := client.recv(1 << 16):
                answered += data
        except (ConnectionResetError, BrokenPipeError):
            pass  # it closed with something of ours unread
    return answered


def statuses(answered: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answered)]


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_be_read_in_two_ways_is_not_read(marathon: Server, name: str) -> None:
    answered = exchange(marathon, REFUSED[name])
    assert statuses(answered) == [400]
    assert json.loads(answered.partition(b"\r\n\r\n")[2])["error"]["code"] == "malformed_request"


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_head_has_bounds(marathon: Server, name: str) -> None:
    assert statuses(exchange(marathon, TOO_LARGE[name])) == [431]
    assert marathon.invoke(RECORD).status_code == 200


def test_a_good_request_before_it_is_answered(marathon: Server) -> None:
    """And nothing behind it is."""
    bad = REFUSED["a length and chunks"]
    with socket.create_connection(("127.0.0.1", marathon.port), timeout=10) as client:
        client.sendall(request(LENGTH))
        assert client.recv(1 << 16).endswith(ANSWER)
        client.sendall(bad + request(LENGTH))
        answered = b""
        while data := client.recv(1 << 16):
            answered += data
    assert statuses(answered) == [400]


@pytest.mark.parametrize("upgrade", [UPGRADE, WEBSOCKET])
@pytest.mark.parametrize("path", [b"/invocations", b"/invocations/"])
def test_a_wish_for_another_protocol_costs_no_body(
    marathon: Server, path: bytes, upgrade: tuple[bytes, ...]
) -> None:
    """Java's client sends it; the body may come with the head, behind it, or in between."""
    wish = request(*upgrade, LENGTH, first=b"POST %s HTTP/1.1" % path)
    last = request(LENGTH, b"Connection: close", first=b"POST %s HTTP/1.1" % path)
    for cut in (0, 30, len(wish) - len(BODY), len(wish) - 3):
        answered = exchange(marathon, wish[:cut], wish[cut:], wish, last)
        assert statuses(answered) == [200, 200, 200]
        assert answered.count(ANSWER) == 3


def test_the_body_of_such_a_request_is_no_request(marathon: Server) -> None:
    inner = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    wish = request(*UPGRADE, b"Content-Length: %d" % len(inner), body=b"")
    answered = exchange(marathon, wish, inner, request(LENGTH, b"Connection: close"))
    assert statuses(answered) == [400, 200]
    assert b"malformed_json" in answered


BODIES = [
    (b'{"hmtime": "1:30:20", "gender": "M", "gender": "F"}', 400, "duplicate_key", '"gender"'),
    (b'{"hmtime": "1:30:20", "gender": "\\ud800"}', 400, "malformed_json", "surrogate"),
    (b'{"hmtime": "1:30:20", "gender": "\xff"}', 400, "malformed_json", "UTF-8"),
    (b'{"hmtime": "1:3\\u0000", "gender": "M"}', 422, "wrong_type", "NUL"),
    (b'{"hmtime": ' + b"9" * 5000 + b', "gender": "M"}', 400, "non_finite_number", "too large"),
    (b"[" * 100_000, 400, "malformed_json", "depth"),
    (b'{"a":' * 1000 + b"1" + b"}" * 1000, 400, "wrong_shape", "nested too deeply"),
]


@pytest.mark.parametrize(("body", "status", "code", "text"), BODIES)
def test_hostile_json(marathon: Server, body: bytes, status: int, code: str, text: str) -> None:
    reply = marathon.invoke(body)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert text in error["message"]


EVENT = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ (DEBUG|INFO|WARNING|ERROR) [\w.]+ \[\d+\] ")
FORGED = "x\n2026-01-01 00:00:00,000 ERROR forged [1] line \x1b[31m\x85\u2028\u202e"
STOPPING = """
model_fn <- function(dir) list(model = structure(list(), class = "argued"))
predict_fn <- function(newdata, model) stop(newdata$text)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    root = tmp_path_factory.mktemp("models")
    hooked(root, "stopping", STOPPING, '[inputs.text]\ntype = "string"\n')
    hooked(root.parent, f"{root.name}-beside", STOPPING)
    (root / "link").symlink_to(root.parent / f"{root.name}-beside")
    with endpoint(root, tmp_path_factory.mktemp("log")) as server:
        yield server


def test_no_text_of_a_request_looks_like_an_event_of_the_log(many: Endpoint) -> None:
    url = str(many.root / "stopping" / "model")
    assert many.load(FORGED, url).status_code == 200
    assert many.load("other", f"{many.root}/{FORGED}").status_code == 400
    invoke = f"{many.url}/models/{quote(FORGED)}/invoke"
    header = {b"X-Amzn-SageMaker-Inference-Id": b"forged\x85id"}
    reply = httpx.post(invoke, json={"text": FORGED}, headers=header, timeout=30)
    assert (reply.status_code, reply.json()["error"]["message"]) == (500, FORGED)
    assert many.unload(quote(FORGED)).status_code == 200
    text = many.log.read_text(encoding="utf-8")
    assert text.count("forged") >= 5
    assert not set(text) & set("\x1b\x85\u2028\u202e\r")
    lines = [line for line in text.splitlines() if not line.startswith("    ")]
    assert all(EVENT.match(line) and "ERROR forged" not in line for line in lines)


OUTSIDE = [
    "/etc",
    "{root}/../{name}-beside/model",
    "{root}-beside/model",
    "{root}/link/model",
    "{root}/stopping/../../{name}-beside/model",
    "stopping/model",
    "file://{root}/stopping/model",
    "~/model",
    "{root}/stopping\0/model",
    "{root}/" + "a" * 3000,
    "{root}" + "/a" * 3000,
]


@pytest.mark.parametrize("url", OUTSIDE)
def test_a_model_lies_below_its_folder(many: Endpoint, url: str) -> None:
    reply = many.load("outside", url.format(root=many.root, name=many.root.name))
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "model_refused")
    assert str(many.root.parent) not in reply.text


@pytest.mark.parametrize(
    "path", ["/models/..%2f..%2fetc", "/models/%2e%2e%2fx", "/models/%00", "/a/../.."]
)
def test_names_are_no_paths(many: Endpoint, path: str) -> None:
    assert statuses(exchange(many, b"GET %s HTTP/1.0\r\n\r\n" % path.encode())) == [404]


@pytest.mark.parametrize("limit", ["9" * 5000, "-1", "0", "1e3", "²", ""])
def test_a_limit_is_a_number(many: Endpoint, limit: str) -> None:
    assert many.get("/models", limit=limit).status_code == 400


LEAKS = [
    ("cannot open '/opt/ml/model/secret.pem'", "cannot open '…'"),
    ("see ~/.aws/credentials and /root.pem", "see … and …"),
    ("1/2 km/h of n/a, y ~ a / b", "1/2 km/h of n/a, y ~ a / b"),
]


@pytest.mark.parametrize(("said", "told"), LEAKS)
def test_an_answer_tells_no_path_and_no_call(many: Endpoint, said: str, told: str) -> None:
    many.load("stopping", str(many.root / "stopping" / "model"))
    reply = many.ask("stopping", {"text": said})
    assert reply.status_code == 500
    assert reply.json()["error"]["message"] == told
    assert "predict_fn" not in reply.text
