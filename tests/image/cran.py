"""cran: a CRAN of two packages on this machine, which Debian has not: one in C, one that needs it.

``tinyroot`` needs a library of the system, which no image has, and a header of a package that
Debian has; ``tinyleaf`` has a class of models.
"""

import functools
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .engine import EngineError

ABOUT = """\
Package: {name}
Version: {version}
Title: A Package For A Test
Description: Is compiled for a test.
Author: Nobody
Maintainer: Nobody <nobody@example.com>
License: Apache License 2.0
{needs}
"""
FILES = {
    "tinyroot/DESCRIPTION": ABOUT.format(
        name="tinyroot", version="1.0.2", needs="LinkingTo: Rcpp\nNeedsCompilation: yes"
    ),
    "tinyroot/NAMESPACE": "useDynLib(tinyroot)\nexport(squared)\n",
    "tinyroot/R/squared.R": 'squared <- function(x) .Call("squared", x, PACKAGE = "tinyroot")\n',
    "tinyroot/src/Makevars": "PKG_LIBS = -ljansson\n",
    "tinyroot/src/squared.c": """\
#include <R.h>
#include <Rinternals.h>
#include <jansson.h>

SEXP squared(SEXP x) {
  json_t *held = json_real(REAL(x)[0]);
  double value = json_real_value(held);
  json_decref(held);
  return Rf_ScalarReal(value * value);
}
""",
    "tinyleaf/DESCRIPTION": ABOUT.format(
        name="tinyleaf", version="0.3-1", needs="Imports: tinyroot (>= 1.0), rpart (>= 4.0)"
    ),
    "tinyleaf/NAMESPACE": "export(leaf)\nimportFrom(stats, predict)\nS3method(predict, leaf)\n",
    "tinyleaf/R/leaf.R": """\
leaf <- function(by) structure(list(by = by), class = "leaf")
predict.leaf <- function(object, newdata, ...) {
  object$by * vapply(as.double(newdata$x), tinyroot::squared, 0)
}
""",
}
INDEX = 'tools::write_PACKAGES("src/contrib", type = "source")'


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Its address on the loopback interface; ``folder`` is empty."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    contrib = folder / "src" / "contrib"
    contrib.mkdir(parents=True)
    _run(["R", "CMD", "build", "../../tinyroot", "../../tinyleaf"], contrib)
    _run(["Rscript", "--vanilla", "-e", INDEX], folder)
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"{' '.join(command)}: {done.stderr}")
