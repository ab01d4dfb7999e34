"""ledger: the counts of every model in every front."""

import asyncio
from collections.abc import Callable

from bridge.counts import SIZE, Counts, Total, total
from bridge.shared import reals

# What models are called is up to others; those beyond so many are counted together.
MOST_MODELS = 1000
OTHERS = "(others)"
PUBLISH_SECONDS = 0.1


class Ledger:
    """Of ``fronts`` processes, which share what was opened before they were forked."""

    def __init__(self, fronts: int = 1) -> None:
        self._fronts = fronts
        self._front = 0
        self._models: dict[str, list[Counts]] = {}

    def become(self, front: int) -> None:
        """This process is that front, and goes on with what it has counted."""
        self._front = front
        for counts in self._models.values():
            counts[front].go_on()

    def open(self, model: str) -> Counts:
        """Those of a model in this front, which are kept for ever."""
        if model not in self._models and len(self._models) >= MOST_MODELS:
            model = OTHERS
        if model not in self._models:
            self._models[model] = self._new()
        return self._models[model][self._front]

    def _new(self) -> list[Counts]:
        numbers = reals(SIZE * self._fronts)
        starts = range(0, SIZE * self._fronts, SIZE)
        return [Counts(numbers[start : start + SIZE]) for start in starts]

    def publish(self) -> None:
        """Has the other fronts see what this one has counted."""
        for counts in self._models.values():
            counts[self._front].publish()

    async def keep_published(self, show: Callable[[], None]) -> None:
        """Publishes from time to time; ``show`` has the counts show what is so at the moment."""
        while True:
            show()
            self.publish()
            await asyncio.sleep(PUBLISH_SECONDS)

    def front_died(self, front: int) -> None:
        """Tells so in the place of that front."""
        for counts in self._models.values():
            counts[front].front_died()

    def totals(self) -> dict[str, Total]:
        """What all fronts have published, by model."""
        return {model: total(counts) for model, counts in tuple(self._models.items())}
