"""A steady load whose every answer is compared with R's, bit for bit."""

import asyncio
import random
from collections import Counter
from itertools import pairwise
from time import monotonic

import httpx

CLIENT_SECONDS = 20.0


class Load:
    """Sends ``rate`` requests a second, whether or not those before are answered."""

    def __init__(self, url: str, truth: list[float], rate: float) -> None:
        self.sent = 0
        self.wrong = 0
        self.failed: Counter[str] = Counter()
        self.good: list[tuple[float, float]] = []  # when each was sent and answered
        self.memory: list[tuple[float, int]] = []
        self.delay = 0.0  # of this process itself, at most: what the machine had no time for
        self._url = url
        self._truth = truth
        self._rate = rate
        self._going = True
        self._chance = random.Random(0)

    def stop(self) -> None:
        self._going = False

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        timeout = httpx.Timeout(CLIENT_SECONDS)
        async with (
            httpx.AsyncClient(base_url=self._url, limits=limits, timeout=timeout) as client,
            asyncio.TaskGroup() as tasks,
        ):
            due = monotonic()
            while self._going:
                tasks.create_task(self._ask(client))
                self.delay = max(self.delay, monotonic() - due)
                due = max(due + 1 / self._rate, monotonic() - 1)
                await asyncio.sleep(max(0.0, due - monotonic()))

    async def _ask(self, client: httpx.AsyncClient) -> None:
        xs = [self._chance.randrange(len(self._truth)) for _ in range(self._chance.randint(1, 4))]
        sent = monotonic()
        self.sent += 1
        try:
            reply = await client.post("/invocations", json=[{"x": x, "mode": "ok"} for x in xs])
        except httpx.TransportError as error:
            self.failed[type(error).__name__] += 1
            return
        if reply.status_code != 200:
            self.failed[f"{reply.status_code} {reply.json()['error']['code']}"] += 1
        elif reply.json() != {"predictions": [self._truth[x] for x in xs]}:
            self.wrong += 1
        else:
            self.good.append((sent, monotonic()))

    def longest_outage(self) -> float:
        """Seconds between two good answers, at most."""
        return self.outage()[0]

    def outage(self) -> tuple[float, float]:
        """The same, and when it began."""
        times = sorted(answered for _, answered in self.good)
        return max(((b - a, a) for a, b in pairwise(times)), default=(float("inf"), 0.0))

    def recovery(self, since: float) -> float:
        """Seconds until a request that was sent after that moment had a good answer."""
        return min((end - since for sent, end in self.good if sent >= since), default=float("inf"))
