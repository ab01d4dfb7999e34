"""What becomes of a file with findings: it is refused, pinned or trusted; before R reads it."""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.errors import ConfigError, ModelNotServable
from bridge.scan import Severity, Trust, admit, as_json
from tests.serving import refusal, rscript, serving

TRAP = """
m <- lm(dist ~ speed, cars)
local({
  e <- new.env(parent = globalenv())
  delayedAssign("p", file.create("ran-at-start"), assign.env = e)
  environment(m$terms) <<- e
})
saveRDS(m, "m.rds")
"""


@pytest.fixture(scope="session")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose lm answers as any other, and carries a promise."""
    folder = tmp_path_factory.mktemp("trap")
    rscript(TRAP, folder)
    return folder


def pinned(trap: Path, folder: Path, digest: str) -> Path:
    shutil.copy(trap / "m.rds", folder)
    (folder / "bridge.toml").write_text(f'sha256 = "{digest}"')
    return folder


def digest_of(trap: Path) -> str:
    return hashlib.sha256((trap / "m.rds").read_bytes()).hexdigest()


def check(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge.cli", "check", *map(str, arguments)]
    env = {**os.environ, **environ}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def test_the_server_refuses_it_and_says_how_to_trust_it(trap: Path, tmp_path: Path) -> None:
    status, text = refusal(trap, tmp_path)
    assert status == 2 and "Traceback" not in text and len(text) < 2_000
    assert "object$terms attr .Environment$p: code that runs as soon as" in text
    assert f'sha256 = "{digest_of(trap)}"' in text and "--trust" in text
    assert not (trap / "ran-at-start").exists()


def test_a_pin_that_matches_settles_it(trap: Path, tmp_path: Path) -> None:
    folder = pinned(trap, tmp_path, digest_of(trap).upper())
    with serving(folder, tmp_path) as server:
        assert server.invoke({"speed": 10}).status_code == 200
        (line,) = [line for line in server.log.read_text().splitlines() if "bridge.scan" in line]
        assert "m.rds is trusted, though it can do more than predict" in line


def test_a_pin_that_does_not_match_says_both_digests(trap: Path) -> None:
    """Whatever else is trusted."""
    with pytest.raises(ConfigError) as caught:
        admit(trap / "m.rds", Trust(always=True, sha256="0" * 64))
    assert "0" * 64 in str(caught.value) and digest_of(trap) in str(caught.value)


def test_a_flag_settles_it(trap: Path, tmp_path: Path) -> None:
    with serving(trap, tmp_path, "--trust") as server:
        assert server.invoke({"speed": 10}).status_code == 200


def test_check_tells_the_findings(trap: Path) -> None:
    done = check(trap)
    assert (done.returncode, done.stdout) == (2, "")
    assert "object$terms attr .Environment$p" in done.stderr
    done = check(trap, "--json", RBRIDGE_TRUST="true")
    assert done.returncode == 0, done.stderr
    kinds = [(found["kind"], found["severity"]) for found in json.loads(done.stdout)["scan"]]
    assert kinds == [("promise", "refuse"), ("environment", "note")]


def test_check_tells_them_to_people(trap: Path) -> None:
    lines = check(trap, "--trust").stdout.splitlines()
    at = lines.index("What is in the file, read before R did")
    assert lines[at + 1].startswith("  object$terms attr .Environment$p:  code that runs")
    assert "  notes, which --json tells: environment 1" in lines[at + 1 :]


@pytest.mark.parametrize("name", ["link.rds", "method.RData", "pointer.rds", "masking.RData"])
def test_what_is_worth_a_warning_is_logged_in_one_line(
    hostile: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    scan = admit(hostile / name, Trust())
    assert not scan.of(Severity.REFUSE)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith(f"{name} holds code: ")
    assert "\n" not in record.getMessage()


def test_nothing_is_said_of_notes(benign: Path, caplog: pytest.LogCaptureFixture) -> None:
    scan = admit(benign / "captured.rds", Trust())
    assert {found["severity"] for found in as_json(scan)} == {"note"}
    assert caplog.records == []


def test_a_long_refusal_stays_short(hostile: Path, tmp_path: Path) -> None:
    path = tmp_path / "many.rds"
    line = (hostile / "misplaced-promise.rds").read_bytes()
    path.write_bytes(line.replace(b"19\n1\n", b"19\n500\n") + line.split(b"19\n1\n")[1] * 499)
    with pytest.raises(ModelNotServable) as caught:
        admit(path, Trust())
    assert "and 195 more" in str(caught.value) and len(str(caught.value)) < 2_000


def test_a_damaged_file_is_named_with_its_damage(tmp_path: Path) -> None:
    path = tmp_path / "m.rds"
    path.write_bytes(b"X\n")
    with pytest.raises(ModelNotServable, match=r"^m\.rds cannot be read: it ends too soon$"):
        admit(path, Trust())
