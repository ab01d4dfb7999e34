"""What docs/hosts.md shows: its parts, their manifests, and the requests with their answers."""

import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "hosts.md"
METHODS = {True: "POST", False: "GET"}


class Shown(NamedTuple):
    """A ``curl`` line, and the text below it."""

    command: str
    answer: str

    def sent(self, url: str) -> httpx.Response:
        """What a server at ``url`` answers to what curl would send."""
        words = iter(shlex.split(self.command)[1:])
        headers, data, target = {}, None, ""
        for word in words:
            if word == "-d":
                data = next(words)
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            else:
                assert not word.startswith("-"), f"unknown option: {word}"
                target = word.replace("localhost:8080", url)
        return httpx.request(METHODS[data is not None], target, content=data, headers=headers)


class Part(NamedTuple):
    """What stands below one headline: manifests, requests, and lines of a shell."""

    manifests: list[Any]
    shown: list[Shown]
    shell: str


def manifests(name: str) -> list[Any]:
    """Those of a file in ``deploy/``."""
    return list(yaml.safe_load_all((ROOT / "deploy" / f"{name}.yaml").read_text(encoding="utf-8")))


def parts() -> dict[str, Part]:
    """By headline."""
    _, *texts = re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {text.partition("\n")[0]: _part(text) for text in texts}


def _part(text: str) -> Part:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    manifests = [
        one for kind, block in blocks if kind == "yaml" for one in yaml.safe_load_all(block)
    ]
    plain = [block for kind, block in blocks if kind == ""]
    shown = [one for block in plain if block.startswith("$ ") for one in commands(block)]
    shell = "\n".join(block for block in plain if not block.startswith("$ "))
    return Part(manifests, shown, shell.replace("\\\n", " "))


def commands(block: str) -> list[Shown]:
    """Each line that begins with "$ "; it goes on to the line where its quotes are closed."""
    found = []
    for text in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = text.rstrip("\n").split("\n")
        length = next(
            n for n in range(1, len(lines) + 1) if "\n".join(lines[:n]).count("'") % 2 == 0
        )
        found.append(Shown("\n".join(lines[:length]), "\n".join(lines[length:]).strip()))
    return found
