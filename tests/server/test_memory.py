"""What a large model takes: once, shared by all workers, and nothing for having been loaded."""

from pathlib import Path

from benchmarks.procfs import pss_mib, tree
from tests.serving import MARATHON, Server, rscript, serving

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
