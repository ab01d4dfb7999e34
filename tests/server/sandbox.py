"""A model whose hooks evaluate what they are sent, so that tests see what R can do."""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from tests.serving import Server, free_port

HOOKS = """
model_fn <- function(model_dir) list(model = lm(dist ~ speed, cars))
told <- function(code) {
  value <- tryCatch(eval(parse(text = code), globalenv()),
                    error = function(e) paste("error:", conditionMessage(e)),
                    warning = function(w) paste("warning:", conditionMessage(w)))
  paste(value, collapse = "\\n")
}
predict_fn <- function(newdata, model) vapply(newdata$code, told, "", USE.NAMES = FALSE)
"""
TOML = '[inputs.code]\ntype = "string"\n'
# A server that is refused the system call of its first argument.
REFUSED = """
import sys
from bridge.cli import main
from bridge.pool import seccomp
seccomp.refuse([sys.argv.pop(1)])
main()
"""


def evaluator(folder: Path) -> Path:
    """Makes ``folder`` such a model."""
    folder.mkdir(parents=True)
    (folder / "inference.R").write_text(HOOKS)
    (folder / "bridge.toml").write_text(TOML)
    return folder


def evaluate(server: Server, code: str, path: str = "/invocations") -> str:
    """What the R code gives; a condition's message after "error:" or "warning:"."""
    reply = httpx.post(server.url + path, json={"code": code}, timeout=30)
    assert reply.status_code == 200, reply.text
    text: str = reply.json()["predictions"][0]
    return text


def start_without(call: str, model: Path, folder: Path, **environ: str) -> Server:
    """Starts a server whose system calls of this name are refused."""
    port = free_port()
    log = folder / "server.log"
    command = [sys.executable, "-c", REFUSED, call, "serve", "--port", str(port), str(model)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **environ})
    return Server(process, port, log)
