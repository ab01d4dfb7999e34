"""Content-Encoding: what is packed is read as what it was, up to the limit."""

import gzip
import tracemalloc

import pytest

from bridge import codecs
from bridge.codecs import gzip as codec
from bridge.codecs.reading import Reading
from bridge.errors import (
    BodyTooLarge,
    EmptyBody,
    RequestError,
    UnsupportedMediaType,
    WrongShape,
)
from bridge.frame import RawFrame

BODY = b'{"x": 1}'
SMALL = Reading(("x",), most=100_000)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip "])
@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(BODY, mtime=0),
        gzip.compress(BODY[:3], mtime=0) + gzip.compress(BODY[3:], mtime=0),
        gzip.compress(BODY, mtime=0) + b"\0" * 20,
    ],
)
def test_a_packed_body_is_read_as_what_it_was(packed: bytes, encoding: str) -> None:
    assert codecs.decode(packed, "", SMALL, encoding) == RawFrame({"x": [1]}, 1)


def test_a_body_that_is_not_packed_may_say_so() -> None:
    assert codecs.decode(BODY, "", SMALL, "identity") == RawFrame({"x": [1]}, 1)


WRONG: list[tuple[bytes, str, type[RequestError], str]] = [
    (BODY, "br", UnsupportedMediaType, 'Content-Encoding "br" is not supported; send gzip or id'),
    (BODY, "gzip, gzip", UnsupportedMediaType, 'Content-Encoding "gzip, gzip" is not supported'),
    (BODY, "gzip", WrongShape, "the body is not gzip: "),
    (
        gzip.compress(BODY, mtime=0)[:-1],
        "gzip",
        WrongShape,
        "the body is not gzip: it ends too early",
    ),
    (gzip.compress(BODY, mtime=0)[:-5] + b"12345", "gzip", WrongShape, "the body is not gzip: "),
    (gzip.compress(BODY, mtime=0) + b"more", "gzip", WrongShape, "the body is not gzip: "),
    (gzip.compress(b"", mtime=0), "gzip", EmptyBody, "the body is empty"),
    (b"", "gzip", EmptyBody, "the body is empty"),
]


@pytest.mark.parametrize(("body", "encoding", "error", "message"), WRONG)
def test_what_cannot_be_unpacked_is_told(
    body: bytes, encoding: str, error: type[RequestError], message: str
) -> None:
    with pytest.raises(error) as caught:
        codecs.decode(body, "", SMALL, encoding)
    assert type(caught.value) is error and str(caught.value).startswith(message)


@pytest.mark.parametrize("members", [1, 500])
def test_a_bomb_is_refused_before_it_takes_memory(members: int) -> None:
    bomb = gzip.compress(b" " * (100_000_000 // members)) * members
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge, match="larger than 100000 bytes once it is unpacked"):
            codec.unpacked(bomb, "gzip", SMALL)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_the_limit_itself_is_taken() -> None:
    body = b"x" * SMALL.most
    assert codec.unpacked(gzip.compress(body), "gzip", SMALL) == body
    with pytest.raises(BodyTooLarge):
        codec.unpacked(gzip.compress(body + b"x"), "gzip", SMALL)


def test_the_same_answer_is_packed_to_the_same_bytes() -> None:
    body = b"answer " * 1000
    assert codec.packed(body) == codec.packed(body)
    assert gzip.decompress(codec.packed(body)) == body and len(codec.packed(body)) < 200
