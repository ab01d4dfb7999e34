"""sizes: CSV of a thousand to a million rows, in and out, beside ``predict()`` in memory."""

import statistics
import subprocess
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.cases import Case
from benchmarks.client import ask
from benchmarks.costs import Meter
from benchmarks.lineup import Entrant, Started
from benchmarks.visits import MODELLED, Plan, Row

ROWS = (1_000, 10_000, 100_000, 1_000_000)
REPEATS = {1_000: 9, 10_000: 7, 100_000: 5, 1_000_000: 3}
_TIMEOUT = 120.0
_CSV = "text/csv"


def sizes(plan: Plan, entrants: Iterable[Entrant], most: int) -> list[Row]:
    """Each body in turn to each server; the fastest servers do not wait for the slowest."""
    case = _made(plan.scratch, most)
    wanted = [rows for rows in ROWS if rows <= most]
    rows = [_floor(*line.split()) for line in _rscript("sizes.R", str(plan.scratch)).splitlines()]
    bodies = [(_head(plan.scratch / "lm.csv", n), n) for n in wanted]
    answers = np.fromfile(plan.scratch / "lm.answers")
    for entrant in MODELLED:
        if entrant in entrants:
            rows += _asked(plan, entrant, case, bodies, answers)
    return rows


def _made(folder: Path, most: int) -> Case:
    """The lm of ``benchmarks.bulk``, and its rows."""
    _rscript("bulk.R", "make", str(folder), str(most))
    _rscript("bulk.R", "answers", str(folder), "lm")
    record = dict(zip("abcde", (50.0, 0.0, 0.5, 50.0, 1.0), strict=True))
    first = np.fromfile(folder / "lm.answers", count=1)
    return Case("lm", str(folder / "lm"), [_first(folder / "lm.csv", record)], [float(first[0])])


def _first(file: Path, record: dict[str, float]) -> dict[str, float | str]:
    with file.open() as lines:
        names, cells = (line.replace('"', "").strip().split(",") for line in islice(lines, 2))
    pairs = zip(names, cells, strict=True)
    return {name: float(cell) if name in record else cell for name, cell in pairs}


def _floor(rows: str, seconds: str) -> Row:
    return {"entrant": "predict", "rows": int(float(rows)), "seconds": float(seconds)}


def _head(file: Path, rows: int) -> bytes:
    with file.open("rb") as lines:
        return b"".join(islice(lines, rows + 1))


def _asked(
    plan: Plan,
    entrant: Entrant,
    case: Case,
    bodies: Sequence[tuple[bytes, int]],
    answers: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> list[Row]:
    rows = []
    with Started(entrant, case, plan.port, plan.scratch) as server:
        for body, count in bodies:
            meter, seconds, wrong = Meter(server.pid, 0.0), [], 0
            for _ in range(REPEATS[count]):
                began = time.perf_counter()
                answer = ask(plan.port, "/invocations", body, _TIMEOUT, _CSV)
                seconds.append(time.perf_counter() - began)
                wrong += not _is_right(answer, answers[:count])
            row = {
                "entrant": entrant.key,
                "rows": count,
                "seconds": round(statistics.median(seconds), 5),
                "wrong": wrong,
                **meter.read(len(seconds), 0.0),
            }
            rows.append(row)
            plan.say(f"{entrant.key:10} {count:9,} rows {row['seconds']:8.4f} s  wrong {wrong}")
    return rows


def _is_right(
    answer: bytes | None, expected: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> bool:
    """True if the numbers are R's, as near as CSV of 15 digits tells."""
    found = np.array((answer or b"").split(), np.float64)
    return found.shape == expected.shape and np.allclose(found, expected, rtol=1e-13, atol=0)


def _rscript(script: str, *arguments: str) -> str:
    command = ["Rscript", f"benchmarks/{script}", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
