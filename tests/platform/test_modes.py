"""Other modes of hosting, each with the part that the platform plays in it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.cars import Cars, numbers_of_csv, numbers_of_jsonlines
from tests.platform.container import Container, running
from tests.serving import rscript

CSV = {"Content-Type": "text/csv", "Accept": "text/csv"}
JSONLINES = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}
# Everything but the folder for temporary files is read-only, there is no /dev/shm, and no
# capability is left. It stays the user root, who alone may be able to read what is tested.
SANDBOX = """
mount --make-rprivate / && mount --bind "$TMPDIR" "$TMPDIR" || exit 9
mount -o remount,ro,bind / || exit 9
! mountpoint -q /dev/shm || umount /dev/shm || exit 9
exec setpriv --bounding-set=-all --inh-caps=-all "$@"
"""
UNDER_SANDBOX = ("unshare", "--mount", "sh", "-c", SANDBOX, "sh")


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Cars:
    return Cars(tmp_path_factory.mktemp("cars"), 40)


@pytest.fixture(scope="module")
def container(cars: Cars, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    with running(cars.model, tmp_path_factory.mktemp("log"), {}) as container:
        yield container


def test_a_serial_pipeline(cars: Cars, tmp_path: Path) -> None:
    """What one container answers is what the next one is asked, type and all.

    The next gets no Accept; the first has none either, but a default.
    """
    rscript("saveRDS(lm(hp ~ mpg, mtcars), 'second.rds')", tmp_path)
    numbers = ", ".join(value.hex() for value in cars.predicted)
    expected = rscript(
        f"n <- data.frame(mpg = c({numbers}))\n"
        "cat(sprintf('%a', predict(readRDS('second.rds'), n)))",
        tmp_path,
    )
    default = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"}
    with (
        running(cars.model, tmp_path, default) as first,
        running(tmp_path / "second.rds", tmp_path, default) as second,
    ):
        between = first.invoke(cars.csv(), {"Content-Type": "text/csv"})
        last = second.invoke(between.body, {"Content-Type": between.headers["content-type"]})
    assert last.headers["content-type"] == "text/csv"
    assert numbers_of_csv(last.body) == [float.fromhex(text) for text in expected.split()]


def test_an_asynchronous_endpoint_with_limits_of_its_own(cars: Cars, tmp_path: Path) -> None:
    """Up to 1 GB and an hour, if the container is told so."""
    environ = {"SAGEMAKER_MODEL_SERVER_TIMEOUT": "3600", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "1024"}
    times = 30 * 2**20 // len(cars.csv()) + 1
    with running(cars.model, tmp_path, environ) as container:
        reply = container.invoke(iter([cars.csv()] * times), CSV, 600)
    assert reply.status == 200
    assert numbers_of_csv(reply.body) == cars.predicted * times


def sandbox(scratch: Path) -> tuple[str, ...]:
    """UNDER_SANDBOX for root, who alone may make a file system read-only; else nothing."""
    environ = {**os.environ, "TMPDIR": str(scratch)}
    command = [*UNDER_SANDBOX, "touch", str(scratch / "writable")]
    if os.geteuid() == 0 and shutil.which("setpriv"):
        works = subprocess.run(command, env=environ, check=False, timeout=10).returncode == 0
        return UNDER_SANDBOX if works else ()
    return ()


def test_a_serverless_endpoint(cars: Cars, tmp_path: Path) -> None:
    """One worker, no capability, one folder to write to, no shared memory."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    under = sandbox(scratch)
    environ = {"RBRIDGE_WORKERS": "1", "TMPDIR": str(scratch)}
    with running(cars.model, tmp_path, environ, under) as container:
        status = Path(f"/proc/{container.process.pid}/status").read_text()
        assert not under or "\nCapEff:\t0000000000000000\n" in status
        assert numbers_of_csv(container.invoke(cars.csv(), CSV).body) == cars.predicted


@pytest.mark.parametrize("records", [1, 7, 40])
def test_clarify_with_csv(cars: Cars, container: Container, records: int) -> None:
    """As many scores as records, a line each, without a header."""
    body = b"".join(cars.csv().splitlines(keepends=True)[:records]).removesuffix(b"\n")
    reply = container.invoke(body, CSV)
    assert reply.headers["content-type"] == "text/csv"
    assert numbers_of_csv(reply.body) == cars.predicted[:records]


@pytest.mark.parametrize("template", ['{"features": %s}', "%s"])
def test_clarify_with_json_lines(cars: Cars, container: Container, template: str) -> None:
    """Made from a content template; read by a path that is the same for every line."""
    features = [json.dumps([wt / 1000, gear]) for wt, gear in cars.records]
    body = "\n".join(template % values for values in features)
    reply = container.invoke(body.encode(), JSONLINES)
    assert reply.headers["content-type"] == "application/jsonlines"
    assert numbers_of_jsonlines(reply.body) == cars.predicted
    assert len({tuple(json.loads(line)) for line in reply.body.splitlines()}) == 1


def test_clarify_with_records(cars: Cars, container: Container) -> None:
    """``$records`` with ``$features_kvp`` is a bare array of objects."""
    body = json.dumps([{"wt": wt / 1000, "gear": gear} for wt, gear in cars.records]).encode()
    reply = container.invoke(body, {"Content-Type": "application/json"})
    assert list(json.loads(reply.body).values()) == [cars.predicted]


@pytest.mark.parametrize(("headers", "kind"), [(CSV, "text/csv"), (JSONLINES, None)])
def test_data_capture(
    cars: Cars, container: Container, headers: dict[str, str], kind: str | None
) -> None:
    """Types are compared without parameters; an answer is told by a line a record."""
    body = cars.csv() if kind else cars.jsonlines()
    reply = container.invoke(body, headers)
    assert reply.headers["content-type"] == (kind or headers["Accept"])
    assert "content-encoding" not in reply.headers
    assert len(reply.body.decode().split("\n")) == len(body.decode().strip().split("\n"))
