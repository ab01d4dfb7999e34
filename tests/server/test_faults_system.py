"""What befalls the machine or the server itself: full disks, no descriptors, models replaced."""

import ast
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving import ROOT, Server, children, gone, role, rscript, serving, start

OK = {"x": 10, "mode": "ok"}
CLOCKS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}


def until(what: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def processes(server: Server) -> list[int]:
    return [server.process.pid, server.zygote(), *children(server.zygote())]


def kill_zygotes(server: Server) -> None:
    until(server.spares)
    for pid in (*server.spares(), server.zygote()):
        os.kill(pid, signal.SIGKILL)


def test_as_many_hung_requests_as_workers_keep_no_other_waiting(
    tmp_path: Path, faulty_model: Path
) -> None:
    with (
        ThreadPoolExecutor(3) as pool,
        serving(faulty_model, tmp_path, "--workers", "2", "--drain", "0") as server,
    ):
        hung = [pool.submit(server.invoke, {"x": x, "mode": "loop"}) for x in (1, 2)]
        time.sleep(0.5)
        answers = [server.invoke(OK).status_code for _ in range(20)]
        assert not any(f.done() for f in hung)
        server.stop()
        assert answers == [200] * 20
        assert all(isinstance(f.exception(), httpx.TransportError) for f in hung)


@pytest.fixture
def copied(tmp_path: Path, faulty_model: Path) -> Path:
    """The faulty model, to be changed."""
    return Path(shutil.copytree(faulty_model, tmp_path / "model"))


def test_a_model_that_is_removed_is_served_until_r_must_start_anew(
    tmp_path: Path, copied: Path
) -> None:
    with serving(copied, tmp_path, "--workers", "1") as server:
        shutil.rmtree(copied)
        until(server.spares)
        os.kill(server.zygote(), signal.SIGKILL)
        assert server.invoke(OK).status_code == 200
        kill_zygotes(server)
        assert server.process.wait(20) == 2
        assert "there is no model at" in server.log.read_text()


def test_a_model_that_is_replaced_is_never_mixed_with_the_old(tmp_path: Path, copied: Path) -> None:
    with serving(copied, tmp_path, "--workers", "1") as server:
        before = server.invoke(OK).json()
        for file in copied.iterdir():
            file.unlink()
        rscript("saveRDS(lm(dist ~ speed, cars), 'other.rds')", copied)
        assert server.invoke(OK).json() == before
        kill_zygotes(server)
        assert server.process.wait(20) == 2
        assert "the model was replaced while it was served" in server.log.read_text()


def test_a_model_that_does_not_load_in_time_ends_the_server(tmp_path: Path) -> None:
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", tmp_path)
    (tmp_path / "inference.R").write_text("repeat NULL")
    server = start(tmp_path, tmp_path, "--load-seconds", "0.7")
    assert server.process.wait(20) == 2
    assert "the model was not loaded within 0.7 s" in server.log.read_text()


def test_workers_that_end_before_they_can_answer_end_the_server(
    tmp_path: Path, copied: Path
) -> None:
    """Not a loop of starts: it would go on for ever, and the platform would not know."""
    with (copied / "inference.R").open("a") as hooks:
        hooks.write("unlockBinding('set.seed', baseenv())\n")
        hooks.write("assign('set.seed', function(...) quit(save = 'no'), baseenv())\n")
    server = start(copied, tmp_path, "--workers", "1")
    assert server.process.wait(30) == 2
    assert "workers end before they can answer" in server.log.read_text()


def test_worn_workers_are_replaced_and_no_request_is_lost(
    tmp_path: Path, faulty_model: Path
) -> None:
    with serving(faulty_model, tmp_path, "--workers", "2", "--worker-requests", "5") as server:
        before = server.workers()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: server.invoke(OK).status_code, range(30)))
        assert answers == [200] * 30
        until(lambda: len(server.workers()) == 2)
        assert set(server.workers()) != set(before)


def test_a_full_disk_costs_only_what_writes(tmp_path: Path, faulty_model: Path) -> None:
    """No file may grow, of no process: nothing can be logged either."""
    with serving(faulty_model, tmp_path, "--workers", "2") as server:
        until(server.spares)
        for pid in processes(server):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        assert server.invoke({"x": 1, "mode": "write"}).status_code == 500
        assert server.invoke(OK).status_code == 200
        before = server.workers()
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        assert server.invoke(OK).status_code == 200
        os.kill(server.zygote(), signal.SIGKILL)
        assert server.invoke(OK).status_code == 200


def test_without_descriptors_those_who_are_connected_are_served(
    tmp_path: Path, faulty_model: Path
) -> None:
    with serving(faulty_model, tmp_path, "--workers", "2") as server:
        pid = server.process.pid
        with httpx.Client(base_url=server.url, timeout=20) as client:
            assert client.get("/ping").status_code == 200
            limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, limits[1]))
            others = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(30)]
            for worker in server.workers():
                os.kill(worker, signal.SIGKILL)
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(client.post, "/invocations", json=OK)
                until(lambda: "no worker can be started" in server.log.read_text())
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
                assert waiting.result().status_code == 200
            for other in others:
                other.close()
        assert server.invoke(OK).status_code == 200


def test_a_second_server_on_the_port_ends_and_the_first_goes_on(
    tmp_path: Path, faulty_model: Path
) -> None:
    with serving(faulty_model, tmp_path) as first:
        second = start(faulty_model, tmp_path, "--port", str(first.port))
        assert second.process.wait(20) != 0
        assert "address already in use" in second.log.read_text()
        assert first.invoke(OK).status_code == 200


def test_folders_of_killed_servers_are_removed_and_no_others(
    tmp_path: Path, faulty_model: Path
) -> None:
    environ = {"TMPDIR": str(tmp_path)}
    (tmp_path / "rbridge-none-of-ours").mkdir()
    with serving(faulty_model, tmp_path, **environ) as living:
        (kept,) = tmp_path.glob("rbridge-*/lock")
        with serving(faulty_model, tmp_path, **environ) as killed:
            left = processes(killed)
            killed.stop(signal.SIGKILL)
            assert gone(left)
        assert len(list(tmp_path.glob("rbridge-*/lock"))) == 2
        with serving(faulty_model, tmp_path, **environ):
            folders = list(tmp_path.glob("rbridge-*/lock"))
            assert kept in folders and len(folders) == 2
        assert living.invoke(OK).status_code == 200
    assert [path.name for path in tmp_path.glob("rbridge-*")] == ["rbridge-none-of-ours"]


def test_sigkill_under_load_leaves_no_process(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path, "--workers", "2") as server:
        until(server.spares)
        left = processes(server)
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(server.invoke, {"x": x, "mode": "loop"}) for x in range(4)]
            time.sleep(0.3)
            server.stop(signal.SIGKILL)
            assert len(left) == 5 and gone(left, 2)
            assert all(isinstance(f.exception(), httpx.TransportError) for f in asked)


def test_sigterm_under_load_loses_no_request(tmp_path: Path, faulty_model: Path) -> None:
    """64 clients send one request after the other until they are told that it was the last."""
    body = json.dumps(OK).encode()
    request = b"POST /invocations HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n%s"
    lost: list[bytes] = []
    answered: list[int] = []

    def client() -> None:
        count, reply = 0, b""
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            while b"connection: close" not in reply:
                try:
                    connection.sendall(request % (len(body), body))
                    reply = connection.recv(65536)
                except OSError as error:
                    reply = repr(error).encode()
                if not reply.startswith(b"HTTP/1.1 200"):
                    lost.append(reply)
                    return
                count += 1
        answered.append(count)

    with serving(faulty_model, tmp_path, "--workers", "2") as server:
        clients = [threading.Thread(target=client) for _ in range(64)]
        for thread in clients:
            thread.start()
        time.sleep(1)
        assert server.stop() == 0
        for thread in clients:
            thread.join()
    assert lost == [] and len(answered) == 64


def as_pid_1() -> list[str]:
    """A command's prefix that makes it PID 1; none where no machine in the machine may be."""
    prefix = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if shutil.which("unshare") is None:
        return []
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return [] if tried.returncode else prefix


def test_as_pid_1_it_stops_on_sigterm_and_buries_orphans(
    tmp_path: Path, faulty_model: Path
) -> None:
    """Which it does as any other process too: it adopts what it started in any case."""
    log = tmp_path / "log"
    arguments = ("-m", "bridge.cli", "serve", "--port", "0", str(faulty_model))
    with log.open("wb") as out:
        prefix = as_pid_1()
        command = [*prefix, sys.executable, *arguments]
        outer = subprocess.Popen(command, stdout=out, stderr=out, cwd=tmp_path)
    until(lambda: "ready: x" in log.read_text(), 30)
    (first,) = children(outer.pid) if prefix else (outer.pid,)
    until(lambda: any(role(pid) == "zygote" for pid in children(first)))
    (zygote,) = (pid for pid in children(first) if role(pid) == "zygote")
    until(lambda: any(role(pid) == "spare" for pid in children(zygote)))
    os.kill(zygote, signal.SIGKILL)
    until(lambda: not any("Z" in state(pid) for pid in descendants(first)))
    os.kill(first, signal.SIGTERM)
    assert outer.wait(20) == 0


def descendants(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [below for child in listed for below in (int(child), *descendants(int(child)))]


def state(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    return ""


def test_no_clock_that_can_be_set_decides_anything() -> None:
    """Only ``verify`` reads one, for the date of its certificate."""
    used = {}
    for file in (ROOT / "bridge").rglob("*.py"):
        calls = (n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Attribute))
        if found := CLOCKS & {ast.unparse(call) for call in calls}:
            used[str(file.relative_to(ROOT))] = found
    assert used == {"bridge/verify/run.py": {"datetime.now"}}
