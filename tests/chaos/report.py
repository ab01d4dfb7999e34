"""What came of a run, as text."""

from statistics import median

from tests.chaos.faults import Faults
from tests.chaos.load import Load


def told(load: Load, faults: Faults, seed: int, status: int) -> str:
    (before, processes), (after, left) = load.memory
    times = [end - sent for sent, end in load.good]
    outage, since = load.outage()
    around = [kind for kind, when in faults.injected if -2 < when - since < outage]
    lines = [
        f"seed {seed}: {len(faults.injected)} faults, {load.sent} requests",
        f"wrong answers: {load.wrong}",
        f"failed requests: {load.failed.total()} {dict(load.failed) or ''}",
        f"requests meant to do harm that were not told so: {dict(faults.unexpected) or 0}",
        f"longest time without a good answer: {outage:.3f} s ({', '.join(around)})",
        f"longest delay of the load itself: {load.delay:.3f} s",
        f"time of an answer: median {median(times):.4f} s, at most {max(times):.3f} s",
        f"memory: {before:.0f} MiB in {processes} processes before, {after:.0f} in {left} after",
        f"exit status of the server: {status}",
        "",
        "fault                          times  median and longest time to a good answer",
    ]
    for kind in sorted({kind for kind, _ in faults.injected}):
        took = [load.recovery(when) for name, when in faults.injected if name == kind]
        lines.append(f"{kind:<30} {len(took):>5}  {median(took):.3f} s  {max(took):.3f} s")
    return "\n".join(lines)
