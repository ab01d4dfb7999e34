"""A million good requests: what all processes of the server take together, on the way."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from random import Random

from benchmarks.procfs import pss_mib, tree
from tests.serving import Server
from tests.soak.asking import Answered, ask_all
from tests.soak.model import JSON, Sent, requests
from tests.soak.oracle import judged

CONNECTIONS = 32
BLOCK = 10_000
OTHERS = 50  # one request in so many is of another form than a single JSON record
MISSING = 50  # one in so many holds an NA, and goes to a worker that others leave idle


def good(seed: int) -> Iterator[Sent]:
    """Without end; the same seed, the same requests."""
    chance, others = Random(seed), requests()
    while True:
        if chance.randrange(OTHERS) == 0:
            yield chance.choice(others)
            continue
        record = {
            "x": chance.uniform(-10, 10) if chance.randrange(MISSING) else None,
            "n": chance.randrange(100),
            "g": chance.choice(("a", "b", "é")),
            "b": chance.random() < 0.5,
            "day": str(date.fromordinal(chance.randint(700_000, 740_000))),
        }
        yield Sent("/invocations", JSON, "", json.dumps(record).encode())


class Usage:
    """MiB after so many requests, and how many answers were not right."""

    def __init__(self, coefficients: dict[str, float]) -> None:
        self.wrong = 0
        self.told: list[tuple[int, float]] = []
        self._coefficients = coefficients

    def note(self, answered: Answered) -> None:
        path, content_type, encoding, body = answered.sent
        right = answered.status == 200
        if right and path == "/invocations" and content_type == JSON and not encoding:
            right = judged(body, answered.body, self._coefficients) is not False
        self.wrong += not right

    def growth(self) -> float:
        """Of the last figure over that after a tenth of the requests."""
        first = next(mib for asked, mib in self.told if asked * 10 >= self.told[-1][0])
        return self.told[-1][1] / first - 1


def run(server: Server, coefficients: dict[str, float], count: int, seed: int) -> Usage:
    """Asks ``count`` of them in blocks, and weighs the server after each."""
    usage, all_good = Usage(coefficients), good(seed)
    for asked in range(BLOCK, count + 1, BLOCK):
        answers = asyncio.run(ask_all(server.port, islice(all_good, BLOCK), CONNECTIONS))
        while not answers.empty():
            usage.note(answers.get_nowait())
        usage.told.append((asked, sum(map(pss_mib, tree(server.process.pid)))))
    return usage
