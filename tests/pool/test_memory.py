"""What is free, as /proc and both versions of control groups tell it; and what files unpack to."""

import bz2
import gzip
import lzma
import os
from pathlib import Path

from bridge.pool.memory import free_bytes, private_bytes, read_bytes

GB = 1 << 30


def machine(folder: Path, groups: str, available_kb: int = 8 << 20) -> Path:
    proc = folder / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable:   {available_kb} kB\n")
    (proc / "self" / "cgroup").write_text(groups)
    return proc


def group(folder: Path, version: int, limit: int | str, used: int, inactive: int) -> None:
    folder.mkdir(parents=True)
    own, below = "inactive_file", "total_inactive_file"
    limit_name, used_name, key, other = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", below, own),
        2: ("memory.max", "memory.current", own, below),
    }[version]
    (folder / limit_name).write_text(f"{limit}\n")
    (folder / used_name).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"{other} 7\n{key} {inactive}\nunevictable 0\n")


def test_without_groups_the_machine_alone_tells(tmp_path: Path) -> None:
    proc = machine(tmp_path, "0::/\n")
    assert free_bytes(proc, tmp_path / "none") == 8 * GB


def test_a_group_of_version_2_and_those_above_it(tmp_path: Path) -> None:
    proc = machine(tmp_path, "0::/a/b\n")
    group(tmp_path / "groups/a", 2, 4 * GB, 3 * GB, 1 * GB)
    group(tmp_path / "groups/a/b", 2, "max", 1 * GB, 0)
    assert free_bytes(proc, tmp_path / "groups") == 2 * GB


def test_in_a_container_the_top_is_the_group(tmp_path: Path) -> None:
    proc = machine(tmp_path, "9:cpu:/\n4:memory,hugetlb:/docker/0123\n0::/\n")
    group(tmp_path / "groups/memory", 1, 2 * GB, 1 * GB, 1 << 20)
    assert free_bytes(proc, tmp_path / "groups") == GB + (1 << 20)


def test_a_group_without_a_limit_leaves_it_to_the_machine(tmp_path: Path) -> None:
    proc = machine(tmp_path, "4:memory:/\n")
    group(tmp_path / "groups/memory", 1, 2**63 - 4096, 1 * GB, 0)
    assert free_bytes(proc, tmp_path / "groups") == 8 * GB


def test_what_this_process_has_of_its_own() -> None:
    before = private_bytes(os.getpid())
    kept = b"x" * (64 << 20)
    assert private_bytes(os.getpid()) - before > 60 << 20
    assert len(kept) == 64 << 20


def test_a_process_that_is_gone_has_nothing() -> None:
    assert private_bytes(2**22 + 1) == 0


def test_a_packed_file_takes_what_it_held(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4000
    for name, packed in {
        "gzip": gzip.compress(content),
        "bzip2": bz2.compress(content),
        "xz": lzma.compress(content),
        "plain": content,
    }.items():
        (tmp_path / name).write_bytes(packed)
    assert read_bytes(tmp_path / "gzip") == read_bytes(tmp_path / "plain") == len(content)
    for name in ("bzip2", "xz"):
        assert read_bytes(tmp_path / name) == 5 * (tmp_path / name).stat().st_size
