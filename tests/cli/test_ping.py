"""rbridge ping, the health check of the image; and what rbridge tells of itself."""

import json
import os
import platform
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from bridge import __version__
from tests.serving import MARATHON, free_port, rscript, serving


def rbridge(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bridge.cli", *arguments]
    environment = {**os.environ, **environ}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_a_ping_asks_where_the_environment_says(tmp_path: Path) -> None:
    with serving(MARATHON, tmp_path) as server:
        port = str(server.port)
        for name in ("RBRIDGE_PORT", "SAGEMAKER_BIND_TO_PORT", "AIP_HTTP_PORT"):
            done = rbridge("ping", **{name: port})
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        elsewhere = rbridge("ping", RBRIDGE_PORT=port, RBRIDGE_HOST="127.0.0.1")
        assert elsewhere.returncode == 0
    gone = rbridge("ping", RBRIDGE_PORT=port)
    assert gone.returncode == 1 and "refused" in gone.stderr


def test_a_ping_that_cannot_be_sent_is_no_other_status() -> None:
    done = rbridge("ping", RBRIDGE_PORT="none")
    assert done.returncode == 1
    assert done.stderr == "rbridge: RBRIDGE_PORT=none is not a whole number\n"
    closed = rbridge("ping", RBRIDGE_PORT=str(free_port()))
    assert closed.returncode == 1


def test_something_else_that_listens_there_is_told() -> None:
    def greet() -> None:
        with listener.accept()[0] as client:
            client.recv(1024)
            client.sendall(b"220 mail.example.com ready\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        port = listener.getsockname()[1]
        done = rbridge("ping", RBRIDGE_PORT=str(port))
        thread.join()
    assert done.returncode == 1
    assert f"what listens on port {port} does not speak HTTP" in done.stderr


def test_all_versions(tmp_path: Path) -> None:
    text = rbridge("--version", "--all").stdout
    r_version = rscript("cat(as.character(getRversion()))", tmp_path)
    lines = text.splitlines()
    assert lines[0] == f"rbridge {__version__}"
    assert any(line.startswith(f"R {r_version}, with the BLAS ") for line in lines)
    assert f"  base {r_version}" in lines
    assert f"Python {platform.python_version()}" in lines
    assert f"  numpy {np.__version__}" in lines


def test_all_versions_for_machines() -> None:
    told = json.loads(rbridge("--version", "--all", "--json").stdout)
    assert told["rbridge"] == __version__
    assert told["r"]["packages"]["stats"] == told["r"]["version"]
    assert told["python"]["packages"]["numpy"] == np.__version__
    assert told["machine"] == platform.machine()
    assert set(told) == {"rbridge", "system", "release", "machine", "blas", "python", "r"}


def test_versions_where_there_is_no_r() -> None:
    told = rbridge("--version", "--all", PATH="/nowhere").stdout
    assert "\nR is not installed\n" in told


def test_all_goes_with_version() -> None:
    for wrong in (("--all",), ("--version", "--json"), ("--all", "ping")):
        done = rbridge(*wrong)
        assert done.returncode == 2
        assert "--all goes with --version, and --json with --all" in done.stderr


def test_without_a_command_there_is_help() -> None:
    assert "Usage: " in (rbridge().stdout + rbridge().stderr)
