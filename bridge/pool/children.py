"""children: who of our child processes is waited for by whom, and the burial of the others.

What model code forked in R, and left behind, would go on for ever: nobody knows of it. Once
we ``adopt_orphans`` it becomes our child, as everybody's orphans do where we are PID 1.
"""

import contextlib
import ctypes
import os
import signal
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_awaited: set[int] = set()
_sessions: set[int] = set()


def adopt_orphans() -> None:
    """Makes this process the parent of what it started once the parents of that are gone."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def keep(pid: int) -> None:
    """Leaves a process to its caller, who waits for it, until it is ``released``."""
    _awaited.add(pid)


def release(pid: int) -> None:
    """The caller has waited for it."""
    _awaited.discard(pid)


def open_session(pid: int) -> None:
    """What runs in the session that ``pid`` leads, and nobody keeps, is to end."""
    _sessions.add(pid)


def close_session(pid: int) -> None:
    """All of it was ended."""
    _sessions.discard(pid)


def bury_orphans() -> None:
    """Ends what was left behind in R's sessions, and waits for all that nobody keeps."""
    for pid in _children() - _awaited:
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(pid) in _sessions:
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _children() -> set[int]:
    """Those of every thread, for each has its own; as far as the kernel lists them just now."""
    found: set[int] = set()
    with contextlib.suppress(OSError):  # there are no descriptors left, or a thread ended
        for listed in Path("/proc/self/task").glob("*/children"):
            found.update(map(int, listed.read_text(encoding="ascii").split()))
    return found
