"""Clients that invoke many models at random while some are evicted for others; what came of it.

``python -m tests.server.many_models MODELS CLIENTS REQUESTS ROOM`` prints the figures: the
models are loaded one after another, each client sends so many requests, and R may have ROOM
MiB.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.server.mme import Endpoint, Platform, endpoint, lines, pss_kib
from tests.serving import children


@dataclass(frozen=True, slots=True)
class Outcome:
    """``statuses``: how often each came, for loads, unloads and requests together."""

    statuses: Counter[int]
    wrong: list[str]
    seconds_per_load: float
    loaded: int
    seconds: float
    memory_before: int
    memory_most: int
    memory_after: int
    processes_after: int


def run(server: Endpoint, models: int, clients: int, requests: int) -> Outcome:
    """Loads, invokes and unloads; the memory is the PSS of all processes, in KiB."""
    server.load("m1")
    server.unload("m1")
    before = pss_kib(server.process.pid)
    platform = Platform(server)
    loads = _load_all(server, platform, models)
    loaded = len(_names(server))
    memory = pss_kib(server.process.pid)
    began = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        wrong = pool.map(lambda seed: _client(platform, seed, models, requests), range(clients))
        told = [line for lines in wrong for line in lines]
    seconds = time.monotonic() - began
    most = max(memory, pss_kib(server.process.pid))
    for name in _names(server):
        server.unload(name)
    after, left = pss_kib(server.process.pid), len(children(server.zygote()))
    statuses = Counter(platform.statuses)
    return Outcome(statuses, told, loads / models, loaded, seconds, before, most, after, left)


def _load_all(server: Endpoint, platform: Platform, models: int) -> float:
    began = time.monotonic()
    with httpx.Client(timeout=60) as http:
        for slope in range(1, models + 1):
            platform.load(http, f"m{slope}")
    return time.monotonic() - began


def _client(platform: Platform, seed: int, models: int, requests: int) -> list[str]:
    """What was not answered as the model asked would."""
    wrong = []
    chance = random.Random(seed)
    with httpx.Client(timeout=60) as http:
        for _ in range(requests):
            slope, x = chance.randint(1, models), chance.randint(1, 1000)
            reply = platform.invoke(http, f"m{slope}", {"x": x})
            right = reply.is_success and abs(reply.json()["predictions"][0] - slope * x) < 0.01
            if not right:
                wrong.append(f"m{slope} of {x}: {reply.status_code} {reply.text}")
    return wrong


def _names(server: Endpoint) -> list[str]:
    names: list[str] = []
    page = {"models": [], "nextPageToken": ""}
    while "nextPageToken" in page:
        page = server.get("/models", next_page_token=page["nextPageToken"]).json()
        names += [model["modelName"] for model in page["models"]]
    return names


def main(models: int, clients: int, requests: int, room: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lines(root, models)
        with endpoint(root, root, memory=room, workers=8) as server:
            outcome = run(server, models, clients, requests)
            sys.stdout.write(f"{outcome}\n")
    return bool(outcome.wrong)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
