"""scratch: a temporary folder for R, and the removal of those whose server was killed.

A folder belongs to a living server as long as its file ``lock`` is locked: the kernel
unlocks it, however the server ends. So what is found unlocked can be removed. R writes to a
folder in it, and has no say over the lock.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "rbridge-"
LOCK = "lock"


class Scratch:
    """One folder, ours until it is removed or this process ends; R may write below ``path``."""

    def __init__(self) -> None:
        """Makes it; raises OSError."""
        remove_abandoned()
        self._folder = tempfile.mkdtemp(prefix=PREFIX)
        making = Path(self._folder, "making")
        self._lock = os.open(making, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        making.rename(Path(self._folder, LOCK))  # never seen before it is locked
        self.path = str(Path(self._folder, "r"))
        Path(self.path).mkdir()

    def remove(self) -> None:
        """Removes the folder with all that is in it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # removed before
            os.close(self._lock)
            self._lock = -1


def remove_abandoned() -> None:
    """Removes the folders of this user whose servers are gone."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """True if it is a folder of ours, with a lock that nobody holds."""
    try:
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            return False
        lock = os.open(folder / LOCK, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # none of ours, or one that is being made or removed
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(lock)
