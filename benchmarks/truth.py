"""truth: what plain R, in a process of its own, answers to single records, and how fast."""

import json
import random
import subprocess
from typing import NamedTuple

from benchmarks.client import Exchange
from benchmarks.contenders import MODEL

FIRST = ("1:30:20", "M")
_FLOOR_CALLS = 1000


class Floor(NamedTuple):
    """Median microseconds of one row in an R loop: predict() alone, and with the hooks."""

    predict_us: float
    with_hooks_us: float


def exchanges(count: int) -> list[Exchange]:
    """``count`` single records with R's answers; the first one is always the same."""
    choose = random.Random(42)
    records = [FIRST] + [(_time(choose), choose.choice("FM")) for _ in range(count - 1)]
    lines = "".join(f"{hmtime}\t{gender}\n" for hmtime, gender in records)
    answers = _rscript("expected.R", stdin=lines).splitlines()
    pairs = zip(records, answers, strict=True)
    return [_exchange(hmtime, gender, answer) for (hmtime, gender), answer in pairs]


def floor() -> Floor:
    """How long R itself takes, now."""
    predict, hooks = _rscript("floor.R", str(_FLOOR_CALLS)).split()
    return Floor(float(predict), float(hooks))


def _time(choose: random.Random) -> str:
    """A half marathon time, in one of the forms that the hooks read."""
    minutes, second = choose.randrange(60, 190), choose.randrange(60)
    forms = (
        f"{minutes // 60}:{minutes % 60:02}:{second:02}",
        f"{minutes}:{second:02}",
        f"{60 * minutes + second}",
    )
    return choose.choice(forms)


def _exchange(hmtime: str, gender: str, answer: str) -> Exchange:
    request = json.dumps({"hmtime": hmtime, "gender": gender})
    expected = json.dumps({"marathon_time": [answer]}, separators=(",", ":"))
    return Exchange(request.encode(), expected.encode())


def _rscript(script: str, *arguments: str, stdin: str = "") -> str:
    command = ["Rscript", f"benchmarks/{script}", MODEL, *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script} failed: {done.stderr[-2000:]}")
    return done.stdout
