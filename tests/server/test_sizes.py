"""Records and fields are counted on every road that a request can take."""

import gzip
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.serving import MARATHON, Server, serving

MOST = ("--max-rows", "2", "--max-columns", "4", "--max-text", "8")
TIMES, SEXES = ["1:30:20", "2:00:00", "59:59"], ["M", "F", "F"]
LARGE = b" " * 300_000  # is read by another process


@pytest.fixture(scope="module", params=["reject", "placeholder"])
def narrow(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("narrow")
    with serving(MARATHON, folder, *MOST, "--on-error", request.param) as server:
        yield server


def table(rows: int, more: int = 0) -> bytes:
    records = zip(TIMES[:rows], SEXES[:rows], strict=True)
    further = {f"other{i}": 1 for i in range(more)}
    return json.dumps([{"hmtime": t, "gender": s, **further} for t, s in records]).encode()


def lines(rows: int, more: int = 0) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in json.loads(table(rows, more)))


def csv(rows: int, more: int = 0) -> bytes:
    records = json.loads(table(rows, more))
    cells = [list(records[0]), *([str(cell) for cell in r.values()] for r in records)]
    return "\n".join(map(",".join, cells)).encode()


def tensors(rows: int, more: int = 0) -> bytes:
    columns = {"hmtime": TIMES, "gender": SEXES, **{f"other{i}": SEXES for i in range(more)}}
    inputs = [
        {"name": name, "datatype": "BYTES", "shape": [rows], "data": cells[:rows]}
        for name, cells in columns.items()
    ]
    return json.dumps({"inputs": inputs}).encode()


JSON = {"content-type": "application/json"}
ROADS = {
    "short": ("/invocations", table, JSON),
    "long": ("/invocations/", table, JSON),
    "aside": ("/invocations", lambda *sizes: table(*sizes) + LARGE, JSON),
    "packed": (
        "/invocations",
        lambda *sizes: gzip.compress(table(*sizes)),
        {**JSON, "content-encoding": "gzip"},
    ),
    "lines": ("/invocations", lines, {"content-type": "application/jsonlines"}),
    "csv": ("/invocations", csv, {"content-type": "text/csv"}),
    "kserve": ("/v2/models/marathon/infer", tensors, JSON),
}


@pytest.mark.parametrize("road", ROADS)
def test_what_is_too_much_is_refused(narrow: Server, road: str) -> None:
    path, made, headers = ROADS[road]

    def ask(*sizes: int) -> tuple[int, str]:
        reply = httpx.post(narrow.url + path, content=made(*sizes), headers=headers, timeout=20)
        return reply.status_code, reply.text

    for sizes, told in (((3,), "holds 3 records"), ((2, 3), "have 5 fields")):
        status, text = ask(*sizes)
        assert status == 413 and told in text
    status, text = ask(2)
    assert status == 200 and "rror" not in text


@pytest.mark.parametrize("space", [b"", LARGE])
def test_a_text_that_is_too_long_is_told(narrow: Server, space: bytes) -> None:
    body = json.dumps([{"hmtime": "1:30:2000", "gender": "M"}]).encode() + space
    reply = narrow.invoke(body, content_type="application/json")
    told = 'hmtime: \\"1:30:2000\\" is not a string of at most 8 characters'
    assert told in reply.text
    if reply.status_code == 422:
        assert reply.json()["error"]["details"][0]["row"] == 0
    else:
        assert reply.json()["marathon_time"] == [None]
