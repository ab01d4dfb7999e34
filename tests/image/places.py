"""places: the image where it is to run: without root's privileges, without network, elsewhere."""

import json
import shutil
import tempfile
import time
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from .asking import ANSWER, EXAMPLE, RBRIDGE, get, pings, post, ready, stop
from .engine import MODEL, MODELS, PLAIN, Container, Engine, EngineError, Start
from .report import Report

ROOT = Path(__file__).parents[2]
MARATHON = ROOT / "models" / "marathon"
COLD_SECONDS = 2.0
GIVE_UP_SECONDS = 30.0
STARTS = 3
CONFINED = "R is confined by Landlock: "
# Asks from the inside, where a container has no network.
ASK = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], sys.argv[2].encode()).read().decode())
"""
JOB = {
    "input/data/train/rows.csv": "x,y\n1,2.5\n2,4\n3,6.5\n",
    "input/data/code/train.R": """
rows <- read.csv(file.path(Sys.getenv("SM_CHANNEL_TRAIN"), "rows.csv"))
saveRDS(lm(y ~ x, rows), file.path(Sys.getenv("SM_MODEL_DIR"), "model.rds"))
""",
}
TARGET = "X-Amzn-SageMaker-Target-Model"


def check_unprivileged(engine: Engine, port: int, report: Report) -> None:
    """As a serverless endpoint: another user than root, and no shared memory."""
    start = Start(("serve",), {MODEL: MARATHON}, alone=True, unprivileged=True)
    with ready(engine, start, port, report, "as user 1000, read-only") as container:
        report.equal("the example is answered", post(port, EXAMPLE), (200, ANSWER))
        user = container.execute("sh", "-c", "sed -n 's/^Uid:.//p' /proc/1/status | cut -f1")
        report.equal("the server is user 1000", user, "1000")
        shared = container.execute("sh", "-c", "test -e /dev/shm && echo yes || echo no")
        report.equal("there is no /dev/shm", shared, "no")
        _check_confined(container, report)
        stop(container, report)


def check_offline(engine: Engine, port: int, report: Report) -> None:
    """Network isolation: nothing is fetched, and nothing is missed."""
    start = Start(("serve",), {MODEL: MARATHON}, alone=True, offline=True)
    with ready(engine, start, port, report, "without network") as container:
        found = container.execute("sh", "-c", "cd /sys/class/net 2>/dev/null && ls || echo lo")
        report.equal("there is a loopback interface alone", found, "lo")
        url = f"http://127.0.0.1:{port}/invocations"
        answer = container.execute("/opt/venv/bin/python", "-c", ASK, url, EXAMPLE.decode())
        report.equal("the example is answered", answer.encode(), ANSWER)
        _check_confined(container, report)
        stop(container, report)


def _check_confined(container: Container, report: Report) -> None:
    """What the kernel offers is used here as elsewhere; what it lacks, the log says."""
    told = [line for line in container.log().splitlines() if CONFINED in line]
    kept_in = len(told) == 1 and "seccomp: yes" in told[0] and "Permission" not in told[0]
    report.check("R is confined there", kept_in, told)
    report.tell(" ".join(line.partition("] ")[2] for line in told))


def check_bind_port(engine: Engine, port: int, report: Report) -> None:
    """SageMaker may name the port; the health check asks there too."""
    start = Start(("serve",), alone=True, port_name="SAGEMAKER_BIND_TO_PORT")
    with ready(engine, start, port, report, "with SAGEMAKER_BIND_TO_PORT") as container:
        report.equal("the example is answered there", post(port, EXAMPLE), (200, ANSWER))
        report.check("the health check asks there", pings(container, start, port), "it does not")
        on_sagemaker = post(port, EXAMPLE, path="/endpoints/marathon/invocations")[0]
        report.equal("routes of one's own machine are off on SageMaker", on_sagemaker, 404)


def check_many(engine: Engine, port: int, report: Report) -> None:
    """A multi-model endpoint: loaded, asked and unloaded as the platform does it."""
    with tempfile.TemporaryDirectory(prefix="rbridge-models-") as folder:
        shutil.copytree(MARATHON, Path(folder, "0f3a", "model"))
        start = Start(
            ("serve",),
            {MODELS: Path(folder)},
            {"SAGEMAKER_MULTI_MODEL": "true"},
            alone=True,
        )
        with ready(engine, start, port, report, "with many models") as container:
            _check_models(port, report)
            stop(container, report)


def _check_models(port: int, report: Report) -> None:
    asked = {"model_name": "0f3a", "url": f"{MODELS}/0f3a/model"}
    report.equal("no model is loaded at first", get(port, "/models"), (200, b'{"models":[]}'))
    status, body = post(port, json.dumps(asked).encode(), path="/models")
    report.check("a model is loaded", status == 200, (status, body))
    answer = post(port, EXAMPLE, path="/models/0f3a/invoke")
    report.equal("the model answers", answer, (200, ANSWER))


def check_compose(engine: Engine, port: int, report: Report) -> None:
    """The services of compose.yaml, with their options, but for the port."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for name, service in services.items():
        mounts = dict(_mount(volume) for volume in service["volumes"])
        start = Start(("serve",), mounts, service.get("environment", {}), alone=True)
        with ready(engine, start, port, report, f"as compose.yaml does {name}") as container:
            target = {} if MODEL in mounts else {TARGET: "marathon"}
            answer = post(port, EXAMPLE, target, "/endpoints/any/invocations")
            report.equal(f"{name} answers boto3's route", answer, (200, ANSWER))
            report.check("its health is good", pings(container, start, port), "it is not")


def _mount(volume: str) -> tuple[str, Path]:
    source, target, mode = volume.replace("${MODEL:-marathon}", "marathon").split(":")
    if mode != "ro":
        raise EngineError(f"compose.yaml mounts {volume}, and not read-only")
    return target, (ROOT / source).resolve()


def check_cold_start(engine: Engine, port: int, report: Report) -> None:
    """From the start of the container to its first answer; told alone, as others work here too."""
    seconds = sorted(_cold_start(engine, port) for _ in range(STARTS))
    told = ", ".join(f"{each:.2f} s" for each in seconds)
    report.tell(f"from start to first answer: {told}; wanted are less than {COLD_SECONDS:g} s")


def _cold_start(engine: Engine, port: int) -> float:
    with engine.start(Start(("serve",), {MODEL: MARATHON}, alone=True), port) as container:
        while post(port, EXAMPLE) != (200, ANSWER):
            if container.ended() or time.monotonic() > container.started + GIVE_UP_SECONDS:
                raise EngineError(f"it never answered\n{container.log()[-4000:]}")
            time.sleep(0.01)
        return time.monotonic() - container.started


def check_train(engine: Engine, port: int, report: Report) -> None:
    """A training job: the script of the channel "code", what it reads, what it leaves."""
    with tempfile.TemporaryDirectory(prefix="rbridge-job-") as folder:
        for name, text in JOB.items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_text(text)
        engine.made(Path(folder), PLAIN, RBRIDGE, "train", "--base", "/work")
        made = Path(folder, "model", "model.rds").is_file()
        report.check("train fits a model that can be served", made, "there is none")


def check_versions(engine: Engine, port: int, report: Report) -> None:
    """The list of what is in the image names what answers."""
    told = json.loads(engine.output(RBRIDGE, "--version", "--all", "--json"))
    names = {"rbridge", "system", "release", "machine", "blas", "python", "r"}
    report.equal("it tells its versions", set(told), names)
    report.equal(
        "R's own packages are among them", told["r"]["packages"]["base"], told["r"]["version"]
    )
    report.check("Python's are", "uvicorn" in told["python"]["packages"], told["python"])
