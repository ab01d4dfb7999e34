"""arrivals: requests that come when they are due, whether those before are answered or not.

Each is timed from when it was due, so that no wait is omitted.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmarks.client import HOST, Connection, post


class Told(NamedTuple):
    """The answer to one request: its status (0: none), and seconds from when it was due."""

    status: int
    seconds: float


async def offer(port: int, requests: Iterable[tuple[float, bytes]]) -> Sequence[Told]:
    """Sends each body of ``requests`` so many seconds after the start; answers in their order."""
    idle, clock = list[Connection](), asyncio.get_running_loop().time
    began, tasks = clock(), []
    for seconds, body in requests:
        due = began + seconds
        if due > clock():
            await asyncio.sleep(due - clock())
        tasks.append(asyncio.create_task(_ask(port, body, due, idle)))
    told = await asyncio.gather(*tasks)
    for _, writer in idle:
        writer.close()
    return told


async def _ask(port: int, body: bytes, due: float, idle: list[Connection]) -> Told:
    clock = asyncio.get_running_loop().time
    try:
        connection = idle.pop() if idle else await asyncio.open_connection(HOST, port)
        status, _ = await post(connection, body)
    except (OSError, EOFError):
        return Told(0, clock() - due)
    idle.append(connection)
    return Told(status, clock() - due)
