"""Temporary folders: ours while we live, anybody's to remove once we are gone."""

import tempfile
from pathlib import Path

import pytest

from bridge.pool.scratch import LOCK, Scratch, remove_abandoned


@pytest.fixture(autouse=True)
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def abandoned(top: Path, name: str) -> Path:
    folder = top / name
    folder.mkdir()
    (folder / LOCK).touch()
    (folder / "file").write_text("left behind")
    return folder


def test_a_living_folder_is_kept_and_an_abandoned_one_removed(top: Path) -> None:
    old = abandoned(top, "rbridge-old")
    scratch = Scratch()
    assert not old.exists()
    remove_abandoned()
    assert Path(scratch.path).is_dir()
    scratch.remove()
    scratch.remove()
    assert list(top.iterdir()) == []


def test_what_only_looks_like_ours_is_kept(top: Path) -> None:
    (top / "rbridge-without-lock").mkdir()
    (top / "rbridge-file").touch()
    target = abandoned(top, "other")
    (top / "rbridge-link").symlink_to(target)
    remove_abandoned()
    assert len(list(top.iterdir())) == 4 and (target / "file").exists()


def test_a_lock_that_is_a_link_is_not_followed(top: Path) -> None:
    folder = abandoned(top, "rbridge-linked")
    (folder / LOCK).unlink()
    (folder / LOCK).symlink_to(top / "elsewhere")
    remove_abandoned()
    assert (folder / "file").exists()
