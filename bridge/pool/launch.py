"""launch: starts a process that will hold R, and ends it with everything it started.

Knows the environment that R needs and the temporary folder it gets. Nothing of models or
of what is said over the socket.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile

from bridge.pool.confinement import hide
from bridge.pool.privileges import Privileges

# One thread: a BLAS or OpenMP pool that was started before a fork deadlocks after it,
# and cores are filled by workers.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class RProcess:
    """``python -m module FD PARENT arguments...``, where FD is its end of a socket."""

    def __init__(
        self,
        module: str,
        channel: socket.socket,
        arguments: tuple[str, ...],
        cells: int,
        privileges: Privileges,
    ) -> None:
        """Starts it. R collects garbage once ``cells`` cells are taken, or more are needed."""
        self._temporary = tempfile.TemporaryDirectory(prefix="rbridge-", ignore_cleanup_errors=True)
        hide()
        # R CMD gives R's own environment variables, which libR reads; but with its library
        # path, Python may load another libpython than its own.
        self._process = subprocess.Popen(
            [
                *("R", "CMD", "env", "-u", "LD_LIBRARY_PATH"),
                *(sys.executable, "-P", "-m", "bridge.pool.confined"),
                *(privileges.may, self._temporary.name, module),
                *(str(channel.fileno()), str(os.getpid()), *arguments),
            ],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            pass_fds=(channel.fileno(),),
            start_new_session=True,
            env=privileges.environment(
                **_ENVIRONMENT, R_NSIZE=str(cells), TMPDIR=self._temporary.name
            ),
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def stop(self) -> None:
        """Ends it and every process of its group; removes its temporary files."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)
        self._temporary.cleanup()
