"""Parameters held against the service's own model: names, types, enums, patterns, limits.

boto3 checks names and types before it sends; the rest only AWS itself would.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.validate import validate_parameters  # type: ignore[import-untyped]

from bridge.deploy.step import Call, Plan

# Placeholders, as AWS would see them.
FILLED = {"${account}": "123456789012", "${region}": "eu-west-1", "${previous}": "earlier-0"}


@cache
def service(name: str) -> Any:
    return botocore.session.Session().get_service_model(name)


def calls(plan: Plan) -> Iterator[Call]:
    for step in plan.steps:
        yield from (call for call in (step.call, step.look, step.tags, step.change) if call)
        yield from step.before
        yield from (step.clear,) if step.clear else ()


def problems(plan: Plan) -> list[str]:
    """What the services would not take; upload_file is no operation of theirs."""
    found = []
    for call in calls(plan):
        if call.service not in ("local", "docker") and call.operation != "upload_file":
            found += [f"{call.name}: {told}" for told in _problems(call)]
    return found


def _problems(call: Call) -> Iterator[str]:
    model = service(call.service)
    (name,) = (name for name in model.operation_names if xform_name(name) == call.operation)
    shape = model.operation_model(name).input_shape
    given = _sent(_filled(dict(call.parameters)))
    try:
        validate_parameters(given, shape)
    except Exception as error:
        yield str(error)
    else:
        yield from _walk(given, shape, "")


def _sent(given: dict[str, Any]) -> dict[str, Any]:
    return {k: str(v) if k.endswith("PolicyDocument") else v for k, v in given.items()}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _filled(told) for name, told in value.items()}
    if isinstance(value, list):
        return [_filled(told) for told in value]
    if isinstance(value, str):
        for placeholder, told in FILLED.items():
            value = value.replace(placeholder, told)
    return value


def _walk(value: Any, shape: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, told in value.items():
            yield from _walk(told, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        yield from _limits(len(value), shape, where)
        for told in value:
            yield from _walk(told, shape.member, where)
    elif shape.type_name == "string":
        yield from _text(value, shape, where)
    elif shape.type_name in ("integer", "float"):
        yield from _limits(value, shape, where)


def _text(value: str, shape: Any, where: str) -> Iterator[str]:
    yield from _limits(len(value), shape, where)
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value} is not one of {shape.enum}"
    pattern = _pythons(shape.metadata.get("pattern", ""))
    # botocore's (https|s3)://([^/])/?(.*) wants a bucket of one letter: a slip of AWS.
    if pattern and "([^/])/?" not in pattern and not re.fullmatch(pattern, value):
        yield f"{where}: {value} is not {pattern}"


def _limits(size: float, shape: Any, where: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{where}: {size} is less than {least}"
    if most is not None and size > most:
        yield f"{where}: {size} is more than {most}"


def _pythons(pattern: str) -> str:
    """Classes of characters, and pairs of surrogates, are not Python's; what allows as much."""
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "")
    pattern = pattern.replace(r"\p{Z}", r"\s").replace(r"\P{M}\p{M}*", r"[\S\s]")
    return re.sub(r"\\p\{\w+\}", r"\\w", pattern)
