"""A job without anything in it yet."""

from pathlib import Path

import pytest

from tests.train.jobs import Job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)
