"""zoo: fits and visits the cases, two at a time, in the background."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from .catalog import THEME_OF
from .visit import Visit, visit
from .workshop import prepared

AT_ONCE = 2


class Zoo:
    """Starts at once with all cases; ``visit`` waits for one of them."""

    def __init__(self, names: Iterable[str], logs: Path) -> None:
        wanted = list(names)
        self._logs = logs
        self._client = httpx.Client(timeout=60)
        self._pool = ThreadPoolExecutor(AT_ONCE)
        # Fits go first: a visit that waits for one never keeps it from being run.
        needed = dict.fromkeys(THEME_OF[name] for name in wanted)
        self._fits = {theme: self._pool.submit(prepared, theme) for theme in needed}
        self._visits = {
            name: self._pool.submit(self._visit, name, self._fits[THEME_OF[name]])
            for name in wanted
        }

    def visit(self, name: str) -> Visit:
        """What came out for a case."""
        return self._visits[name].result()

    def _visit(self, name: str, fit: Future[Path]) -> Visit:
        return visit(fit.result() / name, self._logs, self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()
