"""on_error = "placeholder": bad records have their own row in the answer, and cost no other."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.scraped import difference
from tests.serving import Server, refusal, rscript, serving

FIT = """
d <- data.frame(mpg = mtcars$mpg, wt = mtcars$wt, gear = factor(mtcars$gear))
fit <- lm(mpg ~ wt + gear, d); saveRDS(fit, "fit.rds")
n <- data.frame(wt = c(2.5, 3.1), gear = factor(c(4, 5), 3:5))
cat(sprintf("%a", predict(fit, n)))
"""
HOOKS = """
input_fn <- function(newdata) {
  reject("wt must be positive", rows = newdata$wt < 0, field = "wt")
  if (any(newdata$wt == 13)) stop("13 is bad luck")
  newdata
}
"""
TOML = """
[bodies]
on_error = "placeholder"
[inputs.wt]
type = "number"
[inputs.gear]
type = "factor"
levels = ["3", "4", "5"]
"""
GOLDEN = {"request": {"wt": 2.5, "gear": "4"}, "status": 200}
GOOD = [{"wt": 2.5, "gear": "4"}, {"wt": 3.1, "gear": "5"}]
LEVEL = 'gear: "6" is not one of "3", "4", "5"'
Placeholders = tuple[Server, list[float]]


@pytest.fixture(scope="module")
def placeholders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Placeholders]:
    """A server, and what a fresh R session predicts for GOOD."""
    model = tmp_path_factory.mktemp("placeholders")
    printed = rscript(FIT, model).split()
    (model / "inference.R").write_text(HOOKS)
    (model / "bridge.toml").write_text(TOML)
    (model / "golden.jsonl").write_text(json.dumps(GOLDEN))
    with serving(model, tmp_path_factory.mktemp("log")) as server:
        yield server, [float.fromhex(text) for text in printed]


def test_every_line_of_csv_has_its_own(placeholders: Placeholders) -> None:
    server, (first, second) = placeholders
    body = b"2.5,4\n2.5,6\n-1,4\n2.5\n13,4\n3.1,5\nheavy,7"
    reply = server.invoke(body, content_type="text/csv", accept="text/csv")
    assert reply.status_code == 200
    assert reply.headers["rbridge-errors"] == "5"
    assert reply.text == f'{first!r}\n""\n""\n""\n""\n{second!r}\n""'
    assert f"5 of 7 records have a placeholder: {LEVEL} (row 1)" in server.log.read_text()


@pytest.mark.parametrize("path", ["/invocations", "/invocations?road=long"])
def test_placeholders_are_counted(placeholders: Placeholders, path: str) -> None:
    server, _ = placeholders
    body = [*GOOD, {"wt": -1, "gear": "4"}, {"wt": 2, "gear": "6"}]
    moved = difference(server.url, lambda: httpx.post(server.url + path, json=body))
    told = {name: count for (name, _), count in moved.items()}
    assert told["rbridge_placeholders_total"] == 2 and told["rbridge_requests_total"] == 1


def test_a_line_of_json_says_what_was_wrong(placeholders: Placeholders) -> None:
    server, (first, second) = placeholders
    lines = [
        json.dumps(GOOD[0]),
        '{"wt": 2.5, "gear": "6"}',
        '{"wt": 2.5, "gear"',
        "[2.5]",
        '{"gear": "4"}',
        '{"wt": -1, "gear": "4"}',
        '{"wt": 13, "gear": "4"}',
        '{"wt": "x", "gear": 9}',
        '[2.5, "4"]',
        json.dumps(GOOD[1]),
    ]
    kind = "application/jsonlines"
    reply = server.invoke("\n".join(lines).encode(), content_type=kind, accept=kind)
    assert reply.status_code == 200
    answers = [json.loads(line) for line in reply.text.split("\n")]
    assert answers[0] == {"prediction": first} and answers[-1] == {"prediction": second}
    assert [answer["prediction"] for answer in answers[1:-1]] == [None] * 8
    wrong = [answer["error"] for answer in answers[1:-1]]
    assert wrong == [
        LEVEL,
        "the JSON ends too early (line 3, column 19)",
        "row 3 has 1 values, the model 2 fields (wt, gear), in this order",
        "wt: is missing",
        "wt must be positive",
        "13 is bad luck",
        'wt: "x" is not a number; gear: 9 is not one of "3", "4", "5"',
        "row 8 is not of the form of row 0",
    ]


def test_a_json_document_lists_them(placeholders: Placeholders) -> None:
    server, (first, second) = placeholders
    reply = server.invoke([GOOD[0], {"wt": 2.5, "gear": "6"}, GOOD[1]])
    assert reply.json() == {
        "predictions": [first, None, second],
        "errors": [{"row": 1, "message": LEVEL}],
        "error_count": 1,
    }


def test_all_may_be_bad(placeholders: Placeholders) -> None:
    server, _ = placeholders
    reply = server.invoke([{"wt": 2.5, "gear": "6"}, {"wt": 13, "gear": "4"}])
    assert reply.status_code == 200
    assert reply.json()["predictions"] == [None, None]
    assert reply.json()["error_count"] == 2


def test_without_bad_records_an_answer_is_what_it_always_is(placeholders: Placeholders) -> None:
    server, predicted = placeholders
    reply = server.invoke(GOOD)
    assert reply.json() == {"predictions": predicted}
    assert "rbridge-errors" not in reply.headers


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'[{"wt": 2.5, "gear": "4"}', "application/json", 400, "truncated_json"),
        (b'wt,gear\n"2.5,4', "text/csv", 400, "malformed_csv"),
        (b'{"wt": [2.5, 3.1]}', "application/json", 422, "missing_field"),
        (b"", "text/csv", 400, "empty_body"),
    ],
)
def test_what_is_wrong_with_the_whole_request_refuses_it(
    placeholders: Placeholders, body: bytes, content_type: str, status: int, code: str
) -> None:
    reply = placeholders[0].invoke(body, content_type=content_type)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)


def test_a_model_whose_answers_are_not_known_does_not_start(tmp_path: Path) -> None:
    rscript(FIT, tmp_path)
    (tmp_path / "inference.R").write_text('input_fn <- function(newdata) stop("never")')
    (tmp_path / "bridge.toml").write_text(TOML)
    status, text = refusal(tmp_path, tmp_path)
    assert status == 2
    assert "put a request that is answered into golden.jsonl" in text and "never" in text


def test_the_model_is_described_as_ever(placeholders: Placeholders) -> None:
    reply = httpx.get(placeholders[0].url + "/openapi.json", timeout=30)
    assert reply.status_code == 200
    content = reply.json()["paths"]["/invocations"]["post"]["requestBody"]["content"]
    assert content["application/json"]["examples"]
