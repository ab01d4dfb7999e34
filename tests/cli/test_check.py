"""rbridge check, from the command line, on models that a fresh R saved."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.check.text import WIDTH
from tests.serving import MARATHON, RECORD, children, gone, rscript

MODELS = """
set.seed(1)
scores <- data.frame(
  grade = c(2.5, 3.25, 5, 6.5, 8.25, 9, 11.5, 12), age = c(30, 31, 35, 36, 40, 44, 45, 50),
  club = factor(rep(c("it's \\"A\\"", "b $HOME"), 4)),
  size = factor(rep(c("S", "M", "L", "S"), 2), c("S", "M", "L"), ordered = TRUE),
  won = rep(c(TRUE, FALSE, FALSE, TRUE), 2)
)
saveRDS(lm(grade ~ age + club + size, scores), "line.rds")
won <- glm(won ~ age + grade, binomial, scores)
save(won, file = "won.RData", version = 2)
stripped <- won
stripped$residuals <- NULL
attributes(stripped)$class <- "lm"
saveRDS(stripped, "stripped.rds")
fit <- function(data) {
  matrix_of_all <- matrix(rnorm(5e5), 1000)
  lm(grade ~ age, data)
}
saveRDS(fit(scores), "heavy.rds", compress = FALSE)
saveRDS(lm(scores$grade ~ scores$age), "dollar.rds")
other <- won
save(won, other, file = "two.RData")
saveRDS(kmeans(scores$age, 2), "clusters.rds")
saveRDS(arima(lh, order = c(1, 0, 0)), "series.rds")
saveRDS(loess(grade ~ age, scores), "loess.rds")
writeBin(readBin("won.RData", "raw", 300), "short.RData")
"""
TOML = """
[predict]
type = "link"
[parameters]
type = ["link", "response"]
level = true
[policy]
null = "reject"
[policy.age]
invalid = "na"
"""


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    rscript(MODELS, folder)
    return folder


def rbridge_check(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge.cli", "check", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def facts(folder: Path, path: str | Path) -> dict[str, Any]:
    """The report as JSON, of a model that can be served."""
    done = rbridge_check(folder, path, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["servable"] is True
    return told


def codes(told: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in told["warnings"]]


def folder_with(file: Path, folder: Path, toml: str = "", script: str = "") -> Path:
    """A model folder with a copy of the file, a bridge.toml and an inference.R."""
    (folder / file.name).write_bytes(file.read_bytes())
    for name, text in (("bridge.toml", toml), ("inference.R", script)):
        if text:
            (folder / name).write_text(text)
    return folder


def test_the_demo_for_people(tmp_path: Path) -> None:
    done = rbridge_check(tmp_path, MARATHON)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{MARATHON} can be served, with 1 warning."
    assert '  gender  factor  "F", "M"' in lines
    assert "  hooks       input_fn, output_fn" in lines
    assert '  answer   {"marathon_time": ["03:23:30"]}' in lines
    assert lines[-1] == f"  curl -d '{json.dumps(RECORD)}' localhost:8080/invocations"
    assert max(map(len, lines[1:])) <= WIDTH


def test_what_r_may_do_is_tried_where_it_is_asked_for(tmp_path: Path) -> None:
    done = rbridge_check(tmp_path, MARATHON, "--sandbox")
    assert (done.returncode, done.stderr) == (0, "")
    section = done.stdout.split("What R may do here, by trial\n")[1].splitlines()
    assert "  start programs with more privileges       no" in section
    assert max(map(len, section)) <= WIDTH
    told = json.loads(rbridge_check(tmp_path, MARATHON, "--sandbox", "--json").stdout)["sandbox"]
    assert (told["core_dumps"], told["privileges"], told["other_processes"]) == (False,) * 3
    assert "PATH" in told["variables"] and set(told["variables"]) < set(os.environ)
    assert "sandbox" not in facts(tmp_path, MARATHON)


def test_what_the_file_holds(models: Path) -> None:
    told = facts(models, "won.RData")
    assert (told["file"]["kind"], told["file"]["version"]) == ("workspace", 2)
    assert told["file"]["compression"] == "gzip"
    assert told["file"]["saved_by"] == told["r_version"]
    (held,) = told["objects"]
    assert (held["name"], held["classes"]) == ("won", ["glm", "lm"])
    assert held["bytes"] == told["model"]["bytes"] > 1000
    assert told["model"]["formula"] == "won ~ age + grade"
    assert told["predict"] == [{"name": "type", "value": ["response"], "source": "class"}]
    assert told["merging"]["merged"] is True
    assert codes(told) == []


def test_the_example_is_answered_as_r_does(models: Path) -> None:
    told = facts(models, "line.rds")["example"]
    record = told["request"]
    assert (record["age"], record["size"]) == (36, "S")
    code = (
        "r <- readRDS('line.rds'); x <- data.frame(age = 36, "
        f"club = r$xlevels$club[{2 if 'A' in record['club'] else 1}], size = 'S'); "
        "cat(format(predict(r, x), digits = 17))"
    )
    (answer,) = told["answer"]["predictions"]
    assert answer == float(rscript(code, models))


def test_the_curl_line_is_quoted_for_a_shell(models: Path) -> None:
    line = rbridge_check(models, "line.rds").stdout.splitlines()[-1]
    script = "curl() { printf '%s' \"$2\"; }\n" + line
    sent = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    record = json.loads(sent.stdout)
    assert record == facts(models, "line.rds")["example"]["request"]
    assert record["club"] in ('it\'s "A"', "b $HOME")


def test_ordered_levels_are_told_in_their_order(models: Path) -> None:
    size = facts(models, "line.rds")["fields"][2]
    assert (size["levels"], size["ordered"]) == (["S", "M", "L"], True)
    assert '"S" < "M" < "L"' in rbridge_check(models, "line.rds").stdout


def test_what_bridge_toml_says(models: Path, tmp_path: Path) -> None:
    folder = folder_with(models / "won.RData", tmp_path, TOML)
    told = facts(tmp_path, folder)
    assert told["predict"] == [{"name": "type", "value": ["link"], "source": "bridge.toml"}]
    assert told["parameters"] == {"type": ["link", "response"], "level": True}
    policies = {field["name"]: field["policies"] for field in told["fields"]}
    assert policies == {"age": {"invalid": "na", "null": "reject"}, "grade": {"null": "reject"}}
    text = rbridge_check(tmp_path, folder).stdout
    assert '  call        predict(model, newdata, type = "link")\n' in text
    assert '  parameters  type: "link", "response"; level: any value\n' in text
    assert "  age    a value of another type  becomes NA\n" in text


def test_a_captured_environment_that_outweighs_the_model(models: Path) -> None:
    told = facts(models, "heavy.rds")
    assert codes(told) == ["heavy_environment"]
    (environment,) = told["model"]["environments"]
    assert environment["of"] == "formula"
    heaviest = environment["objects"][0]
    assert (heaviest["name"], heaviest["shape"]) == ("matrix_of_all", "1000 x 500")
    assert 4_000_000 <= heaviest["bytes"] <= environment["bytes"] <= 4_100_000
    assert told["model"]["bytes"] < 50_000


def test_a_glm_whose_class_was_changed_and_residuals_taken(models: Path) -> None:
    told = facts(models, "stripped.rds")
    assert codes(told) == ["residuals_stripped", "family_ignored"]
    text = rbridge_check(models, "stripped.rds").stdout
    assert "log-odds" in text and "output_fn <- function(prediction, newdata) {" in text


def test_merging_is_off_where_the_class_is_not_known(models: Path) -> None:
    merging = facts(models, "loess.rds")["merging"]
    assert merging["merged"] is False and "loess" in merging["why"]


def test_hooks_whose_input_nobody_knows_are_servable_without_an_example(
    models: Path, tmp_path: Path
) -> None:
    script = "input_fn <- function(newdata) reject('send a better one', 1)"
    told = facts(tmp_path, folder_with(models / "won.RData", tmp_path, script=script))
    assert told["hooks"] == ["input_fn"]
    assert codes(told) == ["no_example"]
    assert told["example"]["answer"] is None
    assert "send a better one" in told["example"]["refusal"]
    assert told["merging"] == {
        "merged": False,
        "why": "nothing shows that the hooks allow it: there is no golden.jsonl",
    }


def test_a_model_that_a_hook_makes_has_no_file(models: Path, tmp_path: Path) -> None:
    script = "model_fn <- function(model_dir) lm(dist ~ speed, datasets::cars)"
    told = facts(tmp_path, folder_with(models / "won.RData", tmp_path, script=script))
    assert (told["file"], told["objects"], told["hooks"]) == (None, [], ["model_fn"])
    assert told["example"]["request"] == {"speed": 15}


def test_a_time_series_is_asked_for_a_horizon(models: Path) -> None:
    example = facts(models, "series.rds")["example"]
    assert example["request"] == {"n.ahead": 12}
    assert len(example["answer"]["predictions"]) == 12


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("none.rds", "there is no model at"),
        ("two.RData", "the file holds 2 models: other (glm/lm), won (glm/lm)"),
        ("clusters.rds", "no object of the file has a predict method"),
        ("short.RData", "short.RData cannot be read"),
        ("dollar.rds", "scores"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_paragraph(models: Path, path: str, said: str) -> None:
    done = rbridge_check(models, path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rbridge: ") and said in done.stderr
    assert "Traceback" not in done.stderr
    done = rbridge_check(models, path, "--json")
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told.keys() == {"servable", "path", "reason"}
    assert told["servable"] is False and said in told["reason"]


def test_an_interrupted_check_is_no_success_and_leaves_nothing(
    models: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "tmp").mkdir()
    script = "file.create(file.path(Sys.getenv('TMPDIR'), 'began')); Sys.sleep(60)"
    folder = folder_with(models / "won.RData", tmp_path / "model", script=script)
    command = [sys.executable, "-m", "bridge.cli", "check", str(folder)]
    environ = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    with subprocess.Popen(command, cwd=tmp_path, env=environ) as process:
        while not list(tmp_path.glob("tmp/*/r/began")):
            assert process.poll() is None
            time.sleep(0.02)
        (zygote,) = children(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM
    assert gone([zygote])
    assert list((tmp_path / "tmp").iterdir()) == []
