"""counts: what became of the requests to a model in one front, as numbers that all fronts see.

A request costs no more than to note how long it took. Ten times a second a front adds up what it
has noted, and publishes its numbers: it copies them to memory that is shared. The front that
takes the place of another goes on with what that has published.
"""

from array import array
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from bridge.errors import PROBLEMS, BridgeError, InvalidInput, RequestError, ServiceError
from bridge.shared import reals

# Seconds that requests and calls take at most, by which they are told apart.
BOUNDS = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
INTERNAL = "internal_error"
NOT_FOUND = "not_found"
NOT_ALLOWED = "method_not_allowed"
STATES = ("starting", "idle", "busy", "resting")


class Death(StrEnum):
    """Why a worker ended that was wanted."""

    CRASHED = "crashed"  # by itself, or by a signal other than SIGKILL
    KILLED = "killed"  # by SIGKILL: by the kernel for want of memory, or by anybody
    DEADLINE = "deadline"  # its call took too long
    STUCK = "stuck"  # it was stopped, or never began
    GARBLED = "garbled"  # what it said
    ZYGOTE = "zygote"  # with the process that forked it


def _codes(kind: type[BridgeError]) -> list[str]:
    """Those of all errors of a kind that are raised."""
    kinds = kind.__subclasses__()
    return [code for each in kinds for code in _codes(each)] if kinds else [kind.code]


CODES = (
    *(INTERNAL, NOT_FOUND, NOT_ALLOWED),
    *_codes(RequestError),
    *_codes(ServiceError),
)
_PLACES = {code: place for place, code in enumerate(CODES)}
# Of input that does not fit. One of them is the code of another error too.
_PROBLEMS = {code: place for place, code in enumerate(PROBLEMS, len(CODES))}
_DEATHS = tuple(Death)
_HISTOGRAM = len(BOUNDS) + 2  # what took longer than the last bound, and the sum
# Where which numbers begin.
_SECONDS = len(CODES) + len(PROBLEMS)
_CALL_SECONDS = _SECONDS + _HISTOGRAM
_ROWS = _CALL_SECONDS + _HISTOGRAM
_REPLACED = _ROWS + 1
_PLACEHOLDERS = _REPLACED + 1
_WORKER_DEATHS = _PLACEHOLDERS + 1
_FRONT_DEATHS = _WORKER_DEATHS + len(_DEATHS)
_LOADED = _FRONT_DEATHS + 1  # from here on: what is so at the moment
_WAITING = _LOADED + 1
_WORKERS = _WAITING + 1
SIZE = _WORKERS + len(STATES)


class Counts:
    """``shared`` has room for SIZE numbers, which were published before.

    To ``took`` is added how many seconds after it was read a request got its answer, to ``calls``
    how many each call of R took, to ``rows`` how many records it answered.
    """

    def __init__(self, shared: "memoryview[float] | None" = None) -> None:
        self._shared = reals(SIZE) if shared is None else shared
        self.took: list[float] = []
        self.calls: list[float] = []
        self.rows = 0
        self.go_on()

    def go_on(self) -> None:
        """Begins with what is published."""
        self._numbers = self.published()

    def publish(self) -> None:
        """Has others see the numbers as they are now."""
        self._add_up(_SECONDS, self.took)
        self._add_up(_CALL_SECONDS, self.calls)
        self._numbers[_ROWS] += self.rows
        self.rows = 0
        self._shared[:] = memoryview(array("d", self._numbers))

    def published(self) -> list[float]:
        """What others see."""
        return list(self._shared)

    def _add_up(self, histogram: int, seconds: list[float]) -> None:
        if not seconds:
            return
        places = np.searchsorted(BOUNDS, seconds)
        for place, count in enumerate(np.bincount(places).tolist(), histogram):
            self._numbers[place] += count
        self._numbers[histogram + _HISTOGRAM - 1] += sum(seconds)
        seconds.clear()

    def amended(self, replaced: int, placeholders: int) -> None:
        """Policies have replaced cells of a request, records have placeholders in its answer."""
        self._numbers[_REPLACED] += replaced
        self._numbers[_PLACEHOLDERS] += placeholders

    def failed(self, error: BaseException) -> None:
        """A request got an error."""
        if isinstance(error, InvalidInput) and error.code in _PROBLEMS:
            self._numbers[_PROBLEMS[error.code]] += 1
        else:
            self.refused(error.code if isinstance(error, BridgeError) else INTERNAL)

    def refused(self, code: str) -> None:
        """The same, for the error of this code."""
        self._numbers[_PLACES.get(code, _PLACES[INTERNAL])] += 1

    def died(self, why: Death) -> None:
        """A worker ended."""
        self._numbers[_WORKER_DEATHS + _DEATHS.index(why)] += 1

    def front_died(self) -> None:
        """The front that has counted here ended: told by another process."""
        self._shared[_FRONT_DEATHS] += 1
        self._shared[_LOADED:] = memoryview(array("d", [0] * (SIZE - _LOADED)))

    def show(self, waiting: int, workers: Mapping[str, int], loaded: int = 1) -> None:
        """So many requests wait, workers are in each state, and models are counted here."""
        self._numbers[_LOADED] = loaded
        self._numbers[_WAITING] = waiting
        for place, state in enumerate(STATES, _WORKERS):
            self._numbers[place] = workers.get(state, 0)

    def hide(self) -> None:
        """No model is counted here at the moment."""
        for place in range(_LOADED, SIZE):
            self._numbers[place] = 0


class Histogram(NamedTuple):
    """How many took at most as long as each of BOUNDS says, and in the end all; and the sum."""

    counts: list[float]
    seconds: float


class Total(NamedTuple):
    """What the numbers of several ``Counts`` add up to.

    ``failed`` by code; ``unfit``, by code too, those whose input did not fit the model.
    """

    failed: dict[str, float]
    unfit: dict[str, float]
    seconds: Histogram
    call_seconds: Histogram
    rows: float
    replaced: float
    placeholders: float
    worker_deaths: dict[str, float]
    front_deaths: float
    loaded: float
    waiting: float
    workers: dict[str, float]


def total(counted: Iterable[Counts]) -> Total:
    """The counts of one model in all fronts, each of which may have it loaded."""
    columns = list(zip(*(counts.published() for counts in counted), strict=True))
    sums = [sum(numbers) for numbers in columns]
    return Total(
        failed=dict(zip(CODES, sums, strict=False)),
        unfit=dict(zip(PROBLEMS, sums[len(CODES) :], strict=False)),
        seconds=_histogram(sums, _SECONDS),
        call_seconds=_histogram(sums, _CALL_SECONDS),
        rows=sums[_ROWS],
        replaced=sums[_REPLACED],
        placeholders=sums[_PLACEHOLDERS],
        worker_deaths=dict(zip(_DEATHS, sums[_WORKER_DEATHS:_FRONT_DEATHS], strict=True)),
        front_deaths=sums[_FRONT_DEATHS],
        loaded=max(columns[_LOADED]),
        waiting=sums[_WAITING],
        workers=dict(zip(STATES, sums[_WORKERS:], strict=True)),
    )


def _histogram(sums: list[float], start: int) -> Histogram:
    *counts, seconds = sums[start : start + _HISTOGRAM]
    return Histogram(list(accumulate(counts)), seconds)
