"""fleet: what the CPU time of a request says of larger machines, and of many. Arithmetic only.

A request takes ``front`` microseconds of the process that speaks HTTP and ``r`` of R. All cores
together bound the requests a second by 10^6 cores / (front + r), each front, which has one
thread, by 10^6 / front.
"""

from dataclasses import dataclass
from math import ceil

# The safety factor that SageMaker's guide begins with: an instance takes minutes to start.
UTILIZATION = 0.5


@dataclass(frozen=True)
class Cost:
    """CPU microseconds of one request."""

    front: float
    r: float

    @property
    def total(self) -> float:
        return self.front + self.r


def capacity(cost: Cost, cores: int, fronts: int | None = None) -> float:
    """Requests a second at most; with no number of fronts, as many as are needed."""
    by_cores = 1e6 * cores / cost.total
    return by_cores if fronts is None else min(by_cores, 1e6 * fronts / cost.front)


def fronts_needed(cost: Cost, cores: int) -> int:
    """So many that the cores are the bound, and not the fronts."""
    return ceil(cores * cost.front / cost.total - 1e-9)


def invocations_per_instance(cost: Cost, cores: int, utilization: float = UTILIZATION) -> float:
    """The target for SageMaker's target tracking: requests a minute of one instance."""
    return 60 * utilization * capacity(cost, cores)


def instances(rate: float, cost: Cost, cores: int, utilization: float = UTILIZATION) -> int:
    """How many instances target tracking settles at for so many requests a second."""
    return ceil(60 * rate / invocations_per_instance(cost, cores, utilization) - 1e-9)
