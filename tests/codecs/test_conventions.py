"""JSON and JSON Lines in the forms of SageMaker, TensorFlow Serving and MLflow."""

import json as stdlib_json
from typing import Any

import pytest

from bridge.codecs import json, jsonlines
from bridge.codecs.reading import Reading
from bridge.errors import MalformedJson, NonFiniteNumber, NoRows, RequestError, WrongShape
from bridge.frame import ABSENT, RawFrame

READING = Reading(("x", "g"))
ONE = RawFrame({"x": [1], "g": ["F"]}, 1)
TWO = RawFrame({"x": [1, 2], "g": ["F", None]}, 2)

FORMS: list[tuple[Any, RawFrame]] = [
    ([[1, "F"], [2, None]], TWO),
    ([{"features": [1, "F"]}, {"features": [2, None]}], TWO),
    ([{"data": {"features": {"values": [1, "F"]}}}], ONE),
    ([{"data": {"features": [1, "F"]}}], ONE),
    ({"features": [1, "F"]}, ONE),
    ({"features": [[1, "F"], [2, None]]}, TWO),
    ({"data": {"features": {"values": [1, "F"]}}}, ONE),
    ({"instances": [{"x": 1, "g": "F"}, {"x": 2, "g": None}]}, TWO),
    ({"instances": [[1, "F"], [2, None]]}, TWO),
    ({"instances": [{"features": [1, "F"]}]}, ONE),
    ({"instances": [["F", 1]], "feature_names": ["g", "x"]}, ONE),
    ({"instances": [{"features": ["F", 1]}], "feature_names": ["g", "x"]}, ONE),
    ({"instances": [{"x": 1}, {"g": "F"}]}, RawFrame({"x": [1, ABSENT], "g": [ABSENT, "F"]}, 2)),
    ({"dataframe_records": [{"x": 1, "g": "F"}]}, ONE),
    ({"dataframe_split": {"columns": ["g", "x"], "data": [["F", 1]]}}, ONE),
    ({"dataframe_split": {"columns": ["x", "g"], "index": [7], "data": [[1, "F"]]}}, ONE),
    ({"dataframe_split": {"data": [[1, "F"]]}}, ONE),
    ({"inputs": {"x": [1, 2], "g": ["F", None]}}, TWO),
    ({"inputs": {"x": 1, "g": "F"}}, ONE),
    ({"inputs": [{"x": 1, "g": "F"}]}, ONE),
    ({"inputs": [[1, "F"]]}, ONE),
]


@pytest.mark.parametrize(("data", "frame"), FORMS, ids=lambda value: str(value)[:60])
def test_each_form_is_read(data: Any, frame: RawFrame) -> None:
    found = json.decode(stdlib_json.dumps(data).encode(), READING)
    assert found == frame


@pytest.mark.parametrize("key", ["parameters", "params"])
@pytest.mark.parametrize(
    "data", [{"x": 1, "g": "F"}, {"instances": [[1, "F"]]}, {"features": [1, "F"]}]
)
def test_null_parameters_are_none(data: dict[str, Any], key: str) -> None:
    assert json.decode(stdlib_json.dumps({**data, key: None}).encode(), READING) == ONE


@pytest.mark.parametrize("key", ["parameters", "params"])
@pytest.mark.parametrize(
    "data", [{"x": 1, "g": "F"}, {"instances": [[1, "F"]]}, {"features": [1, "F"]}]
)
def test_parameters_may_stand_beside_any_form(data: dict[str, Any], key: str) -> None:
    found = json.decode(stdlib_json.dumps({**data, key: {"level": 0.9}}).encode(), READING)
    assert found == ONE._replace(parameters={"level": 0.9})


@pytest.mark.parametrize("key", ["parameters", "params"])
def test_null_is_no_parameters(key: str) -> None:
    body = stdlib_json.dumps({"instances": [[1, "F"]], key: None}).encode()
    assert json.decode(body, READING) == ONE


NAMES = [
    "instances",
    "inputs",
    "dataframe_split",
    "dataframe_records",
    "features",
    "data",
    "parameters",
    "params",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [[1, 2], {"features": [1]}, 5, [{"x": 1}]])
def test_a_field_of_such_a_name_wins(name: str, value: Any) -> None:
    frame = json.decode(stdlib_json.dumps({name: value}).encode(), Reading((name,)))
    cells = value if type(value) is list else [value]
    assert frame == RawFrame({name: cells}, len(cells))


def test_the_other_names_keep_their_meaning_beside_such_a_field() -> None:
    body = b'{"instances": [[7]], "params": {"level": 1}}'
    frame = json.decode(body, Reading(("parameters",)))
    assert frame == RawFrame({"parameters": [7]}, 1, parameters={"level": 1})


@pytest.mark.parametrize(
    "body", [b"[1, 2]", b'{"instances": [1, 2]}', b'{"inputs": [1, 2]}', b"[[1], [2]]"]
)
def test_a_model_with_one_field_takes_values_as_records(body: bytes) -> None:
    assert json.decode(body, Reading(("x",))) == RawFrame({"x": [1, 2]}, 2)


REFUSED: list[tuple[Any, type[RequestError], str]] = [
    ([[1, "F"], [2]], WrongShape, "row 1 has 1 values, the model 2 fields (x, g), in this order"),
    ([[1, "F", 3]], WrongShape, "row 0 has 3 values, the model 2 fields (x, g), in this order"),
    ([[1, "F"], {"x": 1}], WrongShape, "row 1 is a JSON object, not an array"),
    ([{"x": 1}, [2, "F"]], WrongShape, "row 1 is a JSON array, not an object"),
    ([1, 2], WrongShape, "row 0 is a JSON number, not an object"),
    ([{"features": [1, "F"]}, {"x": 1}], WrongShape, "row 1 is not of the form of row 0"),
    (
        {"instances": [{"data": {"features": {"keys": [0], "shape": [2], "values": [1]}}}]},
        WrongShape,
        "row 0: features are an array of values, one per field",
    ),
    ({"instances": [], "parameters": {}}, NoRows, "the array is empty"),
    ({"instances": {"x": 1}}, WrongShape, '"instances" is a JSON object, not an array of records'),
    ({"instances": [[1, "F"]], "x": 1}, WrongShape, 'beside "instances" only "parameters" may'),
    ({"instances": [[1]], "inputs": [[1]]}, WrongShape, 'beside "instances" only "parameters"'),
    (
        {"instances": [[1]], "feature_names": ["g", "x"]},
        WrongShape,
        "row 0 has 1 values for 2 columns",
    ),
    ({"instances": [[1]], "feature_names": "x"}, WrongShape, '"feature_names" is not an array of'),
    (
        {"dataframe_split": {"columns": ["x", "x"], "data": [[1, 2]]}},
        WrongShape,
        '"columns" names a column twice',
    ),
    (
        {"dataframe_split": {"columns": [], "data": [[1, "F"]]}},
        WrongShape,
        '"columns" names no column',
    ),
    ({"instances": [[1, "F"]], "feature_names": []}, WrongShape, '"feature_names" names no column'),
    ({"dataframe_split": {"columns": ["x"], "data": []}}, NoRows, "the array is empty"),
    ({"dataframe_split": {"columns": ["x"]}}, WrongShape, '"dataframe_split" is an object with'),
    ({"dataframe_split": [1]}, WrongShape, '"dataframe_split" is an object with'),
    ({"dataframe_split": {"data": 5}}, WrongShape, '"data" of "dataframe_split" is not an array'),
    ({"x": 1, "parameters": "level"}, WrongShape, '"parameters" is a JSON string, not an object'),
    ({"x": [1], "params": [5]}, WrongShape, '"params" is a JSON array, not an object'),
    ({"inputs": 5}, WrongShape, '"inputs" is a JSON number, not an array of records'),
]


@pytest.mark.parametrize(("data", "error", "message"), REFUSED, ids=lambda v: str(v)[:60])
def test_what_is_of_no_form_is_told(data: Any, error: type[RequestError], message: str) -> None:
    with pytest.raises(error) as caught:
        json.decode(stdlib_json.dumps(data).encode(), READING)
    assert type(caught.value) is error and str(caught.value).startswith(message)


def test_many_fields_do_not_make_a_long_error() -> None:
    with pytest.raises(WrongShape) as caught:
        json.decode(b"[[1]]", Reading(tuple(f"{'n' * 50}{i}" for i in range(100))))
    assert len(str(caught.value)) < 400


LINES: list[tuple[bytes, RawFrame]] = [
    (b'{"x": 1, "g": "F"}\n{"x": 2, "g": null}\n', TWO),
    (b'{"x": 1, "g": "F"}\r\n\r\n{"x": 2, "g": null}', TWO),
    (b'\xef\xbb\xbf{"features": [1, "F"]}\n{"features": [2, null]}\n\n', TWO),
    (b'[1, "F"]\n[2, null]', TWO),
    (b'{"data": {"features": {"values": [1, "F"]}}}\n', ONE),
]


@pytest.mark.parametrize(("body", "frame"), LINES)
def test_a_line_is_a_record_and_an_empty_one_is_none(body: bytes, frame: RawFrame) -> None:
    assert jsonlines.decode(body, READING) == frame


def test_errors_in_lines_name_the_line() -> None:
    with pytest.raises(MalformedJson, match="line 3, column 7"):
        jsonlines.decode(b'{"x": 1}\n\n{"x": one}\n', READING)
    with pytest.raises(NonFiniteNumber, match="NaN at line 2, column 7"):
        jsonlines.decode(b'{"x": 1}\n{"x": NaN}', READING)
    with pytest.raises(MalformedJson, match="line 1, column 10"):
        jsonlines.decode(b'{"x": 1} {"x": 2}', READING)
    with pytest.raises(NoRows):
        jsonlines.decode(b"\xef\xbb\xbf\n", READING)
