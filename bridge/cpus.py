"""cpus: how many CPU cores this process may keep busy, as its control groups limit it."""

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

PROC = Path("/proc")
GROUPS = Path("/sys/fs/cgroup")


def usable_cpus(proc: Path = PROC, groups: Path = GROUPS) -> int:
    """At least one; a quota of 1.5 cores is two."""
    cores = [len(os.sched_getaffinity(0)), *map(math.ceil, _quotas(proc, groups))]
    return max(1, min(cores))


def _quotas(proc: Path, groups: Path) -> Iterator[float]:
    """The cores that each group of this process, and each above it, allows."""
    for line in (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        group = PurePosixPath(path)
        for part in (group, *group.parents):  # in a container the path may be the host's
            place = str(part).strip("/")
            if not controllers:
                yield from _quota(_words(groups / place / "cpu.max"))
            elif "cpu" in controllers.split(","):
                folder = groups / "cpu" / place
                names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
                yield from _quota([word for name in names for word in _words(folder / name)])


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").split()
    except OSError:
        return []


def _quota(words: list[str]) -> Iterator[float]:
    """Of quota and period, in microseconds; "max" or -1 are no quota."""
    if len(words) == 2 and words[0].isdigit() and int(words[0]) > 0:
        yield int(words[0]) / int(words[1])
