"""docs/coming-from.md: its code does what it says, and what it names is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import ROOT, Server, rscript, serving

PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
PLUMBER, HOOK, _ = re.findall(r"```r\n(.*?)```", PAGE, re.DOTALL)
(TOML,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
FIT = 'fit <- lm(len ~ dose * supp, data = ToothGrowth); dir.create("tooth")\n'
CUT = 'fit$call <- quote(dummy_call()); class(fit) <- c("butchered_lm", "lm")\n'
PIN = 'pin <- list(model = fit, prototype = ToothGrowth[0, c("dose", "supp")])\n'
BODIES: list[Any] = [
    {"dose": 1.5, "supp": "OJ"},
    [{"dose": 0.5, "supp": "VC"}, {"dose": 2, "supp": "OJ"}],
    {"dose": [0.5, 2], "supp": ["OJ", "VC"]},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as plumber and as the server want it, and a pin of it that was cut down."""
    folder = tmp_path_factory.mktemp("coming")
    save = 'saveRDS(fit, "tooth/model.rds")\n'
    rscript(f'{FIT}{save}{CUT}{PIN}dir.create("pin"); saveRDS(pin, "pin/pinned.rds")', folder)
    (folder / "tooth" / "inference.R").write_text(HOOK)
    (folder / "pin" / "bridge.toml").write_text(TOML)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder / "tooth", folder, "--workers", "1") as server:
        yield server


def test_the_hook_answers_as_the_plumber_function(folder: Path, server: Server) -> None:
    (folder / "plumber.R").write_text(PLUMBER)
    (folder / "bodies").write_text("\n".join(map(json.dumps, BODIES)) + "\n")
    code = (
        'answer <- source("plumber.R")$value\n'
        'for (body in readLines("bodies")) {\n'
        "  writeLines(jsonlite::toJSON(answer(list(postBody = body))))\n}"
    )
    expected = [json.loads(line) for line in rscript(code, folder).splitlines()]
    assert [server.invoke(body).json() for body in BODIES] == expected
    assert server.invoke({"dose": 1, "supp": "oj"}).status_code == 422


def test_a_pin_is_served_and_answers_in_records(folder: Path, tmp_path: Path) -> None:
    with serving(folder / "pin", tmp_path, "--workers", "1") as server:
        told = server.invoke(BODIES[0], accept="application/json; layout=records").json()
    expected = rscript(
        'fit <- readRDS("tooth/model.rds")\n'
        'cat(sprintf("%.17g", predict(fit, data.frame(dose = 1.5, supp = "OJ"))))',
        folder,
    )
    assert told == [{"prediction": float(expected)}]


def test_what_is_named_is_there() -> None:
    pages = re.findall(r"\]\(([\w.-]+\.md)\)", PAGE)
    files = re.findall(r"`(models/[\w./]+)`", PAGE)
    assert len(pages) > 8 and len(files) == 2
    assert [name for name in pages if not (ROOT / "docs" / name).is_file()] == []
    assert [name for name in files if not (ROOT / name).exists()] == []
