"""More requests to the real server than it can answer in time."""

import asyncio
from collections import Counter
from pathlib import Path

from tests.serving import Server, rscript, serving

MODEL = 'm <- lm(y ~ x, data.frame(x = 1:9, y = 1:9)); saveRDS(m, "model.rds")'
HOOKS = "predict_fn <- function(newdata, model) {\n  Sys.sleep(0.03)\n  newdata$x\n}\n"
FIELD = 'merge = false\n[inputs.x]\ntype = "number"\n'
REQUEST = (
    b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b'Content-Type: application/json\r\nContent-Length: 8\r\n\r\n{"x": 1}'
)
REQUESTS = 150  # of which two workers answer some 60 in a second


def test_what_cannot_be_answered_in_time_costs_no_worker(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    rscript(MODEL, folder)
    (folder / "inference.R").write_text(HOOKS)
    (folder / "bridge.toml").write_text(FIELD)
    with serving(folder, tmp_path, "--workers", "2", "--deadline", "1") as server:
        first = asyncio.run(ask_at_once(server, REQUESTS))
        second = asyncio.run(ask_at_once(server, REQUESTS))
        killed = server.log.read_text().count("is killed")
    assert set(first) == {200, 504}
    # By now it is known how many may wait.
    assert set(second) >= {200, 503} and second[503] > second[504]
    # A few if the machine stops for as long as a call; else there is one for each that is late.
    assert killed <= 5


async def ask_at_once(server: Server, requests: int) -> Counter[int]:
    """The statuses."""
    return Counter(await asyncio.gather(*(ask(server) for _ in range(requests))))


async def ask(server: Server) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(REQUEST)
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1])
