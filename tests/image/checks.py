"""checks: what a good image is, asked through ``engine``. Each check is one line of the report."""

import io
import re
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
from pyarrow import parquet

from .engine import STOP_SECONDS, Container, Engine, EngineError, Start
from .report import Report

ROOT = Path(__file__).parents[2]
MOST_MEGABYTES = 450
READY_SECONDS = 60.0
REAP_SECONDS = 10.0
LABELS = {
    "com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true",
    "com.amazonaws.sagemaker.capabilities.multi-models": "true",
}
EXAMPLE = b'{"hmtime": "1:30:20", "gender": "M"}'
ANSWER = b'{"marathon_time":["03:23:30"]}'
REFUSED = b'{"hmtime": "1:30:20", "gender": "X"}'
REFUSAL = rb'"message":"gender: \"X\" is not one of \"F\", \"M\" (row 0)"'
TOOLS = "cc c++ gcc g++ clang gfortran as ld make pip pip3"
FIND_TOOLS = f"for tool in {TOOLS}; do command -v $tool; done; true"
FIND_BLAS = "cat(normalizePath(extSoftVersion()[['BLAS']]))"
FIND_SOURCES = "cd /opt/venv/lib/python3*/site-packages/bridge && find . -name '*.py' | wc -l"
FIND_COMPILED = FIND_SOURCES.replace("*.py'", "*.pyc'")

ORIGINAL = ROOT.parent / "shared" / "original" / "marathon_model.RData"
# An answer that the demo never gives.
MARKED_OUTPUT = """
output_fn <- function(prediction, newdata) {
  list(marathon_time = as_clock(prediction), served = rep("mounted", length(prediction)))
}
"""
MARKED_ANSWER = b'{"marathon_time":["03:23:30"],"served":["mounted"]}'


def check_config(engine: Engine, port: int, report: Report) -> None:
    """What the image tells an engine is what SageMaker wants."""
    config = engine.config()
    report.equal("the entry point is in exec form", config.entrypoint, ["rbridge"])
    report.equal("the default argument is serve", config.cmd, ["serve"])
    found = {name: config.labels.get(name) for name in LABELS}
    report.equal("both capability labels are set", found, LABELS)
    report.equal("port 8080 is exposed", config.ports, ["8080/tcp"])
    report.check("it runs as root", config.user in ("", "0", "root"), config.user)
    report.check("LANG is C.UTF-8", "LANG=C.UTF-8" in config.env, config.env)


def check_contents(engine: Engine, port: int, report: Report) -> None:
    """The image holds what serving needs, and not more."""
    size = int(engine.output("du", "-sx", "--block-size=1MB", "/").split()[0])
    name = f"the image takes less than {MOST_MEGABYTES} MB unpacked"
    report.check(f"{name} ({size} MB)", size < MOST_MEGABYTES, "too large")
    report.equal("there is no compiler and no pip", engine.output("sh", "-c", FIND_TOOLS), "")
    blas = engine.output("Rscript", "--vanilla", "-e", FIND_BLAS)
    report.check(
        "R's BLAS is the reference BLAS", re.search(r"/blas/libblas\.so", blas) is not None, blas
    )
    sources, compiled = (engine.output("sh", "-c", find) for find in (FIND_SOURCES, FIND_COMPILED))
    report.equal("all Python code is compiled", compiled, sources)


def check_demo(engine: Engine, port: int, report: Report) -> None:
    """Without argument and model, the demo is served."""
    with _ready(engine, Start(), port, report, "without argument") as container:
        report.equal("the example is answered by the demo", _post(port, EXAMPLE), (200, ANSWER))
        _check_binary(port, report)
        status, body = _post(port, REFUSED)
        report.check(
            "an unknown level is refused", status == 422 and REFUSAL in body, (status, body)
        )
        _stop(container, report)


def _check_binary(port: int, report: Report) -> None:
    """What is left of pyarrow in the image reads and writes all that the server does."""
    asked, told = pa.table({"hmtime": ["1:30:20"], "gender": ["M"]}), "03:23:30"
    for name, write, read in (
        ("application/x-parquet", _as_parquet, parquet.read_table),
        ("application/vnd.apache.arrow.stream", _as_stream, _read_stream),
    ):
        headers = {"Content-Type": name, "Accept": name}
        status, body = _post(port, write(asked), headers)
        found = read(io.BytesIO(body)).to_pydict() if status == 200 else body
        report.equal(f"{name} is read and written", found, {"marathon_time": [told]})


def _as_parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out, compression="zstd")
    return out.getvalue()


def _as_stream(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


def _read_stream(file: io.BytesIO) -> pa.Table:
    return pa.ipc.open_stream(file).read_all()


def check_mounted_model(engine: Engine, port: int, report: Report) -> None:
    """A model at /opt/ml/model goes before the demo, and nothing is written beside it."""
    with tempfile.TemporaryDirectory(prefix="rbridge-model-") as folder:
        model = Path(folder)
        name = _write_model(model)
        before = sorted(model.iterdir())
        with _ready(engine, Start(("serve",), model), port, report, "with serve") as container:
            answer = _post(port, EXAMPLE)
            report.equal(f"the mounted model ({name}) answers", answer, (200, MARKED_ANSWER))
            _stop(container, report)
        report.equal("nothing is written beside the model", sorted(model.iterdir()), before)


def check_alone(engine: Engine, port: int, report: Report) -> None:
    """As PID 1 it does what an init does, and it writes nowhere but in /tmp."""
    start = Start(("serve",), alone=True)
    with _ready(engine, start, port, report, "as PID 1 on a read-only system") as container:
        report.equal("the example is answered", _post(port, EXAMPLE), (200, ANSWER))
        first = container.execute("cat", "/proc/1/cmdline")
        report.check("the server is PID 1", "rbridge\0serve" in first, first)
        _check_orphan(container, report)
        _stop(container, report)


def _check_orphan(container: Container, report: Report) -> None:
    orphan = container.execute("sh", "-c", "sleep 2 >/dev/null 2>&1 & echo $!")
    status = container.execute("cat", f"/proc/{orphan}/status")
    report.check("an orphan becomes a child of PID 1", "PPid:\t1\n" in status, status)
    deadline = time.monotonic() + REAP_SECONDS
    while (left := _exists(container, orphan)) and time.monotonic() < deadline:
        time.sleep(0.2)
    report.check("PID 1 reaps it", not left, "it is still there")


def _exists(container: Container, pid: str) -> bool:
    return container.execute("sh", "-c", f"test -e /proc/{pid} && echo yes || echo no") == "yes"


def _stop(container: Container, report: Report) -> None:
    """SIGTERM ends the server as it should."""
    before = container.processes()
    report.check("the server has processes of its own", len(before) >= 3, before)
    started = time.monotonic()
    status = container.terminate()
    name = f"SIGTERM: exit status 0 within {STOP_SECONDS} s"
    report.equal(f"{name} ({time.monotonic() - started:.1f} s)", status, 0)
    report.equal("no process is left", container.processes(), [])


@contextmanager
def _ready(
    engine: Engine, start: Start, port: int, report: Report, how: str
) -> Iterator[Container]:
    with engine.start(start, port) as container:
        started = time.monotonic()
        while _get(port, "/ping") != (200, b""):
            if container.ended() or time.monotonic() > started + READY_SECONDS:
                raise EngineError(f"started {how}, /ping never said 200\n{container.log()[-4000:]}")
            time.sleep(0.05)
        report.check(f"started {how}, /ping says 200 ({time.monotonic() - started:.1f} s)", True)
        yield container


def _write_model(folder: Path) -> str:
    """The original model if it is here, else the demo's; with hooks that mark the answer."""
    marathon = ROOT / "models" / "marathon"
    data = ORIGINAL if ORIGINAL.is_file() else marathon / "model.RData"
    shutil.copy(data, folder / "mounted.RData")
    shutil.copy(marathon / "bridge.toml", folder)
    hooks = (marathon / "inference.R").read_text()
    (folder / "inference.R").write_text(hooks + MARKED_OUTPUT)
    return data.name


def _get(port: int, path: str) -> tuple[int, bytes]:
    return _request(urllib.request.Request(f"http://127.0.0.1:{port}{path}"))


def _post(
    port: int, body: bytes, headers: Mapping[str, str] = MappingProxyType({})
) -> tuple[int, bytes]:
    """By default as ``curl -d`` does it: the type is application/x-www-form-urlencoded."""
    url = f"http://127.0.0.1:{port}/invocations"
    return _request(urllib.request.Request(url, body, dict(headers)))


def _request(request: urllib.request.Request) -> tuple[int, bytes]:
    """Status and body; status 0 if nobody answers."""
    try:
        # No proxy that the environment may name: this is the loopback interface.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=10) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError as error:
        return 0, str(error).encode()
