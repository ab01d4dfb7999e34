"""checks: what a good image is, asked through ``engine``. Each check is one line of the report."""

import io
import re
import shutil
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from bridge import __version__

from .asking import ANSWER, EXAMPLE, pings, post, ready, stop
from .engine import MODEL, Container, Engine, Start
from .report import Report

ROOT = Path(__file__).parents[2]
MOST_MEGABYTES = 450
REAP_SECONDS = 10.0
HEALTH = ["CMD", "rbridge", "ping"]
LABELS = {
    "com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true",
    "com.amazonaws.sagemaker.capabilities.multi-models": "true",
    "org.opencontainers.image.version": __version__,
}
REFUSED = b'{"hmtime": "1:30:20", "gender": "X"}'
REFUSAL = rb'"message":"gender: \"X\" is not one of \"F\", \"M\" (row 0)"'
TOOLS = "cc c++ gcc g++ clang gfortran as ld make pip pip3"
FIND_TOOLS = f"for tool in {TOOLS}; do command -v $tool; done; true"
FIND_BLAS = "cat(normalizePath(extSoftVersion()[['BLAS']]))"
FIND_SOURCES = "cd /opt/venv/lib/python3*/site-packages/bridge && find . -name '*.py' | wc -l"
FIND_COMPILED = FIND_SOURCES.replace("*.py'", "*.pyc'")
# What another R has compiled, or of other sources, is not used: a start takes longer then.
ARE_R_FUNCTIONS_COMPILED = """
folder <- Sys.glob("/opt/venv/lib/python3*/site-packages/bridge/_r")
source(file.path(folder, "functions.R"))
cat(identical(readRDS(compiled_in(folder))$of, origin(folder)))
"""

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
    report.equal("the labels of SageMaker and of OCI are set", found, LABELS)
    report.equal("docker can ask for its health", config.health, HEALTH)
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
    fresh = engine.output("Rscript", "--vanilla", "-e", ARE_R_FUNCTIONS_COMPILED)
    report.equal("all R code is, by the R that runs it", fresh, "TRUE")


def check_demo(engine: Engine, port: int, report: Report) -> None:
    """Without argument and model, the demo is served."""
    with ready(engine, Start(), port, report, "without argument") as container:
        report.equal("the example is answered by the demo", post(port, EXAMPLE), (200, ANSWER))
        report.check("the health check says so", pings(container, Start(), port), "it does not")
        _check_binary(port, report)
        status, body = post(port, REFUSED)
        report.check(
            "an unknown level is refused", status == 422 and REFUSAL in body, (status, body)
        )
        stop(container, report)


def _check_binary(port: int, report: Report) -> None:
    """What is left of pyarrow in the image reads and writes all that the server does."""
    asked, told = pa.table({"hmtime": ["1:30:20"], "gender": ["M"]}), "03:23:30"
    for name, write, read in (
        ("application/x-parquet", _as_parquet, parquet.read_table),
        ("application/vnd.apache.arrow.stream", _as_stream, _read_stream),
    ):
        headers = {"Content-Type": name, "Accept": name}
        status, body = post(port, write(asked), headers)
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
        with ready(
            engine, Start(("serve",), {MODEL: model}), port, report, "with serve"
        ) as container:
            answer = post(port, EXAMPLE)
            report.equal(f"the mounted model ({name}) answers", answer, (200, MARKED_ANSWER))
            stop(container, report)
        report.equal("nothing is written beside the model", sorted(model.iterdir()), before)


def check_alone(engine: Engine, port: int, report: Report) -> None:
    """As PID 1 it does what an init does, and it writes nowhere but in /tmp."""
    start = Start(("serve",), alone=True)
    with ready(engine, start, port, report, "as PID 1 on a read-only system") as container:
        report.equal("the example is answered", post(port, EXAMPLE), (200, ANSWER))
        first = container.execute("cat", "/proc/1/cmdline")
        report.check("the server is PID 1", "rbridge\0serve" in first, first)
        _check_orphan(container, report)
        stop(container, report)


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


def _write_model(folder: Path) -> str:
    """The original model if it is here, else the demo's; with hooks that mark the answer."""
    marathon = ROOT / "models" / "marathon"
    data = ORIGINAL if ORIGINAL.is_file() else marathon / "model.RData"
    shutil.copy(data, folder / "mounted.RData")
    shutil.copy(marathon / "bridge.toml", folder)
    hooks = (marathon / "inference.R").read_text()
    (folder / "inference.R").write_text(hooks + MARKED_OUTPUT)
    return data.name
