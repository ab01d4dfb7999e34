"""badness: whom the kernel shall kill first where memory ends, from 0 to 1000.

Rather a worker than what it was forked from; the server, and the base or zygote, without
which nothing goes on, last. The server says so, for what is confined may not write to its own
file of /proc.
"""

import contextlib
from pathlib import Path

LOADING, WORKER, LOADED = 600, 500, 300


def offer(pid: int, badness: int) -> None:
    """Tells the kernel how soon to kill the process, if that may be told here."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(badness), encoding="ascii")
