"""Which codec reads a Content-Type, and which one writes for an Accept."""

import numpy as np
import pytest

from bridge import codecs
from bridge.answer import Answer
from bridge.codecs.media import takes_gzip
from bridge.errors import ConfigError, EmptyBody, NotAcceptable, UnsupportedMediaType
from bridge.frame import Frame, RawFrame

JSON_TYPES = [
    "",
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON",
    " application/json ;charset=UTF-8",
    "application/x-www-form-urlencoded",
    ";",
]


@pytest.mark.parametrize("content_type", JSON_TYPES)
def test_these_are_read_as_json(content_type: str) -> None:
    assert codecs.decode(b'{"x": "1"}', content_type) == RawFrame({"x": ["1"]}, 1)


@pytest.mark.parametrize("content_type", ["text/csv", "text/csv; header=present", "TEXT/CSV"])
def test_these_are_read_as_csv(content_type: str) -> None:
    assert codecs.decode(b"x\n1\n", content_type) == RawFrame({"x": ["1"]}, 1, text=True)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "json", "a" * 5000])
def test_other_types_are_refused_with_those_that_are_read(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        codecs.decode(b"x", content_type)
    message = str(caught.value)
    assert content_type[:100] in message and len(message) < 400
    assert all(name in message for name in codecs.TOLD)


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "text/csv", "application/jsonlines", "application/x-npy"],
)
def test_an_empty_body_is_told_as_such(content_type: str) -> None:
    with pytest.raises(EmptyBody, match="the body is empty"):
        codecs.decode(b"", content_type)


def test_an_unsupported_type_is_told_before_an_empty_body() -> None:
    with pytest.raises(UnsupportedMediaType):
        codecs.decode(b"", "text/plain")


@pytest.mark.parametrize(
    ("accept", "answer_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON;q=0.9", "application/json"),
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("image/png,text/csv;q=0.5,application/json", "application/json"),
        ("image/png,text/csv;q=0.5,application/json;q=0.5", "text/csv"),
        ("text/csv;q=0.1, */*;q=0.9", "application/json"),
        ("application/json;q=0, */*", "text/csv"),
        ("application/json;q=0, text/*;q=0, */*;q=0.1", "application/jsonlines"),
        ('text/csv; note="a, application/json"', "text/csv"),
        ("text/csv; charset=utf-8; verbose=true", "text/csv"),
        ("text/csv; Header=Present", "text/csv; header=present"),
        ("text/csv;q=high", "text/csv"),
        ("Application/X-Parquet", "application/x-parquet"),
        ("application/x-ndjson", "application/x-ndjson"),
        (" , ,text/csv", "text/csv"),
    ],
)
def test_the_best_type_that_can_be_written_is(accept: str, answer_type: str) -> None:
    assert codecs.encoder(accept)[0] == answer_type


@pytest.mark.parametrize(
    ("accept", "answer_type"),
    [
        ("", "text/csv; header=present"),
        (" ", "text/csv; header=present"),
        ("*/*", "text/csv; header=present"),
        ("text/*", "text/csv; header=present"),
        ("image/png, */*;q=0.1", "text/csv; header=present"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("text/csv", "text/csv"),
    ],
)
def test_a_request_that_does_not_mind_gets_the_default(accept: str, answer_type: str) -> None:
    assert codecs.encoder(accept, "text/csv; header=present")[0] == answer_type


def test_a_default_that_cannot_be_written_is_an_error_of_configuration() -> None:
    codecs.check_default("")
    codecs.check_default("application/x-npy")
    with pytest.raises(ConfigError, match="image/png"):
        codecs.check_default("image/png")


def test_the_encoder_writes_the_type_that_it_is_said_to() -> None:
    answer = Answer(Frame(("x",), (np.array([1.0]),), 1), "columns")
    assert codecs.encoder("text/csv")[1](answer) == b"1.0"
    assert codecs.encoder("text/csv; header=present")[1](answer) == b"x\n1.0"
    assert codecs.encoder("application/jsonl")[1](answer) == b'{"x":1.0}'
    assert codecs.encoder("application/json")[1](answer) == b'{"x":[1.0]}'


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "image/png, video/*",
        "x" * 5000,
        "*/*;q=0",
        "application/json;q=0.0",
        ",",
        "image/*," * 5000,
    ],
)
def test_what_cannot_be_written_is_refused_with_what_can(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        codecs.encoder(accept)
    message = str(caught.value)
    assert len(message) < 400 and all(name in message for name in codecs.TOLD)


@pytest.mark.parametrize("layout", ["records", "RECORDS", '"records"'])
def test_an_accept_parameter_says_the_layout_of_json(layout: str) -> None:
    answer = Answer(Frame(("x",), (np.array([1.0]),), 1), "columns")
    name, encode = codecs.encoder(f"application/json; layout={layout}", layout="scores")
    assert (name, encode(answer)) == ("application/json", b'[{"x":1.0}]')


def test_an_unknown_layout_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(NotAcceptable, match=r'layout "rows" .* predictions, records, columns, sco'):
        codecs.encoder("application/json; layout=rows")


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
    ],
)
def test_gzip_is_written_for_those_who_take_it(header: str, takes: bool) -> None:
    assert takes_gzip(header) == takes
