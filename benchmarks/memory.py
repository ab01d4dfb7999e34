"""memory: what many workers take with a large model: ``python -m benchmarks.memory [lm]``.

Proportional set size of the server's whole process tree, with 1, 2, 4 and 8 workers that all
have answered, beside one R process that holds the same model and has predicted. A page that
workers share with their zygote counts once.
"""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.client import Exchange, is_right
from benchmarks.contenders import Server, rbridge
from benchmarks.procfs import pss_mib, tree

KINDS = ("lm", "randomForest")
WORKERS = (1, 2, 4, 8)
PORT = 4512
RECORD = {f"x{i}": {1: 0.5, 2: 0.25}.get(i, 0.0) for i in range(1, 11)}
CALLS = 200  # of each worker: R collects garbage after some 150


def main() -> None:
    """Prints a table."""
    print("| model | file, MB | one R process, MiB | " + " | ".join(map(_title, WORKERS)) + " |")
    print("| --- | ---: | ---: | " + " | ".join(["---:"] * len(WORKERS)) + " |")
    with tempfile.TemporaryDirectory() as folder:
        for kind in sys.argv[1:] or KINDS:
            print(_row(kind, Path(folder) / f"{kind}.rds"), flush=True)


def _title(workers: int) -> str:
    return f"{workers} worker{'s' if workers > 1 else ''}"


def _row(kind: str, file: Path) -> str:
    _rscript(kind, file)
    alone, prediction = _rscript(kind, file).split()
    body = json.dumps({"predictions": [float.fromhex(prediction)]}, separators=(",", ":"))
    known = Exchange(json.dumps(RECORD).encode(), body.encode())
    taken = [_served_mib(file, workers, known) for workers in WORKERS]
    cells = [f"{mib:.0f} ({mib / float(alone):.2f} times)" for mib in taken]
    return (
        f"| {kind} | {file.stat().st_size / 1e6:.0f} | {float(alone):.0f} | {' | '.join(cells)} |"
    )


def _rscript(kind: str, file: Path) -> str:
    command = ["Rscript", "benchmarks/large.R", kind, str(file)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _served_mib(file: Path, workers: int, known: Exchange) -> float:
    command = rbridge(str(file), "--workers", str(workers))
    with Server(command, PORT, known) as server, ThreadPoolExecutor(workers) as clients:
        if not all(clients.map(lambda _: is_right(PORT, known, 60), range(CALLS * workers))):
            raise RuntimeError("a wrong answer")
        return sum(map(pss_mib, tree(server.pid)))


if __name__ == "__main__":
    main()
