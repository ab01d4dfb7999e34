"""faulty: a model whose hook misbehaves as a field of the request says, in R and in C."""

import subprocess
from pathlib import Path

from tests.serving import rscript

# What model code can do to its process from C; a socket is the one to the server.
FAULTS = """
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_socket(int fd) {
  struct stat s;
  return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}
void fault_spin(void) { for (volatile int i = 0;; i++); }
void fault_garble(void) {
  char garbage[4096];
  for (int i = 0; i < 4096; i++) garbage[i] = (char)0xff;
  for (int fd = 3; fd < 256; fd++)
    if (is_socket(fd) && write(fd, garbage, sizeof garbage) < 0) abort();
}
void fault_close(void) {
  for (int fd = 3; fd < 256; fd++) if (is_socket(fd)) shutdown(fd, SHUT_RDWR);
}
void fault_exit(void) { exit(0); }
void fault_freeze(void) { raise(SIGSTOP); }
void fault_orphan(void) {
  if (fork() == 0) for (;;) pause();
  raise(SIGKILL);
}
void fault_null(void) { *(volatile int *)0 = 1; }
void fault_descriptors(void) { while (dup(0) >= 0); }
"""
IN_C = ("spin", "garble", "close", "exit", "freeze", "orphan", "null", "descriptors")
FAULTY_HOOKS = """
dyn.load("LIBRARY")
input_fn <- function(newdata) {
  for (fault in intersect(newdata$mode, c(IN_C))) .C(paste0("fault_", fault))
  if (any(newdata$mode == "vast")) numeric(1e12)
  if (any(newdata$mode == "greedy")) {
    taken <- list()
    repeat taken[[length(taken) + 1]] <- numeric(4e6)
  }
  if (any(newdata$mode == "tempdir")) writeLines("x", tempfile())
  if (any(newdata$mode == "write")) {
    file <- file(tempfile(), "wb")
    on.exit(close(file))
    writeBin(raw(1e6), file)
    flush(file)
    stopifnot(file.size(summary(file)$description) == 1e6)
  }
  if (any(newdata$mode == "tell")) message("R was asked for ", newdata$x)
  if (any(newdata$mode == "loop")) repeat NULL
  if (any(newdata$mode == "slow")) Sys.sleep(0.7)
  if (any(newdata$mode == "stop")) stop("cannot read /etc/secret/key.pem")
  if (any(newdata$mode == "quit")) quit(save = "no", status = 3)
  if (any(newdata$mode == "segv")) tools::pskill(Sys.getpid(), 11)
  if (any(newdata$mode == "deep")) (function(n) sys.function()(n + 1))(1)
  if (any(newdata$mode == "short")) return(newdata[-1, , drop = FALSE])
  reject("mode must not be bad", rows = newdata$mode %in% "bad", field = "mode")
  newdata
}
"""
FAULTY_TOML = """
merge = true
[inputs.x]
type = "number"
[inputs.mode]
type = "string"
"""


def make_faulty_model(model: Path, library: Path) -> None:
    """An lm of y on x in the folder ``model``; what is compiled goes into ``library``."""
    rscript(
        "m <- lm(y ~ x, data.frame(x = cars$speed, y = cars$dist)); save(m, file = 'm.RData')",
        model,
    )
    compiled = library / "faults.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(compiled)]
    subprocess.run(command, input=FAULTS, text=True, check=True)
    faults = ", ".join(f'"{fault}"' for fault in IN_C)
    hooks = FAULTY_HOOKS.replace("LIBRARY", str(compiled)).replace("IN_C", faults)
    (model / "inference.R").write_text(hooks)
    (model / "bridge.toml").write_text(FAULTY_TOML)
    (model / "golden.jsonl").write_text('{"request": {"x": 1, "mode": "ok"}, "status": 200}')
