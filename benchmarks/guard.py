"""guard: has a request become dearer? ``scripts/bench --guard``, two minutes.

valgrind counts the instructions that the front takes for a request (``benchmarks.guarded``), and R
for a call (``benchmarks.guarded_worker``), which are nearly the same on a busy machine. What was
counted last is in ``guard.json``; ``--record`` counts anew and writes it.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks.contenders import WITH_R

FILE = Path(__file__).with_name("guard.json")
TOLERANCE = 0.05


class Way(NamedTuple):
    """One way to ask: so many rounds of so many requests, of ``module``."""

    title: str
    rounds: int
    requests: int
    module: str = "benchmarks.guarded"


_R = "benchmarks.guarded_worker"
WAYS = {
    "one": Way("front: a record, one connection", 1000, 1),
    "many": Way("front: a record, 64 connections", 30, 64),
    "hundred": Way("front: 100 records, 4 connections", 30, 4),
    "r_one": Way("R: a call of one request", 300, 1, _R),
    "r_many": Way("R: a call of 32 requests", 300, 32, _R),
}
_VALGRIND = (
    *WITH_R,
    "valgrind",
    "--tool=callgrind",
    "--callgrind-out-file=/dev/null",
    "--instr-atstart=no",
)


class Counted(NamedTuple):
    """Instructions of a request, by way; comparable only ``on`` the same Python and R."""

    on: str
    instructions: dict[str, int]


def main() -> int:
    """Status 1 if something became dearer, 2 if there is nothing to compare with."""
    parser = argparse.ArgumentParser(prog="scripts/bench --guard", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write what is counted")
    record = parser.parse_args().record
    found = Counted(_versions(), {name: count(name) for name in WAYS})
    if record:
        FILE.write_text(json.dumps(found._asdict(), indent=1) + "\n")
    before = Counted(**json.loads(FILE.read_text()))
    print(table(before, found))
    if before.on != found.on:
        print(f"Recorded on {before.on}, and this is {found.on}: {_ANEW}")
        return 2
    dearer = too_dear(before, found)
    if dearer:
        print(f"Dearer by more than {TOLERANCE:.0%}: {', '.join(dearer)}. If it must be: {_ANEW}")
    return 1 if dearer else 0


_ANEW = "scripts/bench --guard --record, and commit benchmarks/guard.json"


def _versions() -> str:
    command = ["Rscript", "-e", "cat(format(getRversion()))"]
    r = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return f"Python {platform.python_version()}, R {r}"


def count(name: str) -> int:
    """The instructions of one request."""
    way = WAYS[name]
    return round(_total(name, way) / (way.rounds * way.requests))


def too_dear(before: Counted, found: Counted) -> list[str]:
    """The ways in which a request takes more than it did, by more than TOLERANCE."""
    return [
        WAYS[way].title
        for way, was in before.instructions.items()
        if found.instructions[way] > was * (1 + TOLERANCE)
    ]


def table(before: Counted, found: Counted) -> str:
    """What was and what is."""
    lines = [f"{'instructions per request':40} {'recorded':>10} {'now':>10}"]
    for way, was in before.instructions.items():
        now = found.instructions[way]
        lines.append(f"{WAYS[way].title:40} {was:10,} {now:10,} {now / was - 1:+7.1%}")
    return "\n".join(lines)


def _total(name: str, way: Way) -> int:
    """Counts from when the process says so until it says so: not its start."""
    environ = {**os.environ, "PYTHONHASHSEED": "0"}
    command = [*_VALGRIND, sys.executable, "-m", way.module, name, str(way.rounds)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environ, text=True, stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        _instrument(process, "counts", "on")
        _instrument(process, "counted", "off")
        told = process.communicate()[1]
    found = re.search(r"Collected\s*:\s*(\d+)", told)
    if process.returncode or not found:
        raise RuntimeError(f"{' '.join(command)} failed: {told[-2000:]}")
    return int(found[1])


def _instrument(process: subprocess.Popen[str], word: str, how: str) -> None:
    """Turns counting on or off as soon as the process has said the word, and lets it go on."""
    assert process.stdin is not None
    assert process.stdout is not None
    if process.stdout.readline().strip() == word:  # else it has failed
        control = ["callgrind_control", f"--instr={how}", str(process.pid)]
        subprocess.run(control, check=True, capture_output=True)
        print(file=process.stdin, flush=True)


if __name__ == "__main__":
    sys.exit(main())
