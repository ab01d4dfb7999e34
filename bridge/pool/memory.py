"""memory: what is free on this machine, in this container, and what a process has and does.

Reads /proc and the control groups, of both versions, and nothing else.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

PACKED = 5  # bzip2 and xz do not tell how much they packed; models pack about so well
PROC = Path("/proc")
GROUPS = Path("/sys/fs/cgroup")
# By version: folder below GROUPS, limit, usage, and what of the usage is given back on demand.
_FILES = {
    2: ("", "memory.max", "memory.current", "inactive_file"),
    1: ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


def private_bytes(pid: int) -> int:
    """The memory that no other process shares; 0 if the process is gone."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB$", text, re.MULTILINE)
    return sum(map(int, found)) * 1024


def process_state(pid: int) -> str:
    """The letter that ``ps`` shows: T is stopped by a signal, Z ended, X gone."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "X"
    return stat.rpartition(") ")[2][:1]


def read_bytes(file: Path) -> int:
    """About how much what a saved file holds takes in R's memory."""
    size = file.stat().st_size
    with file.open("rb") as content:
        magic = content.read(4)
        if magic[:2] == b"\x1f\x8b":  # gzip ends with the size of what was packed, modulo 2^32
            content.seek(-4, os.SEEK_END)
            return max(size, int.from_bytes(content.read(), "little"))
    return size * PACKED if magic in (b"BZh9", b"\xfd7zX") else size


def free_bytes(proc: Path = PROC, groups: Path = GROUPS) -> int:
    """What can still be taken before something is killed: by the machine and each group."""
    text = (proc / "meminfo").read_text(encoding="ascii")
    free = [int(kb) * 1024 for kb in re.findall(r"^MemAvailable: +(\d+) kB$", text, re.MULTILINE)]
    return min([*free, *_free_in_groups(proc, groups)])


def _free_in_groups(proc: Path, groups: Path) -> Iterator[int]:
    for line in (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _free_along(groups, path, 2)
        elif "memory" in controllers.split(","):
            yield from _free_along(groups, path, 1)


def _free_along(groups: Path, path: str, version: int) -> Iterator[int]:
    """In a container the path may be one of the host: then only the top is there."""
    folder, *files = _FILES[version]
    group = PurePosixPath(path)
    for part in (group, *group.parents):
        place = groups / folder / str(part).strip("/")
        try:
            limit, used, stat = (
                (place / name).read_text(encoding="ascii") for name in (*files[:2], "memory.stat")
            )
        except (FileNotFoundError, NotADirectoryError):
            continue
        if limit.strip() != "max":
            given_back = re.findall(rf"^{files[2]} (\d+)$", stat, re.MULTILINE)
            yield int(limit) - int(used) + sum(map(int, given_back))
