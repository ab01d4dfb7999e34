"""costs: CPU time and memory of a server and of all that it started, while it is asked."""

import os
import time

from benchmarks import procfs


class Meter:
    """What a server has used from now on. ``client_cpu``: CPU seconds of who asks it, so far."""

    def __init__(self, root: int, client_cpu: float) -> None:
        self._root = root
        self._began = self._now(client_cpu)

    def _now(self, client_cpu: float) -> tuple[float, float, float, float, float]:
        first, *others = procfs.tree(self._root)
        return (
            time.perf_counter(),
            procfs.cpu_seconds(first),
            sum(map(procfs.cpu_seconds, others)),
            procfs.machine_cpu_seconds(),
            client_cpu,
        )

    def read(self, requests: int, client_cpu: float) -> dict[str, float]:
        """CPU microseconds a request, MiB, and the share of the machine that others used.

        ``front`` is the process that was started, ``others`` all that it started.
        """
        spent = [b - a for a, b in zip(self._began, self._now(client_cpu), strict=True)]
        seconds, front, children, machine, client = spent
        idle = machine - front - children - client
        first, *others = procfs.tree(self._root)
        return {
            "front_us": round(1e6 * front / max(requests, 1), 1),
            "children_us": round(1e6 * children / max(requests, 1), 1),
            "client_us": round(1e6 * client / max(requests, 1), 1),
            "front_mib": round(procfs.pss_mib(first), 1),
            "children_mib": round(sum(map(procfs.pss_mib, others)), 1),
            "others_cpu": round(max(idle, 0.0) / seconds / (os.cpu_count() or 1), 3),
        }
