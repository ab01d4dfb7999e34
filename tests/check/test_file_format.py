"""The first bytes of files that R itself wrote, in each way that it can."""

from pathlib import Path

import pytest

from bridge.check.file_format import FileFormat, read_format
from tests.serving import rscript

WRITE = """
x <- 1:10
save(x, file = "plain.RData", compress = FALSE)
save(x, file = "two.rda", version = 2)
save(x, file = "ascii.RData", ascii = TRUE, compress = FALSE)
save(x, file = "bzip2.RData", compress = "bzip2")
saveRDS(x, "gzip.rds")
saveRDS(x, "xz.rds", compress = "xz", version = 2)
saveRDS(x, "ascii.rds", ascii = TRUE)
con <- file("binary.rds", "wb")
invisible(serialize(x, con, xdr = FALSE))
close(con)
cat(as.character(getRversion()))
"""


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("written")
    return folder, rscript(WRITE, folder)


@pytest.mark.parametrize(
    ("name", "compression", "kind", "encoding", "version"),
    [
        ("plain.RData", "none", "workspace", "xdr", 3),
        ("two.rda", "gzip", "workspace", "xdr", 2),
        ("ascii.RData", "none", "workspace", "ascii", 3),
        ("bzip2.RData", "bzip2", "workspace", "xdr", 3),
        ("gzip.rds", "gzip", "object", "xdr", 3),
        ("xz.rds", "xz", "object", "xdr", 2),
        ("ascii.rds", "gzip", "object", "ascii", 3),
        ("binary.rds", "none", "object", "binary", 3),
    ],
)
def test_every_way_to_save(
    written: tuple[Path, str], name: str, compression: str, kind: str, encoding: str, version: int
) -> None:
    folder, r_version = written
    size = (folder / name).stat().st_size
    expected = FileFormat(name, size, compression, kind, encoding, version, r_version)
    assert read_format(folder / name) == expected


@pytest.mark.parametrize(
    "content", [b"", b"RDX3\n", b"RDX3\nX\n\0", b"RDA3\nA\n3\n", b"no R at all"]
)
def test_what_cannot_be_read_is_left_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.RData"
    path.write_bytes(content)
    found = read_format(path)
    assert (found.version, found.saved_by) == (0, "")
