"""One moto for all tests, emptied before each; one server of the demo."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bridge.deploy.aws import Aws
from tests.deploy.cloud import Cloud, running
from tests.deploy.runs import Run
from tests.serving import MARATHON, Server, serving


@pytest.fixture(scope="session")
def moto() -> Iterator[Cloud]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with running() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What answers in the place of the endpoint."""
    with serving(MARATHON, tmp_path_factory.mktemp("container"), "--workers", "1") as server:
        yield server


@pytest.fixture(scope="session")
def environ(moto: Cloud, container: Server) -> dict[str, str]:
    """By which boto3 finds them both."""
    return {**moto.environ(), "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": container.url}


@pytest.fixture(scope="session")
def aws(environ: dict[str, str]) -> Iterator[Aws]:
    """Its clients, which take a while to be made, are shared."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        yield Aws()


@pytest.fixture
def cloud(moto: Cloud) -> Cloud:
    httpx.post(moto.url + "/moto-api/reset", timeout=30).raise_for_status()
    return moto


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, with the first and the last of its golden requests."""
    folder = tmp_path_factory.mktemp("models") / "marathon"
    shutil.copytree(MARATHON, folder)
    lines = (MARATHON / "golden.jsonl").read_text().splitlines()
    (folder / "golden.jsonl").write_text(f"{lines[0]}\n{lines[-1]}\n")
    return folder


@pytest.fixture
def run(cloud: Cloud, aws: Aws, model: Path) -> Run:
    """Against an empty cloud."""
    return Run(aws, model)
