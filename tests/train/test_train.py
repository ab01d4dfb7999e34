"""rbridge train with real R: what the script gets, what becomes of it, and what is said."""

import json
import os
import re
import signal
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.cli.train import train
from bridge.deploy.step import Call, Plan, Step
from bridge.train.failed import TrainingFailed
from bridge.train.job import Job as TrainingJob
from bridge.train.job import write_failure
from bridge.train.run import train as run
from bridge.train.script import run_script
from bridge.train.source import Source
from bridge.train.variables import variables
from tests.deploy.shapes import problems
from tests.serving import MARATHON, gone, rscript, serving
from tests.train.jobs import FIT, PAGE, RUNNERS, STOPPABLE, Job

TELLS = """
told <- Sys.getenv()
told <- as.list(told[grep("^SM_|^TRAINING_JOB", names(told))])
words <- c(told, list(arguments = paste(commandArgs(TRUE), collapse = " "), folder = getwd()))
file <- file.path(Sys.getenv("SM_OUTPUT_DATA_DIR"), "told")
writeLines(paste0(names(words), "=", unlist(words)), file)
stop("that is all")
"""
# Has its own job stopped, and goes on.
STUBBORN = """
asked <- FALSE
repeat tryCatch({
  if (!asked) { asked <- TRUE; tools::pskill(Sys.getenv("JOB"), 15) }
  Sys.sleep(60)
}, interrupt = function(condition) NULL)
"""


def test_a_model_is_fitted_checked_and_left_to_be_served(job: Job, tmp_path: Path) -> None:
    job.config("inputdataconfig", {"train": {}, "code": {}})
    job.channel("train", runners__csv=RUNNERS)
    job.channel("code", train__R=FIT)
    write_failure(job.base, "of a run before")
    status, out, err = job.run("--base", ".")
    assert (status, err) == (0, "")
    assert "can be served" in out.splitlines()[0]
    assert not job.has_failed
    expected = rscript(
        'fit <- lm(time ~ half, read.csv("input/data/train/runners.csv"));'
        'cat(sprintf("%.17g", predict(fit, data.frame(half = 5500))))',
        job.base,
    )
    with serving(job.base / "model", tmp_path, "--workers", "1") as server:
        answered = server.invoke({"half": 5500}).json()
    assert answered == {"predictions": [float(expected)]}


def test_the_demo_is_fitted_again_with_its_hooks_from_an_archive_of_the_sdk(job: Job) -> None:
    place = job.channel("code") / "sourcedir.tar.gz"
    with tarfile.open(place, "w:gz") as tar:
        for file in MARATHON.iterdir():
            tar.add(file, file.name)
    sdk = {"sagemaker_program": '"train.R"', "sagemaker_submit_directory": json.dumps(str(place))}
    job.config("hyperparameters", sdk)
    status, out, err = job.run()
    assert (status, err) == (0, "")
    assert "hmtime  string" in out
    made = sorted(file.name for file in (job.base / "model").iterdir())
    assert made == ["bridge.toml", "inference.R", "model.RData"]


def told_by_the_script(job: Job) -> dict[str, str]:
    lines = (job.base / "output" / "data" / "told").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_variables_and_arguments_are_those_that_users_know(job: Job) -> None:
    hyperparameters = {
        "n-trees": "500",
        "version": "1.10",
        "method": '"fast one"',
        "levels": '["a", "b"]',
        "sagemaker_region": '"eu-west-1"',
    }
    job.config("hyperparameters", hyperparameters)
    job.config("inputdataconfig", {"train": {"TrainingInputMode": "File"}, "my-test": {}})
    job.config("resourceconfig", {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]})
    (job.base / "code").mkdir()
    (job.base / "code" / "train.R").write_text(TELLS)
    status, _, _ = job.run(TRAINING_JOB_NAME="refit-7")
    assert status == 1
    told = told_by_the_script(job)
    data = job.base / "input" / "data"
    expected = {
        "SM_MODEL_DIR": str(job.base / "model"),
        "SM_OUTPUT_DATA_DIR": str(job.base / "output" / "data"),
        "SM_CHANNELS": '["my-test", "train"]',
        "SM_CHANNEL_TRAIN": str(data / "train"),
        "SM_CHANNEL_MY_TEST": str(data / "my-test"),
        "SM_HPS": '{"n-trees": 500, "version": 1.1, "method": "fast one", "levels": ["a", "b"]}',
        "SM_HP_N_TREES": "500",
        "SM_HP_VERSION": "1.10",
        "SM_HP_METHOD": "fast one",
        "SM_HP_LEVELS": '["a", "b"]',
        "SM_CURRENT_HOST": "algo-2",
        "SM_HOSTS": '["algo-1", "algo-2"]',
        "SM_NUM_GPUS": "0",
        "TRAINING_JOB_NAME": "refit-7",
        "folder": str(job.base / "code"),
        "arguments": '--levels ["a", "b"] --method fast one --n-trees 500 --version 1.10',
    }
    assert {name: told.get(name) for name in expected} == expected
    assert int(told["SM_NUM_CPUS"]) >= 1
    assert json.loads(told["SM_INPUT_DATA_CONFIG"])["train"] == {"TrainingInputMode": "File"}


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        ("fit <- lm(y ~ x, nothing)", 1, "ended with status 1: Error in "),
        ("message('no rows'); quit(status = 7)", 7, "train.R ended with status 7: no rows"),
        ("tools::pskill(Sys.getpid(), 9); Sys.sleep(9)", 137, "SIGKILL, most likely for want of"),
        ("saveRDS(1, 'nowhere.rds')", 2, "its model cannot be served"),
    ],
    ids=["error", "status", "killed", "no model"],
)
def test_a_failure_is_told_with_its_reason(job: Job, script: str, status: int, reason: str) -> None:
    job.channel("code", train__R=script)
    ended, _, err = job.run()
    assert ended == status
    assert reason in job.failure and reason in err
    assert len(job.failure.encode()) <= 1024
    assert "Execution halted" not in job.failure and "Traceback" not in err


def test_a_reason_is_cut_where_a_character_ends(tmp_path: Path) -> None:
    write_failure(tmp_path, "x" + "é" * 1000)
    assert (tmp_path / "output" / "failure").read_text("utf-8") == "x" + "é" * 511


def test_a_model_that_cannot_be_served_is_a_failure(job: Job) -> None:
    job.channel("code", train__R="saveRDS(1:3, file.path(Sys.getenv('SM_MODEL_DIR'), 'm.rds'))")
    status, _, _ = job.run()
    assert status == 2
    assert job.failure.startswith("the script ended well, but its model cannot be served: ")


def stopped(job: Job, script: str) -> tuple[int, str]:
    """Stops a job once its script says "now"; its exit status and stdout."""
    job.channel("code", train__R=f"say <- function() message('now')\n{script}")
    process = job.start()
    assert process.stderr is not None
    while "now" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    return process.returncode, out


def test_a_stopped_job_may_save_what_it_has(job: Job) -> None:
    script = STOPPABLE.replace(
        ") best <-", ") { if (degree == 3) { say(); Sys.sleep(60) }\n best <-"
    )
    script = script.replace("runners),", "runners) },")
    job.channel("train", runners__csv=RUNNERS)
    job.config("inputdataconfig", {"train": {}})
    read = FIT.splitlines()[0]
    status, said = stopped(job, f"{read}\n{script}")
    assert (status, said) == (0, "rbridge: stopped; the model was not looked at\n")
    made = job.base / "model" / "model.rds"
    assert rscript(f"cat(readRDS('{made}')$rank)", job.base) == "3"
    assert not job.has_failed


def test_a_stopped_job_ends_and_so_does_what_it_started(job: Job) -> None:
    script = "system('sleep 300 & echo $! > child'); say(); Sys.sleep(60)"
    status, _ = stopped(job, script)
    assert status == 143
    child = int((job.base / "input" / "data" / "code" / "child").read_text())
    assert gone([child])


def test_a_script_that_does_not_stop_is_killed(job: Job) -> None:
    job.channel("code", train__R=STUBBORN)
    source = Source(job.base / "input" / "data" / "code", "train.R")
    before = signal.getsignal(signal.SIGTERM)
    ended = run_script(source, [], {**os.environ, "JOB": str(os.getpid())}, patience=1)
    assert (ended.status, ended.stopped) == (-signal.SIGKILL, True)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "there is no train.R in"),
        ({"sagemaker_program": '"fit.R"'}, "there is no fit.R in"),
        ({"sagemaker_submit_directory": '"s3://b/sourcedir.tar.gz"'}, "enable_network_isolation"),
        ([1], "hyperparameters.json holds no JSON object"),
    ],
    ids=["none", "named", "in S3", "damaged"],
)
def test_a_job_that_cannot_run_says_what_it_lacks(job: Job, given: Any, reason: str) -> None:
    job.config("hyperparameters", given)
    with pytest.raises(TrainingFailed, match=reason):
        run(job.base, None, None)


def test_an_archive_that_is_none_is_told(job: Job) -> None:
    (job.channel("code") / "sourcedir.tar.gz").write_text("no archive")
    with pytest.raises(TrainingFailed, match=r"sourcedir\.tar\.gz cannot be unpacked"):
        run(job.base, None, None)


def test_the_image_may_hold_the_script_under_another_name(job: Job, tmp_path: Path) -> None:
    baked = tmp_path / "baked"
    (baked / "src").mkdir(parents=True)
    (baked / "src" / "fit.R").write_text("stop('found, in ', basename(getwd()))")
    said = {"SAGEMAKER_PROGRAM": "src/fit.R", "SAGEMAKER_SUBMIT_DIRECTORY": str(baked)}
    assert job.run(**said)[0] == 1
    assert job.failure == "src/fit.R ended with status 1: Error: found, in baked"
    job.channel("code", train__R="stop('of the job')")
    assert job.run(**{**said, "SAGEMAKER_PROGRAM": "train.R"})[0] == 1
    assert job.failure.endswith("Error: of the job")


def test_every_variable_and_option_is_on_the_page(job: Job) -> None:
    told = variables(TrainingJob(job.base, {"x": "1"}, {"train": {}}, {}))
    names = {
        "SM_CHANNEL_NAME" if n == "SM_CHANNEL_TRAIN" else n.replace("SM_HP_X", "SM_HP_NAME")
        for n in told
    }
    assert len(names) > 15
    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []
    assert "rbridge train --base job" in PAGE
    variables_of_options = {option.envvar for option in train.params if option.name != "base"}
    assert [name for name in variables_of_options if f"`{name}`" not in PAGE] == []


def test_what_the_page_gives_to_boto3_is_what_sagemaker_takes() -> None:
    code, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    asked: dict[str, Any] = {}
    client = SimpleNamespace(create_training_job=lambda **given: asked.update(given))
    boto3 = SimpleNamespace(client=lambda name: client)
    role = "arn:aws:iam::123456789012:role/train"
    exec(code, {"boto3": boto3, "IMAGE": "image:1", "ROLE": role})
    plan = Plan("x", "", (Step("", Call("sagemaker", "create_training_job", asked)),), ())
    assert asked and problems(plan) == []
