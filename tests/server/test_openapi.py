"""GET /openapi.json: schemathesis asks real servers for all that it says."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from bridge.openapi.examples import body
from tests.serving import Server, rscript, serving, start

CONFIG = Path(__file__).with_name("openapi.toml")
MIXED = """
set.seed(1)
d <- data.frame(n = rnorm(40), i = rep(1:10, 4), b = rep(c(TRUE, FALSE), 20),
                g = factor(rep(c("4", "6", "\\u00e9"), length.out = 40)),
                day = as.Date("2024-01-01") + 1:40, y = sin(1:40))
saveRDS(lm(y ~ n + i + g + b + day, d), "fit.rds")
"""
FIELDS = """
inputs.n.type = "number"
inputs.i.type = "integer"
inputs.g = { type = "factor", levels = ["4", "6", "é"] }
inputs.b.type = "boolean"
inputs.day.type = "date"
"""
STRICT = """
unknown_fields = "refuse"
[parameters]
interval = ["prediction", "confidence"]
[policy.wt]
null = "reject"
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A model with a field of nearly every type."""
    model = tmp_path_factory.mktemp("mixed")
    rscript(MIXED, model)
    (model / "bridge.toml").write_text(FIELDS)
    with serving(model, tmp_path_factory.mktemp("log"), "--workers", "1") as server:
        yield server


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A model that refuses what it does not know, and takes parameters."""
    model = tmp_path_factory.mktemp("strict")
    rscript('saveRDS(lm(mpg ~ wt, mtcars), "fit.rds")', model)
    (model / "bridge.toml").write_text(STRICT)
    with serving(model, tmp_path_factory.mktemp("log"), "--workers", "1") as server:
        yield server


@pytest.fixture(scope="module")
def verdicts(
    marathon: Server, mixed: Server, strict: Server
) -> dict[str, subprocess.CompletedProcess[str]]:
    """What schemathesis finds, all at once; the routes beside /invocations are asked once."""
    running = {
        "marathon": schemathesis(marathon),
        "mixed": schemathesis(mixed, "--include-path", "/invocations"),
        "strict": schemathesis(strict, "--include-path", "/invocations"),
    }
    found = {}
    for name, process in running.items():
        out, _ = process.communicate(timeout=120)
        found[name] = subprocess.CompletedProcess(process.args, process.returncode, out)
    return found


def schemathesis(server: Server, *arguments: str) -> subprocess.Popen[str]:
    """Started; ends with 0 if it finds nothing."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    return subprocess.Popen(
        [*command, server.url + "/openapi.json", *arguments],
        cwd=CONFIG.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def document(server: Server) -> dict[str, Any]:
    reply = httpx.get(server.url + "/openapi.json", timeout=30)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    found: dict[str, Any] = reply.json()
    return found


def invocations(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = document(server)["paths"]["/invocations"]["post"]
    return found


@pytest.mark.parametrize("name", ["marathon", "mixed", "strict"])
def test_schemathesis_finds_nothing(
    verdicts: dict[str, subprocess.CompletedProcess[str]], name: str
) -> None:
    assert verdicts[name].returncode == 0, verdicts[name].stdout
    assert re.search(r"[1-9]\d\d+ generated", verdicts[name].stdout), verdicts[name].stdout


@pytest.mark.parametrize("name", ["marathon", "mixed", "strict"])
def test_every_example_is_answered_as_it_says(name: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(name)
    told = invocations(server)
    answer = told["responses"]["200"]["content"]["application/json"]["examples"]["answer"]["value"]
    count = 0
    for kind, content in told["requestBody"]["content"].items():
        for example in content.get("examples", {}).values():
            reply = server.invoke(body(example["value"], kind), content_type=kind)
            assert (reply.status_code, reply.json()) == (200, answer)
            count += 1
    assert count == 10


def test_the_fields_are_those_of_the_model(mixed: Server) -> None:
    made = document(mixed)
    OPENAPI_31_VALIDATOR.validate(made)
    fields = made["components"]["schemas"]
    assert fields["Field.g"]["enum"] == ["4", "6", "é", 4, 6, None]
    assert fields["Field.i"]["type"] == ["integer", "null"]
    assert fields["Field.day"]["format"] == "date"
    assert fields["Record"]["required"] == ["n", "i", "g", "b", "day"]
    assert fields["Record"]["additionalProperties"] is True


def test_what_bridge_toml_says_is_told(strict: Server) -> None:
    told = document(strict)["components"]["schemas"]
    assert told["Record"]["additionalProperties"] is False
    assert told["Field.wt"] == {"type": "number"}
    assert told["Parameters"]["properties"] == {"interval": {"enum": ["prediction", "confidence"]}}


def test_without_a_record_that_is_answered_there_is_no_example(tmp_path: Path) -> None:
    rscript('saveRDS(lm(mpg ~ wt, mtcars), "fit.rds")', tmp_path)
    (tmp_path / "inference.R").write_text('input_fn <- function(newdata) reject("never", rows = 1)')
    server = start(tmp_path, tmp_path)
    try:
        assert statuses_until_200(server) <= {503, 200}
        told = invocations(server)
        assert server.invoke({"wt": 1}).status_code == 422
    finally:
        assert server.stop() == 0
    contents = told["requestBody"]["content"] | told["responses"]["200"]["content"]
    assert contents and not any("examples" in content for content in contents.values())


def statuses_until_200(server: Server) -> set[int]:
    """Those of /openapi.json while the model is being loaded."""
    seen: set[int] = set()
    while 200 not in seen:
        assert server.process.poll() is None
        with contextlib.suppress(httpx.TransportError):
            seen.add(httpx.get(server.url + "/openapi.json", timeout=5).status_code)
    return seen
