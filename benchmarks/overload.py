"""overload: ten times what R can answer is asked: ``python -m benchmarks.overload``.

A hook that takes 5 ms a row bounds what R can answer. Requests come at a constant rate, whether
those before are answered or not, and each is timed from when it was due. Another process asks
/ping a hundred times a second.
"""

import asyncio
import shutil
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

from benchmarks.client import HOST, Connection, Exchange, ask_all, ping_for, post
from benchmarks.contenders import MODEL, Server, rbridge
from benchmarks.procfs import pss_mib, tree
from benchmarks.truth import exchanges

PORT = 4513
TIMES = 10
SECONDS = 10.0
BEST_REQUESTS = 1000
BEST_CONNECTIONS = 32
QUEUE = 50
_SLOW = """
read_times <- input_fn
input_fn <- function(newdata) {
  for (row in seq_len(nrow(newdata))) {
    end <- proc.time()[["elapsed"]] + 0.005
    while (proc.time()[["elapsed"]] < end) {}
  }
  read_times(newdata)
}
"""


@dataclass
class Overload:
    """Seconds that answers took, by kind; ``odd`` counts answers that are wrong or neither."""

    good: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    odd: int = 0

    def note(self, exchange: Exchange, status: int, body: bytes, seconds: float) -> None:
        """Counts one answer."""
        if status == 200 and body == exchange.expected:
            self.good.append(seconds)
        elif status == 503:
            self.refused.append(seconds)
        else:
            self.odd += 1


def main() -> None:
    """Prints what a client sees."""
    asked = exchanges(200)
    with tempfile.TemporaryDirectory() as folder:
        command = rbridge(str(_slow_model(Path(folder))), "--queue", str(QUEUE))
        with Server(command, PORT, asked[0]) as server:
            best = asyncio.run(_best(asked))
            before = _memory(server)
            with ProcessPoolExecutor(1, get_context("spawn")) as apart:
                pings = apart.submit(ping_for, PORT, SECONDS)
                told = asyncio.run(_offer(asked, TIMES * best))
                slowest = pings.result().slowest
            print(_report(told, best, slowest, before, _memory(server)))


def _slow_model(folder: Path) -> Path:
    model = folder / "model"
    shutil.copytree(MODEL, model)
    with (model / "inference.R").open("a") as script:
        script.write(_SLOW)
    return model


async def _best(asked: list[Exchange]) -> float:
    """Answers a second, when each of a few clients waits for its own."""
    began = asyncio.get_running_loop().time()
    tally = await ask_all(PORT, islice(cycle(asked), BEST_REQUESTS), BEST_CONNECTIONS)
    if not tally.clean:
        raise RuntimeError(f"not every answer was right: {tally.example}")
    return BEST_REQUESTS / (asyncio.get_running_loop().time() - began)


async def _offer(asked: list[Exchange], rate: float) -> Overload:
    told, idle, clock = Overload(), list[Connection](), asyncio.get_running_loop().time
    began = clock()
    async with asyncio.TaskGroup() as tasks:
        for number, exchange in enumerate(islice(cycle(asked), int(rate * SECONDS))):
            due = began + number / rate
            if due > clock():
                await asyncio.sleep(due - clock())
            tasks.create_task(_ask(exchange, due, idle, told))
    return told


async def _ask(exchange: Exchange, due: float, idle: list[Connection], told: Overload) -> None:
    connection = idle.pop() if idle else await asyncio.open_connection(HOST, PORT)
    status, body = await post(connection, exchange.request)
    told.note(exchange, status, body, asyncio.get_running_loop().time() - due)
    idle.append(connection)


def _memory(server: Server) -> float:
    return sum(map(pss_mib, tree(server.pid)))


def _report(told: Overload, best: float, ping: float, before: float, after: float) -> str:
    refused = sorted(told.refused)
    p99 = refused[int(0.99 * len(refused))]
    rate = len(told.good) / SECONDS
    late = f"p99 {1000 * p99:.1f} ms, slowest {1000 * refused[-1]:.1f} ms"
    return "\n".join(
        [
            f"best: {best:.0f} answers/s; offered: {TIMES * best:.0f} requests/s for {SECONDS:g} s",
            f"answered: {rate:.0f}/s, {rate / best:.2f} of the best; wrong or failed: {told.odd}",
            f"refused: {len(refused)}; median {1000 * statistics.median(refused):.1f} ms, {late}",
            f"slowest ping: {1000 * ping:.1f} ms; memory: {before:.0f} MiB, then {after:.0f}",
        ]
    )


if __name__ == "__main__":
    main()
