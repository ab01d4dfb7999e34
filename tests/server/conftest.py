"""Servers that several tests share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faulty import make_faulty_model
from tests.serving import MARATHON, ORIGINAL, Server, serving


@pytest.fixture(scope="session")
def marathon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo model."""
    with serving(MARATHON, tmp_path_factory.mktemp("marathon"), "--workers", "2") as server:
        yield server


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The original model file, with the demo's hooks."""
    folder = tmp_path_factory.mktemp("original")
    model = folder / "model"
    model.mkdir()
    shutil.copy(ORIGINAL / "marathon_model.RData", model)
    for name in ("inference.R", "bridge.toml"):
        shutil.copy(MARATHON / name, model)
    shutil.copy(ORIGINAL / "golden.jsonl", model)
    with serving(model, folder) as server:
        yield server


@pytest.fixture(scope="session")
def faulty_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An lm of y on x whose hook misbehaves as the field ``mode`` says."""
    model = tmp_path_factory.mktemp("faulty")
    make_faulty_model(model, tmp_path_factory.mktemp("library"))
    return model
