"""inherited: descriptors that a fork has from the process that it was forked from."""

import os
from collections.abc import Collection
from pathlib import Path

_STANDARD = 2


def let_go(but: Collection[int]) -> None:
    """Lets all go, but standard ones and those given: an open one would hide another's end.

    Their numbers stay taken, by /dev/null: objects that knew them may still close them.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for fd in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if fd > _STANDARD and fd != null and fd not in but:
            os.dup2(null, fd, inheritable=False)
