"""The layouts in which JSON and JSON Lines give an answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import codecs
from bridge.answer import LAYOUTS as ANSWERED
from bridge.answer import Answer, Layout
from bridge.codecs import json, jsonlines
from bridge.codecs.options import Options, read_options
from bridge.codecs.shapes import LAYOUTS
from bridge.errors import ConfigError
from bridge.frame import NA_REAL, Frame, Replaced, Replacements
from tests.strategies import frames

VECTOR = Answer(Frame(("p",), (np.array([0.5, NA_REAL]),), 2), "values")
CLASSES = Answer(Frame(("p",), (["F", "M"],), 2), "values")
TABLE = Answer(Frame(("F", "M"), (np.array([0.1, 0.2]), np.array([0.9, 0.8])), 2), "records")
NAMED = Answer(Frame(("prob", "class"), (np.array([0.1, 0.2]), ["M", None]), 2), "columns")
CODED = Answer(
    Frame(("predicted_label", "score"), (np.array([1.0, 0.0]), np.array([0.9, 0.2])), 2), "columns"
)

DOCUMENTS = [
    (VECTOR, "", b'{"predictions":[0.5,null]}'),
    (VECTOR, "predictions", b'{"predictions":[0.5,null]}'),
    (VECTOR, "records", b'[{"prediction":0.5},{"prediction":null}]'),
    (VECTOR, "columns", b'{"prediction":[0.5,null]}'),
    (VECTOR, "scores", b'{"predictions":[{"score":0.5},{"score":null}]}'),
    (CLASSES, "scores", b'{"predictions":[{"predicted_label":"F"},{"predicted_label":"M"}]}'),
    (TABLE, "", b'{"predictions":[{"F":0.1,"M":0.9},{"F":0.2,"M":0.8}]}'),
    (TABLE, "records", b'[{"F":0.1,"M":0.9},{"F":0.2,"M":0.8}]'),
    (TABLE, "columns", b'{"F":[0.1,0.2],"M":[0.9,0.8]}'),
    (TABLE, "scores", b'{"predictions":[{"score":[0.1,0.9]},{"score":[0.2,0.8]}]}'),
    (NAMED, "", b'{"prob":[0.1,0.2],"class":["M",null]}'),
    (
        NAMED,
        "predictions",
        b'{"predictions":[{"prob":0.1,"class":"M"},{"prob":0.2,"class":null}]}',
    ),
    (
        NAMED,
        "scores",
        b'{"predictions":[{"predicted_label":"M","score":0.1},{"predicted_label":null,"score":0.2}]}',
    ),
    (
        CODED,
        "scores",
        b'{"predictions":[{"predicted_label":1.0,"score":0.9},{"predicted_label":0.0,"score":0.2}]}',
    ),
]


@pytest.mark.parametrize(("answer", "layout", "body"), DOCUMENTS)
def test_json_has_the_layout_asked_for(answer: Answer, layout: str, body: bytes) -> None:
    assert json.encode(answer, layout) == body


@pytest.mark.parametrize("layout", ["", *LAYOUTS])
@given(frames(least_columns=1), st.sampled_from(ANSWERED))
def test_rows_written_at_once_are_those_written_one_by_one(
    layout: str, frame: Frame, shape: Layout
) -> None:
    if shape == "values":
        frame = frame._replace(names=frame.names[:1], columns=frame.columns[:1])
    answer = Answer(frame, shape)
    alone = [json.encode(answer.part(row, row + 1), layout) for row in range(frame.rows)]
    assert json.encode_each(answer, layout) == alone


@pytest.mark.parametrize("accept", ["", "application/json", "application/json; layout=scores"])
def test_json_can_be_written_for_many_at_once(accept: str) -> None:
    encode = codecs.encoder(accept)[1]
    each = codecs.encoder_of_each(encode)
    assert each is not None and each(VECTOR) == [
        encode(VECTOR.part(row, row + 1)) for row in range(2)
    ]
    assert codecs.encoder_of_each(codecs.encoder(accept)[1]) is each


def test_other_types_are_written_for_each() -> None:
    assert codecs.encoder_of_each(codecs.encoder("text/csv")[1]) is None


LINES = [
    (VECTOR, "", b'{"prediction":0.5}\n{"prediction":null}'),
    (VECTOR, "scores", b'{"score":0.5}\n{"score":null}'),
    (NAMED, "columns", b'{"prob":0.1,"class":"M"}\n{"prob":0.2,"class":null}'),
]


@pytest.mark.parametrize(("answer", "layout", "body"), LINES)
def test_json_lines_have_an_object_a_record(answer: Answer, layout: str, body: bytes) -> None:
    assert jsonlines.encode(answer, layout) == body


def test_an_array_has_no_place_for_what_was_replaced() -> None:
    touched = Replacements(1, (Replaced(0, "g", "X", None),))
    answer = VECTOR._replace(frame=VECTOR.frame._replace(replaced=touched))
    assert json.encode(answer, "records") == json.encode(VECTOR, "records")
    assert json.encode(answer, "scores").startswith(b'{"replaced":[')


def test_bridge_toml_says_the_layout_and_whether_csv_has_a_header() -> None:
    assert read_options({}) == Options()
    assert read_options({"csv_header": False, "layout": "scores"}) == Options(False, "scores")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"csv_headers": True}, 'no key "csv_headers"; its keys are csv_header, layout'),
        ({"csv_header": "yes"}, "bodies.csv_header is true or false"),
        ({"layout": "rows"}, "bodies.layout is one of predictions, records, columns, scores"),
        ({"layout": 5}, "bodies.layout is one of"),
    ],
)
def test_what_bridge_toml_cannot_say_is_told(table: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_options(table)
