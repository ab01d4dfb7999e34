"""Bodies in pieces, without a server: no piece is made before its time."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bridge.http.streaming import send_pieces


class Client:
    """Takes a message when ``reads`` is released; may hang up."""

    def __init__(self) -> None:
        self.reads = asyncio.Semaphore(0)
        self.hung_up = asyncio.Event()
        self.sent: list[Any] = []

    async def send(self, message: Any) -> None:
        await self.reads.acquire()
        self.sent.append(message)

    async def receive(self) -> Any:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}


class Pieces:
    """Counts the pieces that were made of so many."""

    def __init__(self, count: int) -> None:
        self.made = 0
        self.count = count

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.count):
            self.made += 1
            yield b"%d" % self.made


async def settled(client: Client, messages: int) -> None:
    """Lets ``messages`` leave, and whatever happens then happen."""
    for _ in range(messages):
        client.reads.release()
    for _ in range(20):
        await asyncio.to_thread(lambda: None)


def body(client: Client) -> bytes:
    return b"".join(message.get("body", b"") for message in client.sent)


async def test_every_piece_is_sent_in_order_and_then_the_end() -> None:
    client = Client()
    for _ in range(5):
        client.reads.release()
    await send_pieces(b"0", iter(Pieces(3)), client.receive, client.send)
    assert body(client) == b"0123"
    assert [message.get("more_body", False) for message in client.sent] == [True] * 4 + [False]


async def test_a_client_that_reads_no_more_gets_one_piece_made_at_most() -> None:
    client, pieces = Client(), Pieces(100)
    sending = asyncio.create_task(send_pieces(b"0", iter(pieces), client.receive, client.send))
    await settled(client, 3)
    assert (body(client), pieces.made) == (b"012", 3)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_for_a_client_that_is_gone_nothing_more_is_made() -> None:
    client, pieces = Client(), Pieces(100)
    sending = asyncio.create_task(send_pieces(b"0", iter(pieces), client.receive, client.send))
    await settled(client, 2)
    client.hung_up.set()
    client.reads.release()
    await sending
    assert pieces.made < 5 and client.sent[-1]["more_body"]


async def test_a_piece_that_cannot_be_made_leaves_the_body_without_its_end() -> None:
    def failing() -> Iterator[bytes]:
        yield b"1"
        raise ValueError("no more")

    client = Client()
    for _ in range(3):
        client.reads.release()
    with pytest.raises(ValueError, match="no more"):
        await send_pieces(b"0", failing(), client.receive, client.send)
    assert body(client) == b"01" and client.sent[-1]["more_body"]
