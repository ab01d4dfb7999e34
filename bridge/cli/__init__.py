"""The command line: one file per subcommand."""

import signal
from types import FrameType
from typing import NoReturn


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    """Ends with status 0: to be stopped is no failure.

    Called while starting; and by uvicorn, which raises the signal that stopped it again
    when it is done.
    """
    raise SystemExit(0)


def fail_when_interrupted() -> None:
    """For commands whose status says something: to be stopped is none of what it says."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _fail)


def _fail(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> None:
    """``rbridge``."""
    # Before the imports, which take a while: PID 1 ignores a signal that it does not handle.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    from bridge.cli.commands import rbridge

    rbridge(prog_name="rbridge")
