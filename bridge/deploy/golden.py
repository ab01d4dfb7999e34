"""golden: sends the requests of golden.jsonl through an endpoint and compares the answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.deploy.aws import Aws
from bridge.deploy.cannot import CannotDeploy, GoldenDiffers
from bridge.deploy.later import ask_later
from bridge.deploy.refused import Refused
from bridge.deploy.step import Call
from bridge.deploy.waiting import Waiting

JSON = "application/json"
_SHOWN = 3  # differences
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Golden:
    """A line; ``response`` None: only the status counts."""

    number: int
    request: Any
    status: int
    response: Any


def try_golden(aws: Aws, asked: Mapping[str, Any], waiting: Waiting) -> int:
    """How many requests were answered as they should be; raises GoldenDiffers if one was not."""
    lines = read_golden(Path(asked["Filename"]))
    differences = [told for told in (_difference(aws, asked, g, waiting) for g in lines) if told]
    if differences:
        told = "\n".join(differences[:_SHOWN])
        raise GoldenDiffers(
            f"{len(differences)} of {len(lines)} golden requests are not answered as "
            f"golden.jsonl says:\n{told}"
        )
    return len(lines)


def read_golden(path: Path) -> list[Golden]:
    """Every line of the file."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            golden = Golden(number, told["request"], int(told["status"]), told.get("response"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotDeploy(f"{path}, line {number} is no golden request: {error!r}") from None
        found.append(golden)
    return found


def _difference(aws: Aws, asked: Mapping[str, Any], golden: Golden, waiting: Waiting) -> str | None:
    body = json.dumps(golden.request)
    if "S3Uri" in asked:
        return _difference_later(ask_later(aws, asked, golden.number, body, waiting), golden)
    status, content = _ask(aws, asked, body)
    if status != golden.status:
        return f"line {golden.number}: status {status} and not {golden.status}: {_cut(content)}"
    return _difference_of_bodies(content, golden)


def _difference_later(told: tuple[bool, str], golden: Golden) -> str | None:
    """What failed has no status, and a text of the platform's own."""
    answered, content = told
    if answered != (golden.status == 200):
        what = "was answered" if answered else "failed"
        return f"line {golden.number}: {what}, and status {golden.status} was due: {_cut(content)}"
    return _difference_of_bodies(content, golden) if answered else None


def _difference_of_bodies(content: str, golden: Golden) -> str | None:
    if golden.response is None or _same(_parsed(content), golden.response):
        return None
    return f"line {golden.number}: {_cut(content)} and not {_cut(json.dumps(golden.response))}"


def _ask(aws: Aws, asked: Mapping[str, Any], body: str) -> tuple[int, str]:
    """Status and body, of the container."""
    parameters = {name: asked[name] for name in ("EndpointName", "TargetModel") if name in asked}
    try:
        answer = aws.call(
            Call(
                "sagemaker-runtime",
                "invoke_endpoint",
                {**parameters, "ContentType": JSON, "Accept": JSON, "Body": body},
            )
        )
    except Refused as error:
        if error.code != "ModelError":
            raise
        return error.response["OriginalStatusCode"], error.response["OriginalMessage"]
    return 200, answer["Body"].decode()


def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; numbers to the last bit, order of names aside."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
