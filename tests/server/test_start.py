"""Starting and stopping: what cannot be served is refused, with the reason and the cure."""

import contextlib
import signal
import socket
import threading
import time
from pathlib import Path

import httpx

from tests.serving import (
    MARATHON,
    RECORD,
    Server,
    alive,
    gone,
    refusal,
    rscript,
    serving,
    start,
)


def test_two_models_in_a_file(tmp_path: Path) -> None:
    rscript(
        "a <- lm(dist ~ speed, cars); b <- glm(am ~ wt, binomial, mtcars); other <- 1:3;"
        "save(a, b, other, file = 'two.RData')",
        tmp_path,
    )
    status, text = refusal(tmp_path, tmp_path)
    assert status == 2
    assert "the file holds 2 models: a (lm), b (glm/lm)" in text
    assert 'object = "a"' in text
    (tmp_path / "bridge.toml").write_text('object = "b"')
    with serving(tmp_path, tmp_path) as server:
        assert server.invoke({"wt": 3.0}).status_code == 200


def test_no_model_in_the_file(tmp_path: Path) -> None:
    rscript("clusters <- kmeans(cars, 2); save(clusters, file = 'none.RData')", tmp_path)
    status, text = refusal(tmp_path, tmp_path)
    assert status == 2
    assert "no object of the file has a predict method: it holds clusters (kmeans)" in text


def test_a_damaged_file(tmp_path: Path) -> None:
    data = bytearray((MARATHON / "model.RData").read_bytes())
    del data[len(data) // 2 :]
    (tmp_path / "cut.RData").write_bytes(data)
    status, text = refusal(tmp_path, tmp_path)
    assert status == 2
    assert "cut.RData cannot be read" in text
    assert "Traceback" not in text


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "large.rds").write_bytes(b"x" * (3 << 20))
    server = start(tmp_path, tmp_path, "--max-model-mb", "2")
    assert server.process.wait(20) == 2
    assert "rbridge: large.rds has 3.0 MiB; the setting max_model_mb" in server.log.read_text()


def test_nothing_there(tmp_path: Path) -> None:
    status, text = refusal(tmp_path / "nowhere", tmp_path)
    assert (status, "there is no model at" in text) == (2, True)
    empty = tmp_path / "empty"
    empty.mkdir()
    status, text = refusal(empty, tmp_path)
    assert (status, "holds no .RData, .rda or .rds file" in text) == (2, True)


def test_a_hook_file_that_fails(tmp_path: Path) -> None:
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", tmp_path)
    (tmp_path / "inference.R").write_text("library(notInstalledAnywhere)")
    status, text = refusal(tmp_path, tmp_path)
    assert status == 2
    assert "inference.R stops with an error: there is no package called" in text


def test_model_fn_makes_the_model(tmp_path: Path) -> None:
    model = tmp_path / "model" / "code"
    model.mkdir(parents=True)
    (model / "inference.R").write_text(
        "model_fn <- function(model_dir) {\n"
        "  stopifnot(dir.exists(file.path(model_dir, 'code')))\n"
        "  list(model = lm(dist ~ speed, cars), factor_levels = NULL)\n}\n"
    )
    with serving(model.parent, tmp_path) as server:
        assert server.invoke({"speed": 10}).status_code == 200


def test_ping_says_503_until_a_worker_can_answer(tmp_path: Path, faulty_model: Path) -> None:
    server = start(faulty_model, tmp_path)
    try:
        seen = set()
        while 200 not in seen:
            assert server.process.poll() is None
            with contextlib.suppress(httpx.TransportError):
                seen.add(server.ping())
        assert seen <= {200, 503}
    finally:
        assert server.stop() == 0


def test_the_demo_is_served_where_the_model_folder_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    environ = {"RBRIDGE_MODEL": str(tmp_path / "empty"), "RBRIDGE_DEMO_MODEL": str(MARATHON)}
    with serving(None, tmp_path, **environ) as server:
        assert server.invoke(RECORD).json() == {"marathon_time": ["03:23:30"]}


def test_sigterm_finishes_what_is_in_flight_and_leaves_nothing(
    tmp_path: Path, faulty_model: Path
) -> None:
    with serving(faulty_model, tmp_path, "--workers", "2") as server:
        processes = [server.zygote(), *server.workers()]
        replies: list[httpx.Response] = []
        slow = {"x": 10, "mode": "slow"}
        client = threading.Thread(target=lambda: replies.append(server.invoke(slow)))
        client.start()
        time.sleep(0.3)
        assert server.stop() == 0
        client.join()
        assert replies[0].status_code == 200
        assert gone(processes)


def test_sigterm_while_starting(tmp_path: Path, faulty_model: Path) -> None:
    for pause in (0.3, 0.5, 0.8):
        server = start(faulty_model, tmp_path)
        time.sleep(pause)
        assert server.stop() == 0


def test_sigint_stops_too(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path) as server:
        assert server.stop(signal.SIGINT) == 0


def test_a_killed_server_leaves_no_process(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path) as server:
        processes = [server.zygote(), *server.workers()]
        server.stop(signal.SIGKILL)
        assert gone(processes)


def test_a_port_in_use_is_said(tmp_path: Path, faulty_model: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = start(faulty_model, tmp_path, "--port", str(port))
        assert server.process.wait(20) != 0
        assert "address already in use" in server.log.read_text()


def test_nothing_is_written_beside_the_model(tmp_path: Path, faulty_model: Path) -> None:
    before = sorted(faulty_model.iterdir())
    with serving(faulty_model, tmp_path) as server:
        server.invoke({"x": 1, "mode": "ok"})
        assert alive(server.zygote())
    assert sorted(faulty_model.iterdir()) == before


def test_temporary_files_are_removed(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path, TMPDIR=str(tmp_path)) as server:
        assert list(tmp_path.glob("rbridge-*"))
        assert server.stop() == 0
    assert not list(tmp_path.glob("rbridge-*"))


def test_a_relative_path(tmp_path: Path) -> None:
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", tmp_path)
    with serving(Path("cars.rds"), tmp_path) as server:
        assert isinstance(server, Server)
        assert server.invoke({"speed": 10}).status_code == 200


def test_what_is_forked_from_has_one_thread(tmp_path: Path) -> None:
    with serving(MARATHON, tmp_path, "--workers", "2") as server:
        processes = [server.zygote(), server.wait_for_spare(), *server.workers()]
        threads = [len([*Path(f"/proc/{pid}/task").iterdir()]) for pid in processes]
        assert threads == [1] * 4
