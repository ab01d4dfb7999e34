"""contenders: the four services that are compared, and how one is started and stopped."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.client import HOST, Exchange, is_right

MODEL = "models/marathon"
START_SECONDS = 60.0
STOP_SECONDS = 40.0
_POLL = 0.005


@dataclass(frozen=True)
class Contender:
    """``command`` may name PORT and BODY. ``checked``: records to check, 0 for a constant."""

    key: str
    title: str
    command: tuple[str, ...]
    checked: int


def rbridge(model: str, *options: str) -> tuple[str, ...]:
    """The command that serves ``model``."""
    program = str(Path(sys.executable).with_name("rbridge"))
    local = ("--host", HOST, "--port", "PORT")
    return (program, "serve", model, *local, "--log-level", "warning", *options)


PYTHON = (sys.executable, "-m")
# R CMD gives the environment that libR reads; but its LD_LIBRARY_PATH would put the
# distribution's libpython before the one that a Python of another origin was linked with.
WITH_R = ("R", "CMD", "env", "-u", "LD_LIBRARY_PATH")
SERVICE = Contender("service", "this service", rbridge(MODEL), 4000)
EMPTY = Contender(
    "empty", "empty Starlette endpoint", (*PYTHON, "benchmarks.empty", "PORT", "BODY"), 0
)
IN_PROCESS = Contender(
    "in_process",
    "R in the Starlette process",
    (*WITH_R, *PYTHON, "benchmarks.in_process", "PORT", MODEL),
    4000,
)
PLUMBER = Contender("plumber", "plumber", ("Rscript", "benchmarks/plumber.R", MODEL, "PORT"), 400)
CONTENDERS = (EMPTY, SERVICE, IN_PROCESS, PLUMBER)


class Server:
    """A contender while it runs; ``with`` starts it, waits for a right answer, and stops it."""

    def __init__(self, command: tuple[str, ...], port: int, known: Exchange) -> None:
        values = {"PORT": str(port), "BODY": known.expected.decode()}
        self._command = [values.get(word, word) for word in command]
        self._port = port
        self._known = known

    def __enter__(self) -> Self:
        refuse_taken(self._port)
        self._temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._log = tempfile.TemporaryFile()
        began = time.perf_counter()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "TMPDIR": self._temporary.name},
        )
        self.pid = self._process.pid
        try:
            self.settle()
        except BaseException:
            self._stop()
            raise
        self.start_seconds = time.perf_counter() - began
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def settle(self) -> None:
        """Waits until the server gives a right answer, so until earlier requests are done."""
        until = time.perf_counter() + START_SECONDS
        while not self._is_right():
            if self._process.poll() is not None or time.perf_counter() > until:
                raise RuntimeError(f"no right answer from {self._command[0]}: {self._tail()}")
            time.sleep(_POLL)

    def _is_right(self) -> bool:
        return is_right(self._port, self._known, START_SECONDS)

    def told(self) -> str:
        """What the server has written to its log."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def _tail(self) -> str:
        return self.told()[-2000:]

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()
        self._temporary.cleanup()


def refuse_taken(port: int) -> None:
    """Raises RuntimeError if somebody listens there: we would measure somebody else."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise RuntimeError(f"port {port} is taken; give another with --port")
