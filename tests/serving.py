"""Starts the real server on a real port, for tests; and makes models with a fresh Rscript."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
MARATHON = ROOT / "models" / "marathon"
ORIGINAL = ROOT.parent / "shared" / "original"
RECORD = {"hmtime": "1:30:20", "gender": "M"}


def rscript(code: str, folder: Path) -> str:
    """What a fresh R session prints for ``code``, run in ``folder``."""
    command = ["Rscript", "--vanilla", "-e", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A running ``rbridge serve``."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = log

    def invoke(self, body: Any, **headers: str) -> httpx.Response:
        """POST /invocations: bytes as they are, anything else as JSON."""
        url = self.url + "/invocations"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return httpx.post(url, content=body, headers=given, timeout=30)
        return httpx.post(url, json=body, headers=given, timeout=30)

    def ping(self) -> int:
        return httpx.get(self.url + "/ping", timeout=5).status_code

    def zygote(self) -> int:
        roles = ("zygote", "spare", "base")
        (pid,) = [pid for pid in children(self.process.pid) if role(pid) in roles]
        return pid

    def workers(self) -> list[int]:
        return [pid for pid in children(self.zygote()) if role(pid) == "worker"]

    def spares(self) -> list[int]:
        return [pid for pid in children(self.zygote()) if role(pid) == "spare"]

    def wait_for_spare(self) -> int:
        """The spare zygote, as soon as there is one."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with suppress(ValueError):  # one zygote takes the place of another
                if spares := self.spares():
                    return spares[0]
            time.sleep(0.02)
        raise AssertionError("there is no spare")

    def kill_zygote(self) -> None:
        """SIGKILL, and waits until it is gone: until then it looks like the one that serves."""
        pid = self.zygote()
        os.kill(pid, signal.SIGKILL)
        assert gone([pid], 10)

    def wait_until_ready(self, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.ping() == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError("not ready in time: " + self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal, waits, and returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(35)


def children(pid: int) -> list[int]:
    """Living (not zombie) children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(entry)
            if stat and stat[1] == pid and stat[0] != "Z":
                found.append(int(entry.name))
    return found


def role(pid: int) -> str:
    """What a process of ours calls itself: zygote, spare or worker; "" for others."""
    try:
        name = (Path("/proc") / str(pid) / "comm").read_text()
    except OSError:
        return ""
    return name.strip().removeprefix("rbridge-") if name.startswith("rbridge-") else ""


def is_reader(pid: int) -> bool:
    """True for the process that reads large and binary bodies."""
    try:
        return b"bridge.pool.reader" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _stat(process: Path) -> tuple[str, int] | None:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1])


def alive(pid: int) -> bool:
    stat = _stat(Path("/proc") / str(pid))
    return stat is not None and stat[0] != "Z"


def gone(pids: list[int], seconds: float = 3) -> bool:
    """True if none of the processes lives after so many seconds at most."""
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, pids))


def start(path: Path | None, folder: Path, *arguments: str, **environ: str) -> Server:
    """Starts the server; its log goes to ``folder``."""
    port = free_port()
    log = folder / f"server-{port}.log"
    command = [sys.executable, "-m", "bridge.cli", "serve", "--port", str(port), *arguments]
    if path is not None:
        command.append(str(path))
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=folder, env={**os.environ, **environ}
        )
    return Server(process, port, log)


@contextmanager
def serving(path: Path | None, folder: Path, *arguments: str, **environ: str) -> Iterator[Server]:
    """A ready server, stopped at the end."""
    server = start(path, folder, *arguments, **environ)
    try:
        server.wait_until_ready()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def refusal(path: Path, folder: Path) -> tuple[int, str]:
    """Exit status of a server that does not start, and what it said last."""
    server = start(path, folder)
    status = server.process.wait(20)
    text = re.sub(r"^\S+ \S+ ERROR \S+ \[\d+\] ", "", server.log.read_text(), flags=re.MULTILINE)
    return status, text
