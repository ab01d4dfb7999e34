"""The program: ``python -m tests.image [--port PORT]``; see docs/container.md."""

import argparse
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing

from . import checks, packages, places, wheels
from .buildah_engine import BuildahEngine
from .docker_engine import connect
from .engine import PLAIN, Engine, EngineError
from .report import Report, say

Check = Callable[[Engine, int, Report], None]
CHECKS: tuple[Check, ...] = (
    checks.check_config,
    checks.check_contents,
    checks.check_demo,
    checks.check_mounted_model,
    checks.check_alone,
    wheels.check_arm64,
    places.check_versions,
    places.check_unprivileged,
    places.check_offline,
    places.check_bind_port,
    places.check_many,
    places.check_compose,
    places.check_train,
    places.check_cold_start,
    packages.check_packages,
)


def main() -> int:
    """Builds the image, checks it, removes it; the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/image-test", description=checks.__doc__)
    parser.add_argument("--port", type=int, default=4411, help="a free port (default: 4411)")
    port: int = parser.parse_args().port
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    report = Report()
    try:
        _require_free(port)
        with closing(_engine()) as engine:
            _build(engine, report)
            for check in CHECKS:
                _guarded(check, engine, port, report)
    except EngineError as error:
        report.check("the image can be tested", False, error)
    return report.finish()


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise EngineError(f"something listens on port {port} already; name another with --port")


def _engine() -> Engine:
    engine = connect()
    if engine is not None:
        return engine
    if os.geteuid() != 0:
        say("no Docker engine answers; buildah and debootstrap need root: going on with sudo")
        os.execvp("sudo", ["sudo", "-E", sys.executable, "-B", "-m", "tests.image", *sys.argv[1:]])
    return BuildahEngine()


def _build(engine: Engine, report: Report) -> None:
    say(f"building the image with {engine.name}")
    started = time.monotonic()
    engine.build(checks.ROOT, PLAIN, {})
    report.check(f"the image is built ({time.monotonic() - started:.0f} s)", True)


def _guarded(check: Check, engine: Engine, port: int, report: Report) -> None:
    """A check that cannot go on has failed; those after it are made all the same."""
    try:
        check(engine, port, report)
    except EngineError as error:
        report.check(check.__name__, False, error)


if __name__ == "__main__":
    sys.exit(main())
