"""The Open Inference Protocol: tensors become the columns that JSON would have brought."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer import Answer
from bridge.codecs.inference import Wanted, in_pieces, read, write
from bridge.codecs.reading import Reading
from bridge.errors import (
    BodyTooLarge,
    InvalidInput,
    MalformedJson,
    NonFiniteNumber,
    NoRows,
    RequestError,
    UnevenColumns,
    WrongShape,
)
from bridge.frame import (
    ABSENT,
    NA_BOOL,
    NA_INT,
    NA_REAL,
    Frame,
    RawFrame,
    Replaced,
    Replacements,
    concat,
)
from bridge.frame import plain as plainly
from tests.strategies import columns as answered_columns

READING = Reading(("x", "g"))
WHOLE = [f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)]
FLOATS = ["FP16", "FP32", "FP64"]
CODES = dict(zip(WHOLE, "bhiqBHIQ", strict=True)) | dict(zip(FLOATS, "efd", strict=True))
ALL = Wanted("m", None, ())


def tensor(name: str, datatype: str, data: Any, shape: list[int] | None = None) -> dict[str, Any]:
    shape = [len(data)] if shape is None else shape
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


def binary(name: str, datatype: str, data: bytes, shape: list[int]) -> dict[str, Any]:
    size = {"binary_data_size": len(data)}
    return {"name": name, "shape": shape, "datatype": datatype, "parameters": size}


def columns(*inputs: Any, behind: bytes = b"", **document: Any) -> dict[str, list[object]]:
    return raw(*inputs, behind=behind, **document).columns


def raw(*inputs: Any, behind: bytes = b"", **document: Any) -> RawFrame:
    text = json.dumps({"inputs": list(inputs), **document}).encode()
    json_bytes = len(text) if behind else None
    return read(text + behind, READING, "m", json_bytes)[0]


def refused(*inputs: Any, behind: bytes = b"", **document: Any) -> str:
    with pytest.raises(RequestError) as caught:
        raw(*inputs, behind=behind, **document)
    assert len(str(caught.value)) < 1000
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize(("data", "shape"), [([1, None], [2]), ([1, None], [2, 1])])
def test_flat_data(data: Any, shape: list[int]) -> None:
    assert columns(tensor("x", "FP64", data, shape)) == {"x": [1, None]}


@pytest.mark.parametrize("shape", [[2], [2, 1]])
def test_nested_data(shape: list[int]) -> None:
    assert columns(tensor("x", "FP64", [[1], [None]], shape)) == {"x": [1, None]}


@pytest.mark.parametrize("data", [[1, "a", 2, "b"], [[1, "a"], [2, "b"]]])
def test_one_tensor_of_all_fields_is_in_the_models_order(data: Any) -> None:
    texts = json.loads(json.dumps(data), parse_int=str)
    found = columns(tensor("all", "BYTES", texts, [2, 2]))
    assert found == {"x": ["1", "2"], "g": ["a", "b"]}


def test_one_column_goes_by_its_name() -> None:
    assert columns(tensor("other", "FP64", [1], [1, 1])) == {"other": [1]}


def test_values_are_what_their_text_says() -> None:
    assert columns(tensor("x", "FP32", [0.1, 1, None])) == {"x": [0.1, 1, None]}
    assert columns(tensor("x", "BOOL", [True, None])) == {"x": [True, None]}
    assert columns(tensor("x", "BYTES", ["é", "", None])) == {"x": ["é", "", None]}


@pytest.mark.parametrize("datatype", WHOLE)
def test_whole_numbers_have_the_range_of_their_datatype(datatype: str) -> None:
    limits = np.iinfo(np.dtype(CODES[datatype]))
    ends = [int(limits.min), int(limits.max)]
    assert columns(tensor("x", datatype, ends)) == {"x": ends}
    for value in (ends[0] - 1, ends[1] + 1, 1.0, True, "1"):
        data = tensor("x", datatype, [0, value], [2, 1])
        assert f"is not {datatype} (row 1)" in refused(data)


@pytest.mark.parametrize(
    ("datatype", "value"), [("BOOL", 1), ("FP64", "1"), ("FP32", True), ("BYTES", 5), ("FP64", [1])]
)
def test_a_value_of_another_type_is_refused(datatype: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"x: .* is not {datatype}") as caught:
        raw(tensor("x", datatype, [None, None, value]))
    assert (caught.value.code, caught.value.problems[0].row) == ("wrong_type", 2)


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (5, "each of"),
        ({"shape": [1], "datatype": "FP64", "data": [1]}, "each of"),
        (tensor("x", "FLOAT", [1]), 'datatype "FLOAT" is not one of BOOL'),
        ({"name": "x", "shape": [1], "data": [1]}, "datatype null is not one of"),
        ({"name": "x", "shape": [1], "datatype": ["FP64"], "data": [1]}, "datatype an array"),
        (tensor("x", "FP64", [1], []), "shape is [rows] or [rows, 1]"),
        (tensor("x", "FP64", [1], [1, 1, 1]), "shape is"),
        (tensor("x", "FP64", [1], [-1]), "shape is"),
        (tensor("x", "FP64", [], [1, 0]), "shape is"),
        (tensor("x", "FP64", [1], [True]), "shape is"),
        (tensor("x", "FP64", [1, 2], [3]), "has 2 values, its shape [3] is of 3"),
        (tensor("x", "FP64", [[1, 2], [3]], [2, 2]), "not nested"),
        (tensor("x", "FP64", [[1], [2]], [1, 2]), "not nested"),
        (tensor("x", "FP64", [[1], 2], [2, 1]), "not nested"),
        ({"name": "x", "shape": [1], "datatype": "FP64"}, 'has no "data"'),
        ({"name": "x", "shape": [1], "datatype": "FP64", "data": 5}, 'has no "data"'),
        (tensor("x", "FP64", [1, 2, 3, 4], [2, 2]), "of several columns"),
        (tensor("all", "FP64", [1, 2, 3], [1, 3]), "row 0 has 3 values, the model 2 fields (x, g)"),
    ],
)
def test_what_is_wrong_with_a_tensor_is_said(item: Any, why: str) -> None:
    inputs = [item] if "columns" not in why else [item, tensor("g", "FP64", [1, 2])]
    told = refused(*inputs)
    assert told.startswith("WrongShape: ") and why in told


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"inputs": []}, '"inputs" is not an array'),
        ({"inputs": {"x": [1]}}, '"inputs" is not an array'),
        ({"instances": [1]}, '"inputs" is not an array'),
        ([], "not a JSON object"),
        ({"inputs": [tensor("x", "FP64", [1])], "id": 42}, '"id" is not a string'),
        ({"inputs": [tensor("x", "FP64", [1])], "outputs": ["y"]}, '"outputs" is not'),
        ({"inputs": [tensor("x", "FP64", [1])], "outputs": {"name": "y"}}, '"outputs" is not'),
        ({"inputs": [tensor("x", "FP64", [1])], "parameters": [1]}, '"parameters" is not'),
    ],
)
def test_what_is_wrong_with_a_request_is_said(document: Any, why: str) -> None:
    with pytest.raises(WrongShape) as caught:
        read(json.dumps(document).encode(), READING, "m")
    assert why in str(caught.value)


def test_what_is_no_json_is_told_as_everywhere() -> None:
    with pytest.raises(MalformedJson, match="line 1, column 1"):
        read(b"inputs", READING, "m")
    with pytest.raises(NonFiniteNumber, match="send null for missing"):
        read(json.dumps({"inputs": [tensor("x", "FP64", [float("nan")])]}).encode(), READING, "m")


def test_rows_must_be_as_many_in_every_input() -> None:
    with pytest.raises(UnevenColumns, match="x: 1, g: 2"):
        raw(tensor("x", "FP64", [1]), tensor("g", "BYTES", ["a", "b"]))
    with pytest.raises(NoRows):
        raw(tensor("x", "FP64", []), tensor("g", "BYTES", []))
    assert "there twice" in refused(tensor("x", "FP64", [1]), tensor("x", "FP64", [1]))


def test_parameters_are_for_predict_but_for_those_of_the_transport() -> None:
    given = {"interval": "prediction", "binary_data_output": True, "content_type": "pd"}
    assert raw(tensor("x", "FP64", [1]), parameters=given).parameters == {"interval": "prediction"}
    assert not raw(tensor("x", "FP64", [1])).parameters


@pytest.mark.parametrize("datatype", [*WHOLE, *FLOATS])
def test_numbers_as_bytes(datatype: str) -> None:
    data = struct.pack(f"<3{CODES[datatype]}", 0, 1, 2)
    assert columns(binary("x", datatype, data, [3, 1]), behind=data) == {"x": [0, 1, 2]}


def test_bytes_follow_in_the_order_of_the_inputs() -> None:
    texts = b"".join(struct.pack("<I", len(t)) + t for t in ("é".encode(), b""))
    numbers = struct.pack("<2f", 0.1, float("nan"))
    flags = b"\x01\x00"
    found = columns(
        binary("g", "BYTES", texts, [2]),
        tensor("y", "INT8", [1, None]),
        binary("x", "FP32", numbers, [2]),
        binary("z", "BOOL", flags, [2]),
        behind=texts + numbers + flags,
    )
    tenth = float(np.float32(0.1))
    assert found == {"g": ["é", ""], "y": [1, None], "x": [tenth, None], "z": [True, False]}
    assert type(found["z"][0]) is bool


@pytest.mark.parametrize(
    ("item", "behind", "why"),
    [
        (binary("x", "FP64", b"12345678", [1]), b"1234", "ends within its binary data"),
        (binary("x", "FP64", b"12345678", [1]), b"123456789", "1 bytes of the body belong to no"),
        (binary("x", "FP64", b"1234567", [1]), b"1234567", "7 bytes are no FP64"),
        (binary("x", "FP64", b"12345678", [2]), b"12345678", "has 1 values, its shape [2]"),
        (binary("x", "BYTES", b"\x05\0\0\0a", [1]), b"\x05\0\0\0a", "end within a text"),
        (binary("x", "BYTES", b"\x01\0\0\0\xff", [1]), b"\x01\0\0\0\xff", "text 0 is not UTF-8"),
        ({**binary("x", "INT8", b"", [1]), "parameters": {"binary_data_size": -1}}, b"1", "number"),
        (tensor("x", "FP64", [1]), b"1", "belong to no input"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(item: Any, behind: bytes, why: str) -> None:
    told = refused(item, behind=behind)
    assert told.startswith("WrongShape: ") and why in told


def test_bytes_count_for_what_they_take_once_they_are_read() -> None:
    data = bytes(1000)
    text = json.dumps({"inputs": [binary("x", "INT8", data, [1000])]}).encode()
    with pytest.raises(BodyTooLarge):
        read(text + data, Reading(("x",), most=7999), "m", len(text))
    assert read(text + data, Reading(("x",), most=8000), "m", len(text))[0].rows == 1000


@given(st.binary(max_size=60), st.integers(0, 70))
def test_no_bytes_at_all_bring_the_reader_down(body: bytes, json_bytes: int) -> None:
    with pytest.raises(RequestError):
        read(body, READING, "m", json_bytes)


NESTED: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
ITEMS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["x", "g", "all"]),
        "shape": st.lists(st.integers(-1, 3), max_size=3),
        "datatype": st.sampled_from([*WHOLE, *FLOATS, "BOOL", "BYTES", "BF16"]),
        "data": st.lists(NESTED, max_size=4),
    }
)


@given(st.lists(ITEMS, max_size=3))
def test_what_is_read_has_columns_of_as_many_cells_as_rows(inputs: list[Any]) -> None:
    try:
        found = raw(*inputs)
    except RequestError:
        return
    assert found.rows > 0 and {len(cells) for cells in found.columns.values()} == {found.rows}
    cells = [cell for column in found.columns.values() for cell in column]
    assert not any(isinstance(cell, list) for cell in cells)


def written(answer: Answer, wanted: Wanted = ALL) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(write(answer, wanted))
    return document


MIXED = Answer(
    Frame(
        ("n", "i", "b", "t"),
        (
            np.array([0.1, NA_REAL, float("nan")]),
            np.array([1, NA_INT, 3], np.int32),
            np.array([1, 0, NA_BOOL], np.int8),
            ["a", None, "c"],
        ),
        3,
    ),
    "columns",
)


def test_an_answer_has_a_tensor_for_each_column() -> None:
    assert written(MIXED, Wanted("cars", "7", ())) == {
        "model_name": "cars",
        "model_version": "1",
        "id": "7",
        "outputs": [
            tensor("n", "FP64", [0.1, None, "NaN"]),
            tensor("i", "INT32", [1, None, 3]),
            tensor("b", "BOOL", [True, False, None]),
            tensor("t", "BYTES", ["a", None, "c"]),
        ],
    }


def test_a_plain_vector_is_called_prediction() -> None:
    answer = Answer(Frame(("any",), (np.array([1.5]),), 1), "values")
    assert written(answer)["outputs"] == [tensor("prediction", "FP64", [1.5])]
    assert "id" not in written(answer)


def test_outputs_are_selected_in_the_order_asked() -> None:
    outputs = written(MIXED, Wanted("m", None, ("t", "n")))["outputs"]
    assert [output["name"] for output in outputs] == ["t", "n"]
    with pytest.raises(WrongShape, match='no output "y"; there is "n", "i", "b", "t"'):
        write(MIXED, Wanted("m", None, ("n", "y")))


def test_what_policies_replaced_stands_in_the_parameters() -> None:
    cells = (Replaced(0, "g", "X", "other"), Replaced(1, "g", ABSENT, None))
    answer = MIXED._replace(frame=MIXED.frame._replace(replaced=Replacements(2, cells)))
    parameters = written(answer)["parameters"]
    assert parameters["replaced_count"] == 2
    assert json.loads(parameters["replaced"]) == [
        {"row": 0, "field": "g", "value": "X", "became": "other"},
        {"row": 1, "field": "g", "became": None},
    ]


@given(st.integers(1, 4).flatmap(answered_columns))
def test_every_column_is_written_as_other_json_is(column: Any) -> None:
    answer = Answer(Frame(("y",), (column,), len(column)), "columns")
    (output,) = written(answer)["outputs"]
    assert b"".join(in_pieces(answer, ALL, cells=2)) == write(answer, ALL)
    assert output["data"] == plainly(column) and output["shape"] == [len(column)]


def test_a_long_response_is_the_same_as_one_of_a_few_rows() -> None:
    long = Answer(concat([MIXED.frame] * 5000), "columns")
    outputs = written(long)["outputs"]
    assert [output["data"] for output in outputs] == [
        output["data"] * 5000 for output in written(MIXED)["outputs"]
    ]
    assert {tuple(output["shape"]) for output in outputs} == {(15_000,)}
