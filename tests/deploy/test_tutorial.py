"""docs/tutorial.md: every command is run as it stands there, and says what it says there.

R, rbridge and the server are real; AWS is moto, and docker a program that only says yes.
"""

import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.deploy.cloud import Cloud
from tests.server.documented import Shown, commands
from tests.serving import ROOT, Server, rscript, serving

PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
LOCAL = "localhost:8080"
SETTING_UP = "scripts/setup"
DOCKER = """#!/bin/sh
case "$*" in
  *Architecture*) echo amd64 ;;
  *inspect*) echo sha256:0123456789abcdef ;;
esac
"""


class Block(NamedTuple):
    """What stands between two lines of ```: the language, a file's name, and the text."""

    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    found = re.findall(r"^```(\w*)(?: file=(\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [Block(*one) for one in found]


def is_as_shown(said: str, shown: str) -> bool:
    """A line "..." stands for any lines."""
    lines = [
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shown.split("\n")
    ]
    return re.fullmatch("".join(lines), said.rstrip("\n") + "\n") is not None


class Reader:
    """Somebody who does in ``folder`` what the page says."""

    def __init__(self, folder: Path, environ: dict[str, str], stack: ExitStack) -> None:
        self.folder = folder
        self.done: list[str] = []
        self._environ = environ
        self._stack = stack
        self._server: Server | None = None
        self._said = ""

    def follow(self, block: Block) -> None:
        if block.file:
            (self.folder / block.file).write_text(block.text)
        elif block.language == "r":
            rscript(block.text, self.folder)
        elif block.language == "python":
            here = block.text.replace(LOCAL, f"localhost:{self.server.port}")
            self._said = self._run([sys.executable, "-c", here])
        elif block.text.startswith("$ "):
            for shown in commands(block.text):
                self._do(shown)
        elif block.language == "" and not block.text.startswith(SETTING_UP):
            assert is_as_shown(self._said, block.text.rstrip("\n"))

    @property
    def server(self) -> Server:
        assert self._server
        return self._server

    def _do(self, shown: Shown) -> None:
        program, *arguments = shlex.split(shown.command)
        self.done.append(" ".join([program, *arguments[:1]]))
        if program == "curl":
            said = shown.sent(
                f"localhost:{self.server.port}".replace("localhost", "http://127.0.0.1")
            ).text
        elif arguments[0] == "serve":
            path = self.folder / arguments[1]
            self._server = self._stack.enter_context(serving(path, self.folder, "--workers", "1"))
            self._environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = self._server.url
            said = ""
        else:
            rbridge = [sys.executable, "-m", "bridge.cli"]
            said = self._run([*(rbridge if program == "rbridge" else [program]), *arguments])
        assert is_as_shown(said, shown.answer), said

    def _run(self, command: list[str]) -> str:
        """At a terminal, where somebody answers yes."""
        terminal, other = pty.openpty()
        os.write(terminal, b"y\n")
        done = subprocess.run(
            command, cwd=self.folder, env=self._environ, stdin=other,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        os.close(terminal)
        os.close(other)
        assert done.returncode == 0, done.stderr
        return done.stdout.replace("[y/N]: ", "[y/N]: y\n")


@pytest.fixture
def reader(cloud: Cloud, tmp_path: Path) -> Iterator[Reader]:
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    path = f"{docker.parent}:{os.environ['PATH']}"
    with ExitStack() as stack:
        yield Reader(tmp_path, {**os.environ, **cloud.environ(), "PATH": path}, stack)


def test_every_command_says_what_it_says_there(reader: Reader, cloud: Cloud) -> None:
    untouched = cloud.holds()
    for block in blocks():
        reader.follow(block)
    for command in ("check", "serve", "verify", "image", "deploy", "undeploy"):
        assert f"rbridge {command}" in reader.done
    assert cloud.holds() == untouched


def test_pictures_are_of_a_kind_that_is_drawn() -> None:
    pictures = [block.text for block in blocks() if block.language == "mermaid"]
    assert [text.split()[0] for text in pictures] == ["flowchart", "sequenceDiagram"]


def test_every_page_that_is_named_is_there() -> None:
    named = re.findall(r"\]\(([\w.-]+\.md)(?:#[\w-]+)?\)", PAGE)
    assert len(named) > 8
    assert [name for name in named if not (ROOT / "docs" / name).is_file()] == []
