"""bento: the model in a BentoML service of two workers, which batches: BentoML's adaptive batching.

``bentoml serve benchmarks.rivals.bento:Model``; the folder is in ``BENCH_FOLDER``.
"""

import os
from typing import Any

import bentoml

from benchmarks.rivals.usual import Usual


@bentoml.service(
    workers=os.cpu_count(),
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
class Model:
    """Takes ``{"records": [...]}``, answers a list."""

    def __init__(self) -> None:
        self._model = Usual(os.environ["BENCH_FOLDER"])

    # A coroutine, so that R is called on the main thread.
    @bentoml.api(route="/invocations", batchable=True, max_batch_size=256, max_latency_ms=1000)
    async def invocations(self, records: list[dict[str, Any]]) -> list[Any]:
        return next(iter(self._model.answer(records).values()))
