"""Children: orphans are ended and buried, what somebody waits for is left to them."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bridge.pool import children
from tests.serving import alive, gone

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(SLEEP, start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_what_is_left_in_a_session_of_r_is_ended(process: subprocess.Popen[bytes]) -> None:
    children.open_session(process.pid)
    children.keep(process.pid)
    children.bury_orphans()
    assert alive(process.pid)
    children.release(process.pid)
    children.bury_orphans()
    assert gone([process.pid])
    children.close_session(process.pid)


def test_what_is_in_no_session_of_r_goes_on(process: subprocess.Popen[bytes]) -> None:
    children.bury_orphans()
    assert alive(process.pid)


def test_the_dead_are_buried_but_those_that_somebody_waits_for() -> None:
    kept, other = (subprocess.Popen([sys.executable, "-c", ""]) for _ in range(2))
    children.keep(kept.pid)
    for process in (kept, other):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    children.bury_orphans()
    with pytest.raises(ChildProcessError):
        os.waitpid(other.pid, os.WNOHANG)
    assert os.waitpid(kept.pid, 0)[0] == kept.pid
    children.release(kept.pid)
    for process in (kept, other):
        process.wait()  # so that nobody is warned of them


def test_without_descriptors_nobody_is_buried() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        children.bury_orphans()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
