"""From ``serve`` to SIGTERM and, where that were needed, SIGKILL."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.config import Settings
from tests.platform.container import KILL_SECONDS, Container, Response, running
from tests.serving import alive, children, gone, rscript

JSON = {"Content-Type": "application/json"}
# Slow for the length of a ping and a stop; a loop that only SIGKILL ends.
HOOKS = """
input_fn <- function(newdata) {
  if (any(newdata$speed == 1)) Sys.sleep(1.5)
  if (any(newdata$speed == 2)) repeat NULL
  newdata
}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", folder)
    (folder / "inference.R").write_text(HOOKS)
    (folder / "bridge.toml").write_text('[inputs.speed]\ntype = "number"\n')
    return folder


@pytest.fixture
def container(model: Path, tmp_path: Path) -> Iterator[Container]:
    with running(model, tmp_path, {"RBRIDGE_WORKERS": "1", "RBRIDGE_DRAIN": "2"}) as container:
        yield container


def processes(pid: int) -> list[int]:
    return [pid, *(below for child in children(pid) for below in processes(child))]


def in_background(container: Container, speed: int) -> tuple[threading.Thread, list[Response]]:
    """A request on its way, and where its reply will be."""
    replies: list[Response] = []

    def ask() -> None:
        with contextlib.suppress(OSError):
            replies.append(container.invoke(b'{"speed": %d}' % speed, JSON))

    client = threading.Thread(target=ask)
    client.start()
    time.sleep(0.4)
    return client, replies


def listening(pids: list[int]) -> set[int]:
    """The TCP ports on which processes listen."""
    names = {str(fd.readlink()) for pid in pids for fd in Path(f"/proc/{pid}/fd").iterdir()}
    ports = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in names:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def test_it_listens_where_the_platform_says_and_nowhere_else(container: Container) -> None:
    assert listening(processes(container.process.pid)) == {container.port}


def test_pings_are_answered_in_time_while_every_worker_is_busy(container: Container) -> None:
    client, replies = in_background(container, 1)
    pings = 0
    while client.is_alive():
        assert container.ping()
        pings += 1
        time.sleep(0.05)
    assert pings > 3 and replies[0].status == 200


def test_sigterm_lets_what_is_in_flight_finish(container: Container) -> None:
    pids = processes(container.process.pid)
    client, replies = in_background(container, 1)
    assert container.stop() == 0
    client.join()
    assert replies[0].status == 200
    assert gone(pids)


def test_a_request_that_never_ends_does_not_wait_for_sigkill(container: Container) -> None:
    pids = processes(container.process.pid)
    client, replies = in_background(container, 2)
    assert client.is_alive()
    assert container.stop() == 0
    client.join()
    assert not replies or replies[0].status >= 500
    assert gone(pids)


def test_the_default_drain_ends_before_sigkill() -> None:
    assert 0 < Settings().drain < KILL_SECONDS - 2


def test_sigkill_leaves_nothing_behind(container: Container) -> None:
    pids = processes(container.process.pid)
    assert all(map(alive, pids)) and len(pids) >= 3
    container.process.send_signal(signal.SIGKILL)
    container.process.wait()
    assert gone(pids)
