"""How errors look to a client: status, code, details; small, and with nothing secret."""

import logging
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import errors
from bridge.coerce import Coercer
from bridge.errors import BridgeError, InvalidInput, Problem, Rejected, RequestError, ServiceError
from bridge.frame import RawFrame
from bridge.http.errors import STATUS, body, render
from bridge.schema import Predictor, Schema
from tests.strategies import requests, schemas
from tests.test_errors import leaves

LIMIT = 2048  # SageMaker cuts what it passes on here
# One byte, three, four, and those that JSON escapes to two or six.
texts = st.text(st.sampled_from('a日\U0001f600"\\\x01/'), max_size=3)
long_texts = st.builds(lambda text, times: text * times, texts, st.integers(0, 2000))
problems = st.builds(
    Problem,
    code=st.sampled_from(["unseen_level", "wrong_type", "rejected", "missing_field"]),
    text=long_texts,
    field=st.none() | long_texts,
    row=st.none() | st.integers(0, 10**9),
    value=st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | long_texts,
    allowed=st.none() | st.lists(long_texts, max_size=20).map(tuple),
)


def rendered(error: BaseException) -> dict[str, Any]:
    """The error object of the body, which is checked to be small and JSON."""
    status, content = render(error)
    assert 400 <= status <= 599 and len(content) < LIMIT
    document = orjson.loads(content)
    assert set(document) == {"error"}
    found: dict[str, Any] = document["error"]
    assert found["code"] and isinstance(found["message"], str)
    return found


@pytest.mark.parametrize("base", [RequestError, ServiceError])
def test_every_error_that_a_request_can_meet_has_a_status(base: type[BridgeError]) -> None:
    assert leaves(base) <= STATUS.keys()


def test_statuses_are_4xx_where_the_client_can_put_it_right_and_5xx_elsewhere() -> None:
    for error, status in STATUS.items():
        assert issubclass(error, RequestError | ServiceError)
        assert 400 <= status <= 499 if issubclass(error, RequestError) else 500 <= status <= 599


@pytest.mark.parametrize("error", sorted(leaves(RequestError) | leaves(ServiceError), key=str))
def test_each_error_is_rendered_with_its_status_and_code(error: type[BridgeError]) -> None:
    has_problems = error in (InvalidInput, Rejected)
    raised: Any = error([Problem("wrong_type", "x: no")]) if has_problems else error("x: no")
    assert render(raised)[0] == STATUS[error]
    assert rendered(raised)["code"] == raised.code
    assert rendered(raised)["message"] == "x: no"


def test_the_body_of_an_unseen_level_is_as_documented() -> None:
    coerce = Coercer(Schema((Predictor("gender", "factor", ("F", "M")),)))
    with pytest.raises(InvalidInput) as caught:
        coerce(RawFrame({"gender": ["X"]}, 1))
    assert render(caught.value)[0] == 422
    assert rendered(caught.value) == {
        "code": "unseen_level",
        "message": 'gender: "X" is not one of "F", "M" (row 0)',
        "details": [
            {
                "code": "unseen_level",
                "row": 0,
                "field": "gender",
                "value": "X",
                "allowed": ["F", "M"],
            }
        ],
    }


def test_the_message_counts_the_problems_that_it_does_not_tell() -> None:
    found = rendered(InvalidInput([Problem("wrong_type", f"x{i}: no", "x", i) for i in range(4)]))
    assert found["message"] == "x0: no (row 0) (and 3 more)"
    assert [detail["row"] for detail in found["details"]] == [0, 1, 2, 3]


def test_details_tell_a_value_that_was_null_from_a_field_that_was_not_there() -> None:
    null = Problem("wrong_type", "x: null", "x", 0, None)
    absent = Problem("missing_field", "x: is missing", "x")
    assert rendered(InvalidInput([null]))["details"] == [
        {"code": "wrong_type", "row": 0, "field": "x", "value": None}
    ]
    assert rendered(InvalidInput([absent]))["details"] == [{"code": "missing_field", "field": "x"}]


@given(st.lists(problems, min_size=1, max_size=100), st.sampled_from([InvalidInput, Rejected]))
def test_a_body_is_small_whatever_the_problems(found: list[Problem], error: type[Rejected]) -> None:
    details = rendered(error(found))["details"]
    assert len(details) <= len(found)
    assert [d.get("row") for d in details] == [p.row for p in found[: len(details)]]


@given(
    long_texts, st.sampled_from([errors.PredictionFailed, errors.MalformedJson, errors.QueueFull])
)
def test_a_body_is_small_whatever_the_message(message: str, error: type[BridgeError]) -> None:
    rendered(error(message))


@given(schemas().flatmap(lambda s: st.tuples(st.just(s), requests(s))))
def test_what_coerce_refuses_can_be_told(case: tuple[Schema, RawFrame]) -> None:
    schema, raw = case
    try:
        Coercer(schema)(raw)
    except InvalidInput as error:
        assert rendered(error)["details"]


@pytest.mark.parametrize(
    "text",
    [
        "cannot open file '/opt/ml/model/inference.R'",
        "in /home/user/r.d/x-1.RData: no such file",
        "file:///opt/ml/model/model.rds",
        "(/usr/lib/R/library/stats)",
        "/opt/ml/model/",
        "cannot open file '/opt/model.rds': no such file",
    ],
)
def test_no_path_of_the_server_is_told(text: str) -> None:
    message = rendered(errors.PredictionFailed(text))["message"]
    for word in ("opt", "home", "usr", "model.rds", "inference.R"):
        assert word not in message


def test_what_only_looks_like_a_path_is_left() -> None:
    text = "use application/json, 1/2/2024 or km/h / mph"
    assert rendered(errors.WrongShape(text))["message"] == text


def test_an_unexpected_error_tells_nothing_but_an_id_that_the_log_has(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = rendered(RuntimeError("secret /opt/ml/model"))
    assert found["code"] == "internal_error" and "secret" not in str(found)
    assert found["id"] in caplog.text and "secret" in caplog.text


def test_a_startup_error_is_none_of_the_clients_business() -> None:
    assert render(errors.ConfigError("RBRIDGE_PORT=x"))[0] == 500
    assert rendered(errors.ConfigError("RBRIDGE_PORT=x"))["code"] == "internal_error"


@pytest.mark.parametrize(
    "error", [errors.PredictionFailed, errors.WorkerDied, errors.DeadlineExceeded]
)
def test_errors_of_the_server_are_logged_under_the_id_that_the_client_gets(
    error: type[BridgeError], caplog: pytest.LogCaptureFixture
) -> None:
    assert rendered(error("R stopped"))["id"] in caplog.text


def test_the_detail_of_a_failure_goes_to_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    found = rendered(errors.PredictionFailed("object 'x' not found", "in eval(secret)"))
    assert "secret" not in str(found) and "in eval(secret)" in caplog.text


def test_errors_of_clients_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert "id" not in rendered(errors.NoRows("the array is empty"))
    assert not caplog.records


def test_a_body_without_problems_has_no_details() -> None:
    assert orjson.loads(body("not_found", "no such page")) == {
        "error": {"code": "not_found", "message": "no such page"}
    }
