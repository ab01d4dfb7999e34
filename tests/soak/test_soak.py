"""A short run of ``scripts/soak``, and that its judges would find what is wrong."""

import json
from collections.abc import Iterator

import pytest

from tests.serving import Server, serving
from tests.soak import bodies, memory
from tests.soak.asking import Answered
from tests.soak.model import JSON, RECORDS, Sent, make_model, requests
from tests.soak.oracle import judged

Soaked = tuple[Server, dict[str, float]]


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soaked]:
    folder = tmp_path_factory.mktemp("soak")
    coefficients = make_model(folder)
    with serving(folder / "fit.rds", folder) as server:
        yield server, coefficients


def test_damaged_bodies_get_an_answer_or_a_reason_and_kill_nobody(soaked: Soaked) -> None:
    outcome = bodies.run(*soaked, count=4000, seed=1)
    assert outcome.bad == []
    assert outcome.statuses.keys() >= {200, 400, 422} and outcome.judged > 0


def test_good_requests_are_answered_rightly(soaked: Soaked) -> None:
    usage = memory.run(*soaked, count=memory.BLOCK, seed=1)
    assert usage.wrong == 0
    assert usage.told[0][0] == memory.BLOCK and usage.told[0][1] > 0


def test_the_same_seed_gives_the_same_bodies() -> None:
    first, again, other = (bodies.mutants(seed) for seed in (1, 1, 2))
    assert [next(first) for _ in range(50)] == [next(again) for _ in range(50)]
    assert next(first) != next(other)


COEFFICIENTS = {"(Intercept)": 1.0, "x": 2, "n": 3, "gb": 4, "gé": 5, "bTRUE": 6, "day": 0}


@pytest.mark.parametrize(
    ("record", "told", "right"),
    [
        (RECORDS[0], 1 + 2 * 0.25 + 3 * 7 + 6, True),
        (RECORDS[1], 1 - 2e-3 + 5, True),
        (RECORDS[1], 1 - 2e-3, False),
        (RECORDS[0] | {"x": None}, None, True),
        (RECORDS[0] | {"x": None}, 28.5, False),
        (RECORDS[0] | {"x": "0.25"}, 28.5, False),
        (RECORDS[0] | {"g": "c"}, 28.5, False),
        ({"x": 1}, 28.5, None),
    ],
)
def test_an_answer_is_judged(record: object, told: float | None, right: bool | None) -> None:
    answer = json.dumps({"predictions": [told]}).encode()
    assert judged(json.dumps(record).encode(), answer, COEFFICIENTS) is right


@pytest.mark.parametrize(
    ("status", "body", "is_bad"),
    [
        (422, b'{"error":{"message":"x"}}', False),
        (422, b"", True),
        (422, b'{"error":{"message":"' + b"x" * 3000, True),
        (500, b'{"error":{"message":"x"}}', True),
        (0, b"closed", True),
        (200, b'{"predictions":[0]}', True),
    ],
)
def test_what_no_body_should_get_is_found(status: int, body: bytes, is_bad: bool) -> None:
    outcome = bodies.Outcome(COEFFICIENTS)
    outcome.note(Answered(Sent("/invocations", JSON, "", requests()[0].body), status, body))
    assert bool(outcome.bad) is is_bad
