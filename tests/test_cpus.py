"""How many cores a container may use, by the files of both versions of control groups."""

import os
from pathlib import Path

import pytest

from bridge.cpus import usable_cpus

AFFINITY = len(os.sched_getaffinity(0))


def made(root: Path, cgroup: str, files: dict[str, str]) -> tuple[Path, Path]:
    """Folders like /proc and /sys/fs/cgroup."""
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "self" / "cgroup").write_text(cgroup)
    for name, text in files.items():
        file = root / "groups" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root / "proc", root / "groups"


@pytest.mark.parametrize(
    ("cgroup", "files", "cores"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, AFFINITY),
        ("0::/\n", {"cpu.max": "99900000 100000\n"}, AFFINITY),
        ("0::/a/b\n", {"a/cpu.max": "100000 100000", "a/b/cpu.max": "max 100000"}, 1),
        ("0::/of/the/host\n", {"cpu.max": "100000 100000"}, 1),
        (
            "4:cpu,cpuacct:/\n3:memory:/\n",
            {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            1,
        ),
        (
            "4:cpu,cpuacct:/\n",
            {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
            AFFINITY,
        ),
        ("0::/\n", {}, AFFINITY),
    ],
)
def test_the_smallest_of_affinity_and_quotas(
    tmp_path: Path, cgroup: str, files: dict[str, str], cores: int
) -> None:
    assert usable_cpus(*made(tmp_path, cgroup, files)) == cores


def test_this_machine_has_at_least_one() -> None:
    assert 1 <= usable_cpus() <= AFFINITY
