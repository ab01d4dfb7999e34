"""host_container: a running server whose processes are processes of this machine.

They are told from others by a token in their environment.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .engine import STOP_SECONDS, EngineError

FIND_SECONDS = 10


@contextmanager
def running(argv: list[str], log: Path, token: str) -> Iterator["HostContainer"]:
    """The container that ``argv`` starts, with ``token`` (NAME=VALUE) in its environment."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    container = HostContainer(process, log, token)
    try:
        yield container
    finally:
        container.kill()


class HostContainer:
    """See ``engine.Container``. Its processes are this machine's, told by their ``token``."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, token: str) -> None:
        """``process`` is what starts the server, and exits with its status."""
        self.started = time.monotonic()
        self._process = process
        self._log = log
        self._token = token.encode()

    def execute(self, *command: str) -> str:
        enter = ["nsenter", "--mount", "--pid", "--net", "--root", "--wd=/", "--target"]
        done = subprocess.run(
            [*enter, str(self._server()), *command], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise EngineError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout.strip()

    def ended(self) -> bool:
        return self._process.poll() is not None

    def log(self) -> str:
        return self._log.read_text()

    def terminate(self) -> int:
        os.kill(self._server(), signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise EngineError(f"the server still runs {STOP_SECONDS} s after SIGTERM") from None

    def processes(self) -> list[str]:
        commands = {pid: _read(pid, "cmdline").replace(b"\0", b" ") for pid in self._pids()}
        return [f"{pid} {command.decode()}" for pid, command in commands.items()]

    def kill(self) -> None:
        """Ends whatever is left, and what started it."""
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _server(self) -> int:
        """The process whose parent is none of the container's."""
        deadline = time.monotonic() + FIND_SECONDS
        while time.monotonic() < deadline:
            pids = self._pids()
            for pid in pids:
                if _parent(pid) not in pids:
                    return pid
            time.sleep(0.05)
        raise EngineError(f"the server is not there: {self.log()[-4000:]}")

    def _pids(self) -> set[int]:
        numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return {pid for pid in numbers if self._token in _read(pid, "environ").split(b"\0")}


def _parent(pid: int) -> int:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _read(pid: int, name: str) -> bytes:
    """A file of /proc; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
