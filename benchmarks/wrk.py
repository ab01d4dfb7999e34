"""wrk: one run of the load generator, which compares every answer with the right one."""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from benchmarks.client import HOST, Exchange

CHECK = Path(__file__).with_name("check.lua")
PAUSE = Path(__file__).with_name("pause.lua")
# A slow contender with 256 connections takes seconds for one answer: that is no failure.
_TIMEOUT = "60s"


class Load(NamedTuple):
    """What wrk saw. ``wrong``: not 200, or another body. ``failed``: no answer."""

    requests: int
    microseconds: int
    wrong: int
    failed: int
    p50_us: int
    p99_us: int

    @property
    def per_second(self) -> float:
        return 1e6 * self.requests / self.microseconds


def drive(
    port: int,
    connections: int,
    seconds: float,
    exchange: Exchange,
    path: str = "/invocations",
    how: Path = CHECK,
) -> Load:
    """Asks the same request over and over, on so many connections, for so long."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", _TIMEOUT]
    url = f"http://{HOST}:{port}{path}"
    script = ["-s", str(how), url, "--", exchange.request.decode(), exchange.expected.decode()]
    done = subprocess.run(command + script, capture_output=True, text=True, check=True)
    return Load(**json.loads(done.stdout.splitlines()[-1]))
