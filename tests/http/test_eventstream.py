"""Frames of an event stream, read by botocore's own parser."""

from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from bridge.http.eventstream import MOST_PAYLOAD, payload_parts

HEADERS = {
    ":message-type": "event",
    ":event-type": "PayloadPart",
    ":content-type": "application/octet-stream",
}


def read(frames: bytes) -> list[bytes]:
    """The payloads; the parser checks lengths and both checksums."""
    buffer = EventStreamBuffer()
    buffer.add_data(frames)
    messages = list(buffer)
    assert all(message.headers == HEADERS for message in messages)
    assert sum(message.prelude.total_length for message in messages) == len(frames)
    return [message.payload for message in messages]


@given(st.binary(min_size=1, max_size=2000))
def test_a_body_comes_back(body: bytes) -> None:
    assert read(payload_parts(body)) == [body]


def test_a_large_body_comes_back_in_parts() -> None:
    body = bytes(range(256)) * 1025
    payloads = read(payload_parts(body))
    assert b"".join(payloads) == body
    assert [len(payload) for payload in payloads[:-1]] == [MOST_PAYLOAD] * (len(payloads) - 1)
    assert len(payloads) == 5


def test_an_empty_body_is_no_event() -> None:
    assert payload_parts(b"") == b""
