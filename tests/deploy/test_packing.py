"""Archives: what they hold, and that they are always the same bytes."""

import gzip
import io
import os
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.packing import digest_of, pack
from tests.serving import MARATHON


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "m.rds").write_bytes(bytes(range(256)) * 5000)
    (folder / "code" / "inference.R").write_text("NULL\n")
    (folder / ("long" * 40 + "ä.txt")).write_text("")
    for hidden in (".DS_Store", ".git/config"):
        (folder / hidden).write_text("x")
    return folder


def packed(path: Path, tmp_path: Path, name: str = "model.tar.gz") -> bytes:
    archive = tmp_path / name
    pack(path, archive)
    return archive.read_bytes()


def members(archive: bytes) -> dict[str, bytes]:
    """What the archive holds: regular files alone."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        assert all(member.isreg() for member in tar)
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def test_it_holds_the_files_and_no_hidden_ones(model: Path, tmp_path: Path) -> None:
    held = members(packed(model, tmp_path))
    assert list(held) == ["code/inference.R", "long" * 40 + "ä.txt", "m.rds"]
    assert held["m.rds"] == (model / "m.rds").read_bytes()


def test_the_same_files_are_the_same_bytes(model: Path, tmp_path: Path) -> None:
    before, digest = packed(model, tmp_path), digest_of(model)
    moved = model.rename(tmp_path / "other")
    (moved / "m.rds").chmod(0o600)
    os.utime(moved / "m.rds", (1, 1))
    assert packed(moved, tmp_path, "again.tar.gz") == before
    assert digest_of(moved) == digest


def test_other_contents_and_other_names_are_another_digest(model: Path) -> None:
    digests = {digest_of(model)}
    (model / "m.rds").write_bytes(b"y")
    digests.add(digest_of(model))
    (model / "m.rds").rename(model / "n.rds")
    digests.add(digest_of(model))
    assert len(digests) == 3


def test_the_digest_is_that_of_the_archive_within(tmp_path: Path) -> None:
    content = gzip.decompress(packed(MARATHON, tmp_path))
    assert sha256(content).hexdigest() == digest_of(MARATHON)


def test_a_link_to_a_file_is_packed_as_that_file(model: Path, tmp_path: Path) -> None:
    (model / "linked.rds").symlink_to(model / "m.rds")
    held = members(packed(model, tmp_path))
    assert held["linked.rds"] == held["m.rds"]


def test_a_model_file_alone(model: Path, tmp_path: Path) -> None:
    assert list(members(packed(model / "m.rds", tmp_path))) == ["m.rds"]


def test_a_file_that_cannot_be_read_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CannotDeploy, match=r"inference\.R cannot be read: Permission denied"):
        digest_of(model)


@pytest.mark.parametrize(
    ("target", "said"),
    [("code", "inner is a link to a folder"), ("nowhere", "inner is a link that leads nowhere")],
)
def test_what_cannot_be_packed_is_refused_by_name(model: Path, target: str, said: str) -> None:
    (model / "inner").symlink_to(model / target)
    with pytest.raises(CannotDeploy, match=said):
        digest_of(model)
