"""The zoo of this session: the cases that were selected."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .zoo import Zoo

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def zoo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    ours = [item for item in request.session.items if item.path.is_relative_to(HERE)]
    items = [item for item in ours if isinstance(item, pytest.Function)]
    calls = [item.callspec for item in items if hasattr(item, "callspec")]
    names = [str(call.params["case"]) for call in calls if "case" in call.params]
    with Zoo(names, tmp_path_factory.mktemp("zoo")) as zoo:
        yield zoo
