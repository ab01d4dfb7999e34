"""streaming: the body of a response, piece after piece.

The next piece is made when the one before has left, in another thread: so a client that
reads slowly costs no memory, and the event loop is free meanwhile.
"""

import asyncio
from collections.abc import Iterator

from starlette.types import Receive, Send


async def send_pieces(first: bytes, rest: Iterator[bytes], receive: Receive, send: Send) -> None:
    """Sends a body whose response has begun; ends early if the client is gone."""
    gone = asyncio.create_task(_gone(receive))
    piece: bytes | None = first
    try:
        while piece is not None and not gone.done():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await asyncio.to_thread(next, rest, None)
        if piece is None:
            await send({"type": "http.response.body"})
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
