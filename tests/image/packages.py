"""packages: images with R packages: of Debian, of CRAN, of none; and those of `rbridge image`."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import cran
from .asking import RBRIDGE, post, ready, stop
from .engine import MODEL, PLAIN, Container, Engine, EngineError, Start
from .places import ROOT
from .report import Report

PACKAGES = "randomForest mgcv tinyleaf"
WITH_PACKAGES, OF_FOREST = "packages", "forest"
TOOLS = "cc gcc g++ gfortran make apt-file"
FIND_TOOLS = f"for tool in {TOOLS}; do command -v $tool; done; ls -d /usr/include/R* || true"
# Fitted by the R of the image, which writes down what it predicts, as hexadecimal digits.
FIT = """
suppressPackageStartupMessages({library(randomForest); library(mgcv)})
set.seed(1)
dir.create("forest"); dir.create("gam"); dir.create("leaf")
forest <- randomForest(Sepal.Length ~ ., iris, ntree = 100)
gam <- gam(Sepal.Length ~ s(Sepal.Width) + te(Petal.Length, Petal.Width) + Species, data = iris)
leaf <- tinyleaf::leaf(1 / 3)
saveRDS(forest, "forest/model.rds")
saveRDS(gam, "gam/model.rds")
saveRDS(leaf, "leaf/model.rds")
writeLines(c('packages = ["tinyleaf"]', '[inputs.x]', 'type = "number"'), "leaf/bridge.toml")
rows <- list(forest = iris, gam = iris, leaf = data.frame(x = 1:150 / 8))
for (name in names(rows)) {
  told <- predict(get(name), rows[[name]])
  writeLines(sprintf("%a", as.vector(told)), file.path(name, "expected.txt"))
  write.csv(rows[[name]], file.path(name, "rows.csv"), row.names = FALSE)
}
"""


def check_packages(engine: Engine, port: int, report: Report) -> None:
    """The build-arg: Debian's packages, and one of CRAN with what that needs, compiled."""
    with (
        tempfile.TemporaryDirectory(prefix="rbridge-cran-") as folder,
        cran.serving(Path(folder)) as address,
    ):
        engine.build(ROOT, WITH_PACKAGES, {"R_PACKAGES": PACKAGES, "CRAN": address})
        report.check(f"an image with {PACKAGES} is built", True)
        _check_unknown(engine, address, report)
    tools = engine.output("sh", "-c", FIND_TOOLS, image=WITH_PACKAGES)
    report.equal("what compiled is not in it", tools, "")
    size = int(engine.output("du", "-sx", "--block-size=1MB", "/", image=WITH_PACKAGES).split()[0])
    report.tell(f"it takes {size} MB unpacked")
    with _fitted(engine) as models:
        for name in ("forest", "gam", "leaf"):
            _check_model(engine, port, models / name, WITH_PACKAGES, report)
        engine.made(models, WITH_PACKAGES, RBRIDGE, "verify", "forest", "forest/rows.csv")
        report.check("rbridge verify finds every bit of the forest in the image too", True)
        _check_written(engine, port, models / "forest", report)


def _check_unknown(engine: Engine, address: str, report: Report) -> None:
    try:
        engine.build(ROOT, "unknown", {"R_PACKAGES": "mgcv randomforrest", "CRAN": address})
        said = "it was built"
    except EngineError as error:
        said = str(error)
    told = "there is no R package randomforrest: neither Debian" in said
    report.check("a package that nobody has ends the build, by its name", told, said)


@contextmanager
def _fitted(engine: Engine) -> Iterator[Path]:
    """Folders of models, by the R of the image."""
    with tempfile.TemporaryDirectory(prefix="rbridge-models-") as folder:
        models = Path(folder)
        models.chmod(0o755)
        engine.made(models, WITH_PACKAGES, "Rscript", "--vanilla", "-e", FIT)
        yield models


def _check_model(engine: Engine, port: int, model: Path, image: str, report: Report) -> None:
    """Every prediction has the bits that R wrote down."""
    start = Start(("serve",), {MODEL: model}, alone=True, image=image)
    with ready(engine, start, port, report, f"with a {model.name} ({image})") as container:
        answer = post(port, (model / "rows.csv").read_bytes(), {"Content-Type": "text/csv"})
        expected = [float.fromhex(line) for line in (model / "expected.txt").read_text().split()]
        found = _predictions(*answer, container)
        different = sum(a != b for a, b in zip(found, expected, strict=True))
        name = f"{len(expected)} predictions of the {model.name} have the bits of R"
        report.check(name, different == 0, f"{different} differ")
        stop(container, report)


def _predictions(status: int, body: bytes, container: Container) -> list[float]:
    if status != 200:
        raise EngineError(f"status {status}: {body!r}\n{container.log()[-4000:]}")
    told = json.loads(body)
    return [float(value) for value in told["predictions"]]


def _check_written(engine: Engine, port: int, model: Path, report: Report) -> None:
    """`rbridge image --tag`: the base of this clone is there, and the forest is looked at."""
    tag = engine.tag(OF_FOREST)
    command = [sys.executable, "-m", "bridge.cli", "image", str(model)]
    command += ["--package", "randomForest", "--base", engine.tag(PLAIN), "--tag", tag]
    environment = {**os.environ, **engine.commands(), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr)[-4000:]
    report.check("rbridge image builds one for the forest", done.returncode == 0, said)
    report.check("which was asked in it", "/opt/ml/model can be served" in done.stdout, said)
    _check_model(engine, port, model, OF_FOREST, report)
