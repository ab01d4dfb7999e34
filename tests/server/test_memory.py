"""What a large model takes: once, shared by all workers, and nothing for having been loaded."""

import time
from pathlib import Path

from benchmarks.procfs import pss_mib, tree
from tests.serving import MARATHON, RECORD, Server, rscript, serving

FIT = """
fit <- function(n) {
  d <- as.data.frame(matrix(runif(11 * n), n, dimnames = list(NULL, paste0("x", 1:11))))
  lm(x11 ~ ., d)
}
saveRDS(fit(3e5), "large.rds", compress = FALSE)
cat(file.size("large.rds") / 2^20)
"""


def taken(server: Server) -> float:
    return sum(map(pss_mib, tree(server.process.pid)))


def test_a_model_is_in_memory_once(tmp_path: Path) -> None:
    size = float(rscript(FIT, tmp_path))
    with serving(MARATHON, tmp_path, "--workers", "3") as server:
        small = taken(server)
    with serving(tmp_path / "large.rds", tmp_path, "--workers", "3") as server:
        record = {f"x{i}": 0.5 for i in range(1, 11)}
        assert server.invoke([record] * 3).status_code == 200
        assert taken(server) - small < 1.5 * size


def new_pages(pid: int) -> int:
    """How many pages a process has been given, or copied."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[7])


def test_calls_with_pauses_take_no_more_memory(tmp_path: Path) -> None:
    """Of themselves R's calls take 200 pages each, until it first collects its garbage."""
    with serving(MARATHON, tmp_path, "--workers", "1") as server:
        (worker,) = server.workers()
        for _ in range(3):
            server.invoke(RECORD)
            time.sleep(0.1)
        before = new_pages(worker)
        for _ in range(10):
            assert server.invoke(RECORD).status_code == 200
            time.sleep(0.1)
        assert new_pages(worker) - before < 1000


def test_parameters_are_not_kept(tmp_path: Path) -> None:
    """R frees them when it has a hundred MB to free."""
    (tmp_path / "bridge.toml").write_text("[parameters]\nnote = true\n")
    rscript('saveRDS(lm(dist ~ speed, cars), "cars.rds")', tmp_path)
    with serving(tmp_path, tmp_path, "--workers", "1") as server:
        (worker,) = server.workers()
        taken = []
        for number in range(150):
            asked = {"speed": 10, "parameters": {"note": f"{number:03}" * 500_000}}
            assert server.invoke(asked).status_code == 200
            taken.append(pss_mib(worker))
        assert taken[-1] < 200, taken[::20]
