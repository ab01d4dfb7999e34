"""wire: every message comes back as it was, however its bytes arrive; garbage is told."""

import struct
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer import Answer
from bridge.frame import NA_REAL, Frame
from bridge.wire import CALL as CALL_KIND
from bridge.wire import Call, Failure, Hello, Message, Reader, WireError, pack, unpack
from tests.strategies import frames, messages
from tests.test_frame import same

CALL = Call(
    Frame(("x", "s"), (np.array([1.0, NA_REAL]), ["é", None]), 2, missing=True), 7, '{"a":"é"}'
)


def same_message(left: Message, right: Message) -> bool:
    if isinstance(left, Call) and isinstance(right, Call):
        return left.requests == right.requests and same_frame(left.frame, right.frame)
    if isinstance(left, Answer) and isinstance(right, Answer):
        return left.layout == right.layout and same_frame(left.frame, right.frame)
    return type(left) is type(right) and left == right


def same_frame(left: Frame, right: Frame) -> bool:
    """True if both frames are the same, bit for bit."""
    heads = [(f.names, f.rows, f.missing, len(f.columns)) for f in (left, right)]
    return heads[0] == heads[1] and all(map(same, left.columns, right.columns))


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """``data`` in pieces of these sizes, and then the rest."""
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


def read(stream: Iterator[bytes]) -> list[Message]:
    reader = Reader()
    found = [message for piece in stream for message in reader.feed(piece)]
    assert reader.idle
    return found


@given(st.lists(messages, max_size=4), st.lists(st.integers(0, 50), max_size=10))
def test_messages_come_back_from_pieces_of_any_size(sent: list[Message], sizes: list[int]) -> None:
    got = read(pieces(b"".join(map(pack, sent)), sizes))
    assert len(got) == len(sent) and all(map(same_message, got, sent))


@given(st.lists(messages, min_size=1, max_size=2))
def test_messages_come_back_one_byte_at_a_time(sent: list[Message]) -> None:
    data = b"".join(map(pack, sent))
    got = read(data[i : i + 1] for i in range(len(data)))
    assert len(got) == len(sent) and all(map(same_message, got, sent))


def test_a_message_is_given_as_soon_as_it_is_whole() -> None:
    reader, data = Reader(), pack(CALL)
    assert list(reader.feed(data[:-1])) == [] and not reader.idle
    (got,) = reader.feed(data[-1:] + pack(Hello())[:3])
    assert same_message(got, CALL) and not reader.idle
    assert list(reader.feed(pack(Hello())[3:])) == [Hello()] and reader.idle


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_come_in_any_buffer(kind: type) -> None:
    (got,) = Reader().feed(kind(pack(CALL)))
    assert same_message(got, CALL)


def test_what_was_read_does_not_change_with_the_buffer_it_came_in() -> None:
    buffer = bytearray(pack(CALL))
    (got,) = Reader().feed(buffer)
    buffer[:] = bytes(len(buffer))
    assert same_message(got, CALL)


@given(messages, st.data())
def test_a_body_cut_short_raises_wire_error(message: Message, data: st.DataObject) -> None:
    packed = pack(message)
    kind, body = packed[4], packed[5:]
    if body:
        with pytest.raises(WireError):
            unpack(kind, body[: data.draw(st.integers(0, len(body) - 1))])


@given(messages, st.binary(min_size=1, max_size=9))
def test_a_body_with_more_than_the_message_raises_wire_error(message: Message, more: bytes) -> None:
    packed = pack(message)
    with pytest.raises(WireError):
        unpack(packed[4], packed[5:] + more)


@given(st.binary(max_size=60))
def test_garbage_raises_wire_error_and_nothing_else(data: bytes) -> None:
    try:
        list(Reader().feed(data))
    except WireError as error:
        assert str(error)


@given(messages, st.data())
def test_a_broken_byte_raises_wire_error_and_nothing_else(
    message: Message, data: st.DataObject
) -> None:
    packed = bytearray(pack(message))
    packed[data.draw(st.integers(4, len(packed) - 1))] = data.draw(st.integers(0, 255))
    reader = Reader()
    try:
        got = list(reader.feed(packed))
    except WireError as error:
        assert str(error)
    else:
        assert len(got) == 1 and reader.idle


@given(st.integers(1, 5), st.binary(max_size=60))
def test_a_body_of_garbage_is_a_message_or_wire_error(kind: int, body: bytes) -> None:
    try:
        assert isinstance(unpack(kind, body), Message)
    except WireError as error:
        assert str(error)


@pytest.mark.parametrize("header", [(0, 1), (5, 0), (5, 6), (1, 255)])
def test_a_header_of_no_message_is_refused_at_once(header: tuple[int, int]) -> None:
    with pytest.raises(WireError, match="no message starts with"):
        list(Reader().feed(struct.pack("<IB", *header)))


def test_a_column_of_no_known_type_is_refused() -> None:
    packed = bytearray(pack(Call(Frame(("x",), (np.zeros(1),), 1), 1)))
    packed[packed.index(b"\x01\0\0\0x") - 1] = 9
    with pytest.raises(WireError, match="no column types"):
        list(Reader().feed(packed))


@given(frames())
def test_na_keeps_its_bits(frame: Frame) -> None:
    (got,) = Reader().feed(pack(Call(frame, 1)))
    assert isinstance(got, Call) and same_frame(got.frame, frame)


@pytest.mark.parametrize(
    "frame",
    [
        Frame((), (), 3),
        Frame((), (), 0),
        Frame(
            ("x", "s", "i", "b"), (np.empty(0), [], np.empty(0, np.int32), np.empty(0, np.int8)), 0
        ),
        Frame(("größe",), ([None, "", "日本 \U0001f600", "NA", "a\0b"],), 5, missing=True),
        Frame(("s",), ([None] * 3,), 3),
        Frame(("s",), ([""] * 40,), 40),
        Frame(("s",), (["é", "", "NA", "\x01"] * 10,), 40),
        Frame(("s",), (["a\0b", "", "c"] * 10,), 30),
        Frame(("s",), (["a", None] * 10,), 20, missing=True),
    ],
)
def test_frames_at_the_edge_come_back(frame: Frame) -> None:
    (got,) = Reader().feed(pack(Call(frame, 1)))
    assert isinstance(got, Call) and same_frame(got.frame, frame)


@pytest.mark.parametrize("end", [b"\0\0", b"bb"])
def test_not_as_many_strings_as_rows_is_a_wire_error(end: bytes) -> None:
    """Else each string behind would go to another row."""
    body = pack(Call(Frame(("s",), (["b"] * 20,), 20), 1))[5:]
    assert body.endswith(b"b\0" * 20) and unpack(CALL_KIND, body)
    with pytest.raises(WireError, match="20 strings"):
        unpack(CALL_KIND, body[:-2] + end)


def test_columns_that_are_not_contiguous_are_packed_in_order() -> None:
    frame = Frame(("x",), (np.arange(6.0)[::2],), 3)
    (got,) = Reader().feed(pack(Call(frame, 1)))
    assert isinstance(got, Call) and list(got.frame.columns[0]) == [0.0, 2.0, 4.0]


def test_a_failure_keeps_all_it_says() -> None:
    failure = Failure("rejected", "«é»", "R's call", "hmtime", (0, 2**32 - 1))
    assert list(Reader().feed(pack(failure))) == [failure]
    assert list(Reader().feed(pack(Failure("apart", "")))) == [Failure("apart", "")]


def test_a_text_that_utf8_cannot_hold_is_sent_as_well_as_it_can() -> None:
    (got,) = Reader().feed(pack(Failure("failed", "half \ud800 pair")))
    assert got == Failure("failed", "half ? pair")


def test_a_million_cells_are_read_whole() -> None:
    frame = Frame(("x",), (np.arange(1e6),), 10**6)
    (got,) = read(pieces(pack(Call(frame, 1)), [3, 1 << 18, 1 << 18]))
    assert isinstance(got, Call) and same_frame(got.frame, frame)
