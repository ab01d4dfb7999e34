"""Many models and clients, loads and evictions at random, as on a busy endpoint."""

from pathlib import Path

from tests.server.many_models import run
from tests.server.mme import endpoint, lines

MODELS = 10
ROOM = 140  # MiB: for some of them


def test_nobody_gets_the_answer_of_another_model(tmp_path: Path) -> None:
    lines(tmp_path, MODELS)
    with endpoint(tmp_path, tmp_path, memory=ROOM) as server:
        outcome = run(server, MODELS, clients=6, requests=14)
    assert outcome.wrong == []
    assert outcome.statuses[507] and outcome.statuses[404], "models were evicted"
    assert {status for status in outcome.statuses if status >= 500} == {507}
    assert outcome.processes_after == 0
    assert outcome.memory_after < outcome.memory_before + 8 * 1024
