"""script: runs Rscript, passes on what it says, and stops it when the job is stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import IO, Self

from bridge.train.source import Source

PATIENCE = 100  # seconds that R has once the job is stopped; SageMaker kills after 120
_KEPT = 20_000  # bytes of what R said last
_SHOWN_LINES = 10
_LINGERING = 5  # seconds for what still comes, once R and its group have ended


@dataclass(frozen=True, slots=True)
class Ended:
    """``status`` is that of R, negative for a signal; ``said`` is how it put its error."""

    status: int
    stopped: bool
    said: str


def run_script(
    source: Source, arguments: Sequence[str], environment: Mapping[str, str], patience: int
) -> Ended:
    """Waits until it ends. What R started and left behind ends with it."""
    process = subprocess.Popen(
        ["Rscript", source.program, *arguments],
        cwd=source.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    with _Stopping(process.pid, patience) as stopping, _Heard(process.stderr) as heard:
        status = process.wait()
        stopping.end()
    return Ended(status, stopping.asked, complaint(heard.last))


class _Stopping:
    """SIGTERM reaches R as an interrupt, which it can handle, and in the end as SIGKILL.

    R knows SIGTERM no other way than to die of it at once. An interrupt runs ``on.exit()`` and
    ``finally``, and ``tryCatch(interrupt = ...)`` may save what there is.
    """

    def __init__(self, group: int, patience: int) -> None:
        self.asked = False
        self._group = group
        self._patience = patience

    def __enter__(self) -> Self:
        handlers = {signal.SIGTERM: self._ask, signal.SIGINT: self._ask, signal.SIGALRM: self._kill}
        self._before = {number: signal.signal(number, do) for number, do in handlers.items()}
        return self

    def __exit__(self, *told: object) -> None:
        signal.alarm(0)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def end(self) -> None:
        """Ends what is left of the group."""
        self._send(signal.SIGKILL)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.alarm(self._patience)
        self._send(signal.SIGINT)

    def _kill(self, number: int, frame: FrameType | None) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._group, number)


class _Heard:
    """Passes a stream on to stderr as it comes, and keeps its end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.last = b""
        self._stream = stream
        self._thread = threading.Thread(target=self._hear, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *told: object) -> None:
        self._thread.join(_LINGERING)

    def _hear(self) -> None:
        with self._stream as stream:
            while chunk := os.read(stream.fileno(), 65536):
                sys.stderr.buffer.write(chunk)
                sys.stderr.buffer.flush()
                self.last = (self.last + chunk)[-_KEPT:]


def complaint(said: bytes) -> str:
    """From the last line that R begins with "Error", else the last lines."""
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    if lines and lines[-1] == "Execution halted":
        lines.pop()
    starts = [number for number, line in enumerate(lines) if line.startswith("Error")]
    return "\n".join(lines[starts[-1] :] if starts else lines[-_SHOWN_LINES:])
