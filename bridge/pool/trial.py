"""trial: tries what R shall not do, as a process that would hold R, and tells what came of it.

Started by ``launch``, as a zygote is, as ``python -m bridge.pool.trial FD PARENT``, where FD
is a Unix socket. Sends one JSON object and ends.
"""

import json
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.config import environment
from bridge.pool import confinement


def main(fd: int, parent: int) -> None:
    """Tells the server, whose process id is ``parent``, what can be done here."""
    confinement.enter()
    told = json.dumps(_tried(parent)).encode()
    with socket.socket(fileno=fd) as channel:
        channel.sendall(told)


def _tried(parent: int) -> dict[str, Any]:
    return {
        "network": _can(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()),
        "write": _can(lambda: _write(Path(tempfile.gettempdir()).parent)),
        "other_processes": _can(lambda: Path(f"/proc/{parent}/environ").read_bytes()),
        "privileges": confinement.can_gain_privileges(),
        "core_dumps": resource.getrlimit(resource.RLIMIT_CORE)[1] != 0,
        "variables": sorted(environment()),
        **confinement.obstacles()._asdict(),
    }


def _can(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _write(folder: Path) -> None:
    place = folder / f"rbridge-trial-{os.getpid()}"
    place.touch(exist_ok=False)
    place.unlink()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
