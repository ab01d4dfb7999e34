"""Heads are known again only byte for byte, and only with a body of the length they tell."""

import pytest

from bridge.http.known import MOST_HEAD_BYTES, MOST_HEADS, KnownHeads
from bridge.request import Asked

HEAD = b"POST /invocations HTTP/1.1\r\ncontent-length: 2"
ASKED = Asked("application/json")


def knowing(data: bytes, body: bytes) -> KnownHeads:
    known = KnownHeads()
    known.learn(data, body, ASKED, "id")
    return known


def test_what_was_learned_is_found_with_the_body_that_came() -> None:
    known = knowing(HEAD + b"\r\n\r\n{}", b"{}")
    assert known.find(HEAD + b"\r\n\r\n[]") == (b"[]", ASKED, "id")


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"\r\n\r\n{",
        HEAD + b"\r\n\r\n{}\n",
        HEAD + b"\r\n\r\n{}" + HEAD + b"\r\n\r\n{}",
        HEAD + b"\r\n\r\n",
        HEAD,
        b"",
        b"\r\n" + HEAD + b"\r\n\r\n{}",
        HEAD.replace(b"POST", b"post") + b"\r\n\r\n{}",
        HEAD + b"\r\nX: y\r\n\r\n{}",
    ],
)
def test_anything_else_is_for_the_parser(data: bytes) -> None:
    assert knowing(HEAD + b"\r\n\r\n{}", b"{}").find(data) is None


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (HEAD + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}"),  # in chunks
        (HEAD + b"\r\n\r\n{}" + HEAD, b"{}"),  # and of the next request
        (b"GET /ping HTTP/1.1\r\n\r\n" + HEAD + b"\r\n\r\n{}", b"{}"),  # behind another
        (HEAD + b"x" * MOST_HEAD_BYTES + b"\r\n\r\n{}", b"{}"),
    ],
)
def test_what_is_not_one_whole_request_is_not_learned(data: bytes, body: bytes) -> None:
    known = knowing(data, body)
    for prefix in (HEAD, data.partition(b"\r\n\r\n")[0]):
        assert known.find(prefix + b"\r\n\r\n" + body) is None


def test_only_so_many_are_kept() -> None:
    known = KnownHeads()
    heads = [HEAD + b"\r\nx: %d" % i for i in range(3 * MOST_HEADS)]
    for head in heads:
        known.learn(head + b"\r\n\r\n{}", b"{}", ASKED, "")
    found = [known.find(head + b"\r\n\r\n{}") for head in heads]
    assert 0 < len(found) - found.count(None) <= MOST_HEADS
    assert found[-1] == (b"{}", ASKED, "")
