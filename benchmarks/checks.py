"""checks: is every answer right, also when workers are killed or hang; how long a start takes."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

from benchmarks import procfs
from benchmarks.client import HOST, Exchange, Tally, ask_all, ping_for, post
from benchmarks.contenders import CONTENDERS, MODEL, SERVICE, Server, rbridge

CONNECTIONS = 32
KILL_REQUESTS = 10_000
KILL_INTERVAL = 0.2
STARTS = 5
DEADLINE = 2.0
HANG_SECONDS = 6.0
HANG_AFTER = 1.5
_HANGING = b'{"hmtime": "9:59:59", "gender": "F"}'
_HANG = """
read_times <- input_fn
input_fn <- function(newdata) {
  while (any(newdata$hmtime == "9:59:59")) {}
  read_times(newdata)
}
"""


@dataclass(frozen=True)
class Killed:
    """Answers while workers were killed."""

    tally: Tally
    kills: int
    seconds: float


@dataclass(frozen=True)
class Hung:
    """One request that never ends, the others beside it, and /ping throughout."""

    status: int
    seconds: float
    others: Tally
    pings: Tally


def check_bodies(port: int, exchanges: list[Exchange]) -> dict[str, Tally]:
    """Varied records to every contender that has R: its answers against R's own."""
    tallies = {}
    for contender in CONTENDERS:
        if contender.checked:
            asked = islice(cycle(exchanges), contender.checked)
            with Server(contender.command, port, exchanges[0]):
                tallies[contender.key] = asyncio.run(ask_all(port, asked, CONNECTIONS))
    return tallies


def time_starts(port: int, known: Exchange) -> list[float]:
    """Seconds from the start of the process to the first right answer, each time."""
    seconds = []
    for _ in range(STARTS):
        with Server(SERVICE.command, port, known) as server:
            seconds.append(server.start_seconds)
    return seconds


def kill_workers(port: int, exchanges: list[Exchange]) -> Killed:
    """Ten thousand requests while a random R worker is killed every 200 ms."""
    with Server(SERVICE.command, port, exchanges[0]) as server:
        asked = islice(cycle(exchanges), KILL_REQUESTS)
        return asyncio.run(_ask_and_kill(port, asked, server.pid))


async def _ask_and_kill(port: int, exchanges: Iterable[Exchange], server: int) -> Killed:
    kills: list[int] = []
    killer = asyncio.create_task(_kill_for_ever(server, kills))
    began = time.perf_counter()
    tally = await ask_all(port, exchanges, CONNECTIONS)
    killer.cancel()
    return Killed(tally, len(kills), time.perf_counter() - began)


async def _kill_for_ever(server: int, kills: list[int]) -> None:
    choose = random.Random(7)
    while True:
        await asyncio.sleep(KILL_INTERVAL)
        # The server's child is the zygote; its children are the workers.
        workers = procfs.tree(server)[2:]
        with contextlib.suppress(ProcessLookupError):
            os.kill(choose.choice(workers), signal.SIGKILL)
            kills.append(len(kills))


def hang_one(port: int, exchanges: list[Exchange]) -> Hung:
    """A hook loops for ever on one value; 32 connections and /ping go on beside it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, get_context("spawn")) as apart,
    ):
        model = Path(folder) / "model"
        shutil.copytree(MODEL, model)
        with (model / "inference.R").open("a") as script:
            script.write(_HANG)
        command = rbridge(str(model), "--deadline", str(DEADLINE))
        with Server(command, port, exchanges[0]):
            pings = apart.submit(ping_for, port, HANG_SECONDS)
            others, (status, seconds) = asyncio.run(_ask_beside(port, exchanges))
            return Hung(status, seconds, others, pings.result())


async def _ask_beside(port: int, exchanges: list[Exchange]) -> tuple[Tally, tuple[int, float]]:
    asked = _until(time.perf_counter() + HANG_SECONDS, exchanges)
    return await asyncio.gather(ask_all(port, asked, CONNECTIONS), _hang(port))


async def _hang(port: int) -> tuple[int, float]:
    """Status of the request that hangs, and how long it took."""
    await asyncio.sleep(HANG_AFTER)
    connection = await asyncio.open_connection(HOST, port)
    began = time.perf_counter()
    status, _ = await post(connection, _HANGING)
    connection[1].close()
    return status, time.perf_counter() - began


def _until(end: float, exchanges: list[Exchange]) -> Iterator[Exchange]:
    for exchange in cycle(exchanges):
        if time.perf_counter() > end:
            return
        yield exchange
