"""Which codec reads a Content-Type, and which one writes for an Accept."""

import numpy as np
import pytest

from bridge import codecs
from bridge.answer import Answer
from bridge.errors import EmptyBody, NotAcceptable, UnsupportedMediaType
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
    assert all(name in message for name in codecs.DECODERS)


@pytest.mark.parametrize("content_type", ["", "application/json", "text/csv"])
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
        ("image/png,text/csv;q=0.5,application/json", "text/csv"),
    ],
)
def test_the_first_type_that_can_be_written_is(accept: str, answer_type: str) -> None:
    assert codecs.encoder(accept)[0] == answer_type


def test_the_encoder_writes_the_type_that_it_is_said_to() -> None:
    answer = Answer(Frame(("x",), (np.array([1.0]),), 1), "columns")
    assert codecs.encoder("text/csv")[1](answer) == b"x\n1.0\n"
    assert codecs.encoder("application/json")[1](answer) == b'{"x":[1.0]}'


@pytest.mark.parametrize("accept", ["text/html", "image/png, video/*", "x" * 5000])
def test_what_cannot_be_written_is_refused_with_what_can(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        codecs.encoder(accept)
    message = str(caught.value)
    assert len(message) < 400 and all(name in message for name in codecs.ENCODERS)
