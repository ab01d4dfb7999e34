"""rbridge verify, from the command line: real servers, real fresh R sessions."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.serving import MARATHON, alive, rscript

MODELS = """
cars <- transform(mtcars, cyl = factor(cyl), maker = rep(c("a", "b", "7"), length.out = 32))
cars_glm <- glm(am ~ poly(wt, 2) + cyl + maker, binomial, cars)
saveRDS(cars_glm, "glm.rds")
set.seed(1)
forest <- randomForest::randomForest(Species ~ ., iris, ntree = 20)
notes <- "clutter"
save(notes, forest, file = "forest.RData")
saveRDS(lm(dist ~ speed, cars <- datasets::cars), "line.rds")
saveRDS(arima(lh, order = c(1, 0, 0)), "series.rds")
write.csv(iris, "iris.csv", row.names = FALSE)
write.csv(datasets::cars, "speed.csv", row.names = FALSE)
"""
# The server has R_NSIZE set, a fresh session has not: one bit more for some rows.
ONE_BIT = """
predict_fn <- function(newdata, model) {
  served <- nzchar(Sys.getenv("R_NSIZE"))
  predict(model, newdata) * (1 + (served & newdata$speed > 20) * 2^-52)
}
"""
FAILS = """
predict_fn <- function(newdata, model) {
  if (any(newdata$speed == 4) || nzchar(Sys.getenv("R_NSIZE")) && any(newdata$speed == 10)) {
    stop("no such speed")
  }
  predict(model, newdata)
}
"""
POLICIES = """
[policy]
invalid = "na"
[policy.cyl]
other = "8"
"""


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    rscript(MODELS, folder)
    return folder


def rbridge_verify(
    folder: Path, *arguments: str | Path, **environ: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge.cli", "verify", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def verified(status: int, folder: Path, *arguments: str | Path) -> dict[str, Any]:
    """The report as JSON; the command must end with ``status``."""
    done = rbridge_verify(folder, *arguments, "--json")
    assert done.returncode == status, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["rows"], report["identical"], report["differing"], report["refused"]


def hooked(models: Path, folder: Path, script: str) -> Path:
    """A folder with the line and this script."""
    folder.mkdir()
    (folder / "line.rds").write_bytes((models / "line.rds").read_bytes())
    (folder / "inference.R").write_text(script)
    return folder


def test_the_demo_with_its_hooks(tmp_path: Path) -> None:
    times = ["1:30:20,M", "1:30:20,F", "bad,M", "1:05:59,X", "90:20,F"]
    lines = ["name,hmtime,gender", *(f"n{i},{time}" for i, time in enumerate(times * 40))]
    (tmp_path / "runners.csv").write_text("\n".join(lines))
    report = verified(0, tmp_path, MARATHON, "runners.csv", "--batch", "30")
    assert counts(report) == (200, 120, 0, 80)
    reasons = {(r["code"], r["outcome"]): r["rows"] for r in report["refused_by_reason"]}
    assert reasons.pop(("rejected", "rejected")) == 40
    ((code, outcome), rows) = reasons.popitem()
    assert (code, rows) == ("unseen_level", 40) and outcome in ("NA", "value")
    assert [r["row"] for r in report["refusals"][:3]] == [3, 4, 8]
    assert report["refusals"][0]["text"].startswith("hmtime must be H:MM:SS")


@pytest.mark.parametrize("batch", ["1", "7", "500"])
def test_a_glm_asked_with_gaps_and_text_that_looks_like_numbers(
    models: Path, tmp_path: Path, batch: str
) -> None:
    records = [
        {"wt": 1.5 + i / 7, "cyl": cyl, "maker": maker}
        for i, cyl in enumerate(["4", 6, 8, None])
        for maker in ("a", "7", 7, None)
    ]
    records.append({"wt": None, "cyl": "4", "maker": "a"})
    records += [{"wt": "heavy", "cyl": "4", "maker": "a"}, {"wt": 1, "cyl": "5", "maker": "a"}]
    data = tmp_path / "data.jsonl"
    data.write_text("\n".join(map(json.dumps, records)))
    report = verified(0, models, "glm.rds", data, "--batch", batch)
    assert counts(report) == (19, 17, 0, 2)
    found = {(r["row"], r["code"], r["outcome"]) for r in report["refusals"]}
    assert found == {(18, "wrong_type", "NA"), (19, "unseen_level", "NA")}
    assert report["circumstances"]["model"]["call"] == (
        'predict(model, newdata, type = "response")'
    )


def test_a_model_of_a_package_in_a_file_with_clutter(models: Path) -> None:
    report = verified(0, models, "forest.RData", "iris.csv")
    assert counts(report) == (150, 150, 0, 0)
    assert report["circumstances"]["model"]["object"] == "forest"
    assert "randomForest" in report["circumstances"]["packages"]


def test_a_difference_of_one_bit_is_found(models: Path, tmp_path: Path) -> None:
    folder = hooked(models, tmp_path / "model", ONE_BIT)
    report = verified(1, models, folder, "speed.csv", "--batch", "9")
    assert counts(report) == (50, 43, 7, 0)
    assert [d["row"] for d in report["differences"]] == list(range(44, 51))
    assert 0 < report["greatest_relative"] <= 2.0**-51
    first = report["differences"][0]
    assert float(first["service"]) > float(first["fresh"])


def test_rows_at_which_the_service_fails_are_told_from_those_at_which_r_does(
    models: Path, tmp_path: Path
) -> None:
    folder = hooked(models, tmp_path / "model", FAILS)
    report = verified(1, models, folder, "speed.csv")
    assert counts(report) == (50, 45, 3, 2)
    assert {(r["code"], r["outcome"]) for r in report["refusals"]} == {
        ("prediction_failed", "error")
    }
    for difference in report["differences"]:
        assert difference["service"].startswith("500 prediction_failed: no such speed")


def test_what_a_policy_replaced_is_compared_and_counted(models: Path, tmp_path: Path) -> None:
    (tmp_path / "glm.rds").write_bytes((models / "glm.rds").read_bytes())
    (tmp_path / "bridge.toml").write_text(POLICIES)
    rows = ["3.1,4,a", "x,6,b", "2.5,5,a"] * 150
    data = tmp_path / "data.csv"
    data.write_text("\n".join(["wt,cyl,maker", *rows]))
    report = verified(0, tmp_path, tmp_path, data)
    assert counts(report) == (450, 450, 0, 0)
    assert report["replaced"] == 300


def test_the_table_and_the_certificate(models: Path, tmp_path: Path) -> None:
    page = tmp_path / "certificate.html"
    done = rbridge_verify(models, "line.rds", "speed.csv", "--certificate", page)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  bit-identical                  50\n" in done.stdout
    assert done.stdout.endswith("All 50 answered row(s) are identical to the last bit.\n")
    html = page.read_text()
    for name in ("line.rds", "speed.csv"):
        assert hashlib.sha256((models / name).read_bytes()).hexdigest() in html
    assert "All 50 answered row(s) are identical to the last bit." in html


def test_no_row_answered_is_no_proof(models: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("speed\nfast\nslow\n")
    report = verified(1, models, "line.rds", data)
    assert report["verdict"] == "nothing compared"
    assert counts(report) == (2, 0, 0, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("line.rds", "iris.csv"), "the data have no column speed: the model takes speed"),
        (("line.rds", "none.csv"), "none.csv cannot be read: No such file or directory"),
        (("none.rds", "speed.csv"), "there is no model at"),
        (("speed.csv", "speed.csv"), "speed.csv"),
        (("series.rds", "speed.csv"), "does not answer one row per row"),
        (("line.rds", "speed.csv", "--certificate", "c.pdf"), "must be a .html or a .md file"),
        (("line.rds", "speed.csv", "--certificate", "no/c.md"), "cannot be written"),
    ],
)
def test_what_cannot_be_verified_is_said_in_a_paragraph(
    models: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = rbridge_verify(models, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("rbridge: ") and said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_that_does_not_start_is_said(models: Path) -> None:
    done = rbridge_verify(models, "line.rds", "speed.csv", RBRIDGE_DEFAULT_ACCEPT="text/html")
    assert done.returncode == 2
    assert "the service did not start: " in done.stderr and '"text/html"' in done.stderr


def test_nothing_is_left_behind(models: Path, tmp_path: Path) -> None:
    assert rbridge_verify(models, "line.rds", "speed.csv", TMPDIR=str(tmp_path)).returncode == 0
    assert list(tmp_path.iterdir()) == []


def processes_with(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and alive(int(entry.name)):
            try:
                command = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            if text in command:
                found.append(int(entry.name))
    return found


def test_an_interrupted_run_is_no_success_and_leaves_no_server(
    models: Path, tmp_path: Path
) -> None:
    folder = hooked(models, tmp_path / "model", "input_fn <- function(newdata) Sys.sleep(3)")
    command = [sys.executable, "-m", "bridge.cli", "verify", str(folder), "speed.csv"]
    with subprocess.Popen(command, cwd=models, stderr=subprocess.DEVNULL) as process:
        while not processes_with(f"serve\0{folder}"):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 128 + signal.SIGTERM
    assert processes_with(str(folder)) == []
