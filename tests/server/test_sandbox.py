"""What R may do: real workers try it, asked by hooks, while the server holds secrets."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.pool.landlock import version
from tests.server.mme import Endpoint, endpoint
from tests.server.sandbox import evaluate, evaluator, start_without
from tests.serving import Server, children, serving

SECRETS = {"AWS_SECRET_ACCESS_KEY": "sesame", "RBRIDGE_R_ENVIRONMENT": "COUNTRY, MY_*"}
SEEN = {"COUNTRY": "Norway", "MY_LIMIT": "7", "MYSELF": "unseen", "OMP_SCHEDULE": "static"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evaluator(tmp_path_factory.mktemp("evaluator") / "e" / "model")


@pytest.fixture(scope="module")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("log")
    with serving(model, folder, "--workers", "2", **SECRETS, **SEEN) as running:
        yield running


@pytest.fixture(scope="module")
def many(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The same model, twice in a multi-model endpoint."""
    with endpoint(model.parents[1], tmp_path_factory.mktemp("log")) as running:
        for name in ("one", "two"):
            assert running.load(name, str(model)).status_code == 200
        yield running


@pytest.fixture(scope="module")
def here() -> dict[str, Any]:
    return tried("nothing")


@pytest.fixture(scope="module")
def landlock(here: dict[str, Any]) -> bool:
    """True if this kernel has it; what is shown is that R is held back just then."""
    return not here["landlock"]


@pytest.fixture(scope="module")
def signals(landlock: bool) -> bool:
    """True from Linux 6.12 on."""
    return landlock and version() >= 6


@pytest.fixture(scope="module")
def seccomp(here: dict[str, Any]) -> bool:
    return not here["seccomp"]


def tried(may: str) -> dict[str, Any]:
    """What ``rbridge check --sandbox`` tells of this machine."""
    code = (
        "import dataclasses, json; from bridge.check.sandbox import try_out;"
        "print(json.dumps(dataclasses.asdict(try_out())))"
    )
    environ = {**os.environ, "RBRIDGE_R_MAY": may}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environ, capture_output=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_r_sees_what_it_needs_of_the_environment(server: Server) -> None:
    names = evaluate(server, "names(Sys.getenv())").split("\n")
    assert {"PATH", "COUNTRY", "MY_LIMIT", "OMP_SCHEDULE", "R_HOME"} <= set(names)
    assert not {"AWS_SECRET_ACCESS_KEY", "MYSELF", "RBRIDGE_R_ENVIRONMENT"} & set(names)
    everything = evaluate(server, "c(Sys.getenv(), system('env', intern = TRUE))")
    assert "Norway" in everything
    assert "sesame" not in everything


def test_r_sees_no_secret_of_the_server_through_its_process(server: Server) -> None:
    pid = server.process.pid
    for file in ("environ", "mem"):
        assert "cannot open" in evaluate(server, f"file('/proc/{pid}/{file}', 'rb')")


def test_a_worker_does_not_see_another(server: Server, landlock: bool) -> None:
    own = int(evaluate(server, "Sys.getpid()"))
    (sibling,) = {*server.workers()} - {own}
    assert ("cannot open" in evaluate(server, f"file('/proc/{sibling}/mem', 'rb')")) == landlock
    assert "cannot open" not in evaluate(server, f"file('/proc/{own}/mem', 'rb')")


def test_r_signals_no_process_but_its_own(server: Server, signals: bool) -> None:
    own = int(evaluate(server, "Sys.getpid()"))
    others = {server.process.pid, server.zygote(), *server.spares(), *server.workers()} - {own}
    assert len(others) == 4
    for pid in others:
        assert (evaluate(server, f"tools::pskill({pid}, 0)") == "FALSE") == signals
    assert evaluate(server, "tools::pskill(Sys.getpid(), 0)") == "TRUE"


@pytest.mark.parametrize(
    "code",
    [
        "readLines(url('http://127.0.0.1:{port}/ping'))",
        "socketConnection(port = {port}, timeout = 2)",
        "serverSocket(0)",
    ],
)
def test_r_has_no_network(server: Server, seccomp: bool, code: str) -> None:
    told = evaluate(server, code.format(port=server.port))
    assert told.startswith(("error:", "warning:")) == seccomp


def test_r_writes_to_its_temporary_folder_alone(
    server: Server, landlock: bool, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    for code in (
        f"cat('x', file = '{tmp_path}/new')",
        f"cat('x', file = '{kept}')",
        f"cat('x', file = '{kept}', append = TRUE)",
        f"dir.create('{tmp_path}/folder')",
        f"file.symlink('{kept}', '{tmp_path}/linked')",
        f"file.copy('{kept}', '{tmp_path}/copied')",
        f"file.rename('{kept}', '{tmp_path}/moved')",
        f"file.rename('{tmp_path}/{'kept' if landlock else 'moved'}', '{kept}2')",
        f"file.remove('{kept}{'' if landlock else '2'}')",
        "cat('x', file = file.path(dirname(dirname(tempdir())), 'lock'))",
    ):
        assert ("ermission denied" in evaluate(server, code)) == landlock, code
    if landlock:
        assert evaluate(server, f"system('rm {kept}', ignore.stderr = TRUE)") == "1"
        assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("kept", "kept")]


def test_r_writes_to_its_temporary_folder(server: Server, tmp_path: Path) -> None:
    code = """
      folder <- file.path(tempdir(), 'a', 'b')
      dir.create(folder, recursive = TRUE)
      saveRDS(cars, file.path(folder, 'cars.rds'))
      invisible(file.rename(file.path(folder, 'cars.rds'), file.path(tempdir(), 'moved.rds')))
      found <- identical(readRDS(file.path(tempdir(), 'moved.rds')), cars)
      sink('/dev/null'); print(1); sink()
      unlink(c(folder, file.path(tempdir(), 'moved.rds')), recursive = TRUE)
      found && !file.exists(file.path(tempdir(), 'moved.rds'))
    """
    assert evaluate(server, code) == "TRUE"


def test_r_may_fork_and_start_programs(server: Server) -> None:
    doubled = "unlist(parallel::mclapply(1:4, function(i) 2 * i, mc.cores = 2))"
    assert evaluate(server, doubled) == "2\n4\n6\n8"
    assert evaluate(server, "system('echo $((6 * 7))', intern = TRUE)") == "42"


@pytest.mark.parametrize("path", ["/models/one/invoke", "/models/two/invoke"])
def test_r_holds_no_descriptor_but_the_one_to_its_server(many: Endpoint, path: str) -> None:
    """Asked first, for R keeps some that hooks open."""
    code = "Filter(nzchar, Sys.readlink(list.files('/proc/self/fd', full.names = TRUE)))"
    links = evaluate(many, code, path).split("\n")
    assert [link.partition(":")[0] for link in links].count("socket") == 1
    rest = {link for link in links if not link.startswith("socket:")}
    assert rest - {"NA"} == {"/dev/null", str(many.log)}  # NA: the folder itself, which was read


def test_r_has_no_privileges_and_leaves_no_core(server: Server) -> None:
    lines = evaluate(server, "system('cat /proc/self/status', intern = TRUE)").split("\n")
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert int(status["CapEff"], 16) | 4 == 4  # DAC_READ_SEARCH at most
    assert evaluate(server, "system('ulimit -c -H', intern = TRUE)") == "0"


@pytest.mark.parametrize("may", ["nothing", "all"])
def test_workers_of_a_spare_may_do_no_more_than_those_before(
    model: Path, tmp_path: Path, may: str, landlock: bool, seccomp: bool
) -> None:
    with serving(model, tmp_path, "--workers", "2", "--r-may", may) as server:
        spare = server.wait_for_spare()
        server.kill_zygote()
        server.wait_for_spare()
        assert server.zygote() == spare
        own = int(evaluate(server, "Sys.getpid()"))
        denied = evaluate(server, f"cat('x', file = '{tmp_path}/new')")
        assert ("ermission denied" in denied) == (landlock and may == "nothing")
        assert evaluate(server, "cat('x', file = tempfile()); 1") == "1"
        told = evaluate(server, "serverSocket(0)")
        assert told.startswith(("error:", "warning:")) == (seccomp and may == "nothing")
        for other in ({*server.workers()} - {own}) | {server.zygote(), *server.spares()}:
            told = evaluate(server, f"file('/proc/{other}/mem', 'rb')")
            assert ("cannot open" in told) == (landlock and may == "nothing")


@pytest.mark.parametrize("may", ["nothing", "all"])
def test_workers_have_a_limit_and_are_killed_before_their_zygote(
    model: Path, tmp_path: Path, may: str
) -> None:
    with serving(model, tmp_path, "--r-may", may, "--worker-memory-mb", "50") as server:
        assert "cannot allocate" in evaluate(server, "length(numeric(1e7))")
        assert evaluate(server, "length(numeric(1e6))") == "1000000"
        for worker in server.workers():
            assert Path(f"/proc/{worker}/oom_score_adj").read_text() == "500\n"
        assert Path(f"/proc/{server.zygote()}/oom_score_adj").read_text() == "0\n"


def test_the_log_tells_it_in_one_line(server: Server, here: dict[str, Any]) -> None:
    (line,) = [line for line in server.log.read_text().splitlines() if "confined" in line]
    means = (here["landlock"], here["seccomp"])
    told = [f"no ({why})" if why else "yes" for why in means]
    assert line.endswith(f"R is confined by Landlock: {told[0]}; by seccomp: {told[1]}")
    assert (" WARNING " in line) == any(means)


def test_models_of_an_endpoint_are_apart(many: Endpoint, landlock: bool, tmp_path: Path) -> None:
    (base,) = children(many.process.pid)
    for pid in {many.process.pid, base, *children(base)}:
        told = evaluate(many, f"file('/proc/{pid}/mem', 'rb')", "/models/one/invoke")
        assert ("cannot open" in told) == (landlock or pid == many.process.pid)
    told = evaluate(many, f"cat('x', file = '{tmp_path}/new')", "/models/one/invoke")
    assert ("ermission denied" in told) == landlock
    assert evaluate(many, "cat('x', file = tempfile()); 1", "/models/two/invoke") == "1"


def test_a_loaded_model_is_killed_before_the_server_is(many: Endpoint) -> None:
    """By the kernel when memory is short."""
    (base,) = children(many.process.pid)
    for zygote in children(base):
        assert Path(f"/proc/{zygote}/oom_score_adj").read_text() == "300\n"


@pytest.mark.parametrize("call", ["landlock_create_ruleset", "landlock_restrict_self"])
def test_what_is_missing_is_told_and_done_without(model: Path, tmp_path: Path, call: str) -> None:
    """A kernel without Landlock, which a filter on its system calls stands for."""
    server = start_without(call, model, tmp_path, **SECRETS)
    try:
        server.wait_until_ready()
        log = server.log.read_text()
        assert "R is confined by Landlock: no (" in log and "; by seccomp: yes" in log
        secrets = f"file('/proc/{server.process.pid}/environ', 'rb')"
        assert "cannot open" in evaluate(server, secrets)
        assert evaluate(server, "serverSocket(0)").startswith("error:")
        assert evaluate(server, f"cat('x', file = '{tmp_path}/new'); 1") == "1"
    finally:
        server.stop()


def test_r_may_be_let_do_more(here: dict[str, Any], landlock: bool, seccomp: bool) -> None:
    """The server's environment stays out of reach, unless it may do all."""
    network, write, everything = (tried(may) for may in ("network", "write", "all"))
    assert (here["network"], here["write"]) == (not seccomp, not landlock)
    assert (network["network"], network["write"]) == (True, not landlock)
    assert (write["network"], write["write"]) == (not seccomp, True)
    assert (everything["network"], everything["write"]) == (True, True)
    assert not any(found["other_processes"] for found in (here, network, write))
    for found in (here, network, write, everything):
        assert not found["core_dumps"] and not found["privileges"]
