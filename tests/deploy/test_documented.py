"""docs/deploy.md against the code: every option, every permission that a call needs."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bridge.cli.deploy import deploy
from bridge.cli.undeploy import undeploy
from bridge.deploy.refused import permission
from bridge.deploy.step import Call
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "bridge" / "deploy").glob("*.py"))
NAMED = {"SERVICE": "application-autoscaling"}
# Calls that need more than the permission of their name.
MORE = {
    "sagemaker:AddTags",
    "iam:PassRole",
    "iam:TagRole",
    "iam:CreateServiceLinkedRole",
    "s3:PutObjectTagging",
    "ecr:TagResource",
    "ecr:PutImage",
    "cloudwatch:TagResource",
}


def calls(path: Path) -> Iterator[Call]:
    """Every call that is written there."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = [ast.unparse(argument).strip("'") for argument in node.args]
            if node.func.id == "Call" and re.fullmatch(r"[a-z0-9_]+", given[1]):
                yield Call(NAMED.get(given[0], given[0]), given[1], {})
            elif node.func.id == "_named":
                yield Call("sagemaker", given[3], {})


def needed() -> set[str]:
    found = {permission(call) for path in SOURCES for call in calls(path)}
    own = {name for name in found if name.startswith(("local:", "docker:", "sts:"))}
    odd = {"call.service:CallOperation", "sagemaker:Operation"}
    return found - own - odd | MORE


def allowed() -> set[str]:
    """What the policy on the page allows."""
    (policy,) = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_the_policy_on_the_page_allows_every_call() -> None:
    assert len(needed()) > 50
    assert needed() - allowed() == set()


def test_the_policy_on_the_page_allows_nothing_that_is_not_called() -> None:
    push = {name for name in allowed() if name.startswith("ecr:")}
    assert allowed() - push - needed() == set()


@pytest.mark.parametrize("command", [deploy, undeploy], ids=["deploy", "undeploy"])
def test_every_option_is_on_the_page(command: click.Command) -> None:
    names = [flag for option in command.params for flag in option.opts if flag.startswith("--")]
    assert len(names) > 5
    assert [name for name in names if f"`{name}" not in PAGE] == []
