"""What a client sends and gets, over a real port, with real R."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.procfs import tree
from tests.serving import MARATHON, ORIGINAL, RECORD, Server, role, rscript, serving

GOLDEN = [json.loads(line) for line in (MARATHON / "golden.jsonl").read_text().splitlines()]
ORIGINAL_GOLDEN = [
    json.loads(line) for line in (ORIGINAL / "golden.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: str(golden["request"])[:60])
def test_the_demo_answers_as_its_golden_file_says(marathon: Server, golden: dict[str, Any]) -> None:
    reply = marathon.invoke(golden["request"])
    assert reply.status_code == golden["status"]
    assert reply.json() == golden["response"]


@pytest.mark.parametrize("golden", ORIGINAL_GOLDEN, ids=lambda golden: str(golden["request"])[:60])
def test_the_original_model_answers_as_the_original_service(
    original: Server, marathon: Server, golden: dict[str, Any]
) -> None:
    for server in (original, marathon):
        reply = server.invoke(golden["request"])
        assert reply.status_code == 200
        assert reply.content == json.dumps(golden["response"], separators=(",", ":")).encode()


def test_what_curl_sends_is_read_as_json(marathon: Server) -> None:
    body = json.dumps(RECORD).encode()
    reply = marathon.invoke(body, content_type="application/x-www-form-urlencoded")
    assert reply.content == b'{"marathon_time":["03:23:30"]}'
    assert reply.headers["content-type"] == "application/json"
    assert marathon.invoke(body).content == reply.content


def test_csv_with_header_in_and_out(marathon: Server) -> None:
    body = b'gender,hmtime\r\n"M",1:30:20\r\nF,2:00:00\r\n'
    headers = {"content_type": "text/csv; charset=utf-8", "accept": "text/csv; header=present"}
    reply = marathon.invoke(body, **headers)
    assert reply.text == "marathon_time\n03:23:30\n04:27:09"
    assert reply.headers["content-type"] == "text/csv; header=present"


REFUSED: list[tuple[bytes, dict[str, str], int, str, str]] = [
    (b"", {}, 400, "empty_body", "the body is empty"),
    (b"[]", {}, 400, "no_rows", "the array is empty"),
    (b'{"hmtime": [], "gender": []}', {}, 400, "no_rows", "the arrays are empty"),
    (b'{"hmtime": "1:30:20", "gen', {}, 400, "truncated_json", "ends too early"),
    (b"{'hmtime': 1}", {}, 400, "malformed_json", "not JSON"),
    (b'{"hmtime": NaN, "gender": "M"}', {}, 400, "non_finite_number", "NaN at line 1, column 12"),
    (b'{"hmtime": -Infinity, "gender": "M"}', {}, 400, "non_finite_number", "-Infinity"),
    (b'"M"', {}, 400, "wrong_shape", "a JSON string"),
    (b'[{"hmtime": "1:30:20", "gender": "M"}, 5]', {}, 400, "wrong_shape", "row 1"),
    (b'{"hmtime": ["1:30:20"], "gender": ["M", "F"]}', {}, 400, "uneven_columns", "hmtime: 1"),
    (b'{"hmtime": "1:30:20"}', {}, 422, "missing_field", "gender: is missing"),
    (b'{"hmtime": 5420, "gender": "M"}', {}, 422, "wrong_type", "hmtime: 5420 is not a string"),
    (
        b'{"hmtime": "1:30:20", "gender": "X"}',
        {},
        422,
        "unseen_level",
        '"X" is not one of "F", "M"',
    ),
    (b'{"hmtime": "1:30:2O", "gender": "M"}', {}, 422, "rejected", "hmtime must be H:MM:SS"),
    (b'{"hmtime": "1:30:20\\n", "gender": "M"}', {}, 422, "rejected", "hmtime must be H:MM:SS"),
    (b"hmtime,gender", {"content_type": "text/csv"}, 400, "no_rows", "a header at most"),
    (b"1:30:20;M", {"content_type": "text/csv"}, 400, "malformed_csv", "(hmtime, gender)"),
    (b"<x/>", {"content_type": "text/xml"}, 415, "unsupported_media_type", "application/json"),
    (b"{}", {"accept": "image/png"}, 406, "not_acceptable", "text/csv"),
]


@pytest.mark.parametrize(("body", "headers", "status", "code", "words"), REFUSED)
def test_each_bad_request_has_a_code_and_says_what_is_wrong(
    marathon: Server, body: bytes, headers: dict[str, str], status: int, code: str, words: str
) -> None:
    reply = marathon.invoke(body, **headers)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert len(reply.content) < 2048


def test_all_problems_are_told_together(marathon: Server) -> None:
    records = [RECORD, {"hmtime": 1, "gender": "X"}, {"gender": "M"}]
    error = marathon.invoke(records).json()["error"]
    assert error["code"] == "invalid_input"
    assert error["message"] == "hmtime: 1 is not a string (row 1) (and 2 more)"
    told = [(d["row"], d["field"], d["code"]) for d in error["details"]]
    assert told == [
        (1, "hmtime", "wrong_type"),
        (1, "gender", "unseen_level"),
        (2, "hmtime", "missing_field"),
    ]
    assert error["details"][1] == {
        "row": 1,
        "field": "gender",
        "code": "unseen_level",
        "value": "X",
        "allowed": ["F", "M"],
    }


def test_a_count_that_was_cut_short_is_told_as_such(marathon: Server) -> None:
    reply = marathon.invoke([{"hmtime": 1, "gender": "X"}] * 500)
    assert "(row 0) (and at least 99 more)" in reply.json()["error"]["message"]


def test_other_routes_and_methods_are_refused_as_json(marathon: Server) -> None:
    assert httpx.get(marathon.url + "/nowhere").status_code == 404
    reply = httpx.get(marathon.url + "/invocations")
    assert reply.status_code == 405
    assert reply.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_ping_is_an_empty_200(marathon: Server, method: str) -> None:
    reply = httpx.request(method, marathon.url + "/ping")
    assert (reply.status_code, reply.content) == (200, b"")


def test_a_body_over_the_limit_is_refused(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path, "--max-body-mb", "0.001") as server:
        reply = server.invoke([{"x": 1, "mode": "ok"}] * 100)
        assert reply.status_code == 413
        assert reply.json()["error"]["code"] == "body_too_large"
        assert server.invoke({"x": 1, "mode": "ok"}).status_code == 200


def test_a_bare_file_needs_no_configuration(tmp_path: Path) -> None:
    """Schema from the model; predictions to the last bit; NA as null; unknown fields ignored."""
    printed = rscript(
        "d <- data.frame(y = mtcars$mpg, wt = mtcars$wt, gear = factor(mtcars$gear));"
        "d$gear[3] <- NA; fit <- lm(y ~ log(wt) * gear, d); saveRDS(fit, 'fit.rds');"
        "n <- data.frame(wt = c(2.5, 3.1, NA), gear = factor(c('4', '5', '3'), c('3', '4', '5')));"
        "cat(sprintf('%a', predict(fit, n)))",
        tmp_path,
    )
    expected = [float.fromhex(text) for text in printed.split()[:2]]
    with serving(tmp_path / "fit.rds", tmp_path) as server:
        records = [{"wt": 2.5, "gear": "4", "more": 1}, {"wt": 3.1, "gear": "5"}]
        reply = server.invoke([*records, {"wt": None, "gear": "3"}])
        assert reply.json() == {"predictions": [*expected, None]}
        refused = server.invoke({"wt": "2.5", "gear": "2"}).json()["error"]
        assert refused["message"] == 'wt: "2.5" is not a number (row 0) (and 1 more)'


def test_unknown_fields_are_refused_where_bridge_toml_says_so(tmp_path: Path) -> None:
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", tmp_path)
    (tmp_path / "bridge.toml").write_text('unknown_fields = "refuse"')
    with serving(tmp_path, tmp_path) as server:
        error = server.invoke({"speed": 10, "sped": 11}).json()["error"]
        assert error["code"] == "unknown_field"
        assert '"sped"' in error["message"]


def test_one_process_answers_unless_more_are_wanted(marathon: Server) -> None:
    there = {role(pid) for pid in tree(marathon.process.pid)} - {""}
    assert {"zygote", "worker"} <= there <= {"zygote", "worker", "spare"}
