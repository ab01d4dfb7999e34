"""The command: a seeded schedule of faults, a steady load, and what came of it."""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.procfs import pss_mib, tree
from tests.chaos.faults import KINDS, Faults
from tests.chaos.load import Load
from tests.chaos.model import make_model
from tests.chaos.report import told
from tests.serving import Server, serving

SETTLE_SECONDS = 5.0  # before and after the faults
ARGUMENTS = ("--workers", "2", "--deadline", "3", "--receive", "5", "--worker-memory-mb", "150")
MOST_OUTAGE = 1.0


def schedule(seed: int, seconds: float, pause: float) -> list[tuple[float, str, int]]:
    """When which fault comes, and a number for what it leaves to chance."""
    chance = random.Random(seed)
    found, when = [], 0.0
    while (when := when + pause * chance.uniform(0.5, 1.5)) < seconds:
        found.append((when, chance.choice(KINDS), chance.randrange(1 << 30)))
    return found


async def run(server: Server, load: Load, planned: list[tuple[float, str, int]]) -> Faults:
    """Loads the server, and injects what is planned."""
    faults = Faults(server)
    loading = asyncio.create_task(load.run())
    await asyncio.sleep(SETTLE_SECONDS)
    load.memory.append(memory(server))
    began = asyncio.get_running_loop().time()
    for when, kind, number in planned:
        await asyncio.sleep(began + when - asyncio.get_running_loop().time())
        faults.inject(kind, number)
    await asyncio.sleep(SETTLE_SECONDS)
    await faults.finish()
    load.memory.append(memory(server))
    load.stop()
    await loading
    return faults


def memory(server: Server) -> tuple[float, int]:
    """MiB of all processes of the server, and how many there are."""
    pids = tree(server.process.pid)
    return sum(map(pss_mib, pids)), len(pids)


@click.command()
@click.option("--seconds", default=120.0, help="How long faults are injected.")
@click.option("--seed", default=1, help="The same seed, the same faults.")
@click.option("--rate", default=100.0, help="Requests a second.")
@click.option("--pause", default=1.0, help="Seconds between faults, on average.")
def main(seconds: float, seed: int, rate: float, pause: float) -> None:
    """Serves a model, asks it without pause, and breaks what can be broken meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        model, truth = make_model(Path(folder))
        with serving(model, Path(folder), *ARGUMENTS) as server:
            load = Load(server.url, truth, rate)
            faults = asyncio.run(run(server, load, schedule(seed, seconds, pause)))
            status = server.stop()
    click.echo(told(load, faults, seed, status))
    good = not (load.wrong or load.failed or faults.unexpected or status)
    sys.exit(0 if good and load.longest_outage() < MOST_OUTAGE else 1)


main()
