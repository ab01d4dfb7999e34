"""text: the facts laid out for people, in lines of at most 96 characters."""

import json
import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bridge.check.facts import Argument, Environment, Facts, Field, Found, Held
from bridge.check.file_format import FileFormat
from bridge.check.sizes import in_words
from bridge.show import show_list

WIDTH = 96
SHOWN_OBJECTS = 12
SHOWN_BELOW = 3
SHOWN_FOUND = 8
LEAST_SHOWN = 100_000
URL = "localhost:8080/invocations"
_WRITERS = {"workspace": "save()", "object": "saveRDS()"}
_POLICIES = {
    "unseen": "a level that it lacks",
    "invalid": "a value of another type",
    "absent": "no value sent",
    "null": "null",
}


def as_text(facts: Facts) -> str:
    """The whole report, ending without a line break."""
    sections = [
        ("Model", _pairs(_model(facts))),
        ("Prediction", _pairs(_prediction(facts))),
        (f"Fields of a request ({len(facts.fields)})", _fields(facts.fields)),
        ("Policies of bridge.toml", _table(_policies(facts.fields))),
        (_objects_title(facts.objects), _table(_objects(facts))),
        ("Environments that the model carries", _table(_environments(facts.model.environments))),
        ("What is in the file, read before R did", _scan(facts.scan)),
        ("Warnings", _warnings(facts)),
        ("Example, asked of the model just now", _example(facts)),
    ]
    told = [_titled(title, lines) for title, lines in sections if lines]
    return "\n\n".join([_verdict(facts), *told])


def _verdict(facts: Facts) -> str:
    count = len(facts.warnings)
    warned = f", with {count} warning{'s' if count > 1 else ''}" if count else ""
    return f"{facts.path} can be served{warned}."


def _model(facts: Facts) -> list[tuple[str, str]]:
    model = facts.model
    made = f"{model.object}, of class" if model.object else "made by model_fn, of class"
    rows = f"; fitted on {model.rows} rows" if model.rows else ""
    pairs = [("object", f"{made} {'/'.join(model.classes)}, {in_words(model.bytes)}{rows}")]
    if model.formula:
        pairs.append(("formula", model.formula))
    pairs += [("constant", _constant(c.name, c.value, c.source)) for c in facts.constants]
    if facts.file:
        pairs.append(("file", _file(facts.file)))
    pairs.append(("R here", f"{facts.r_version}, with the BLAS {facts.blas}"))
    pairs.append(("packages", _packages(facts)))
    return pairs


def _file(file: FileFormat) -> str:
    packed = "not compressed" if file.compression == "none" else file.compression
    return (
        f"{file.name}, {in_words(file.bytes)}, {packed}; written by {_WRITERS[file.kind]} of R "
        f"{file.saved_by or 'unknown'}, format {file.version} ({file.encoding})"
    )


def _constant(name: str, value: str, source: str) -> str:
    return f"{name} = {value}, from {source}" if value else f"{name}, from {source}"


def _packages(facts: Facts) -> str:
    """The attached ones; what they bring along only in number."""
    versions = facts.packages
    if not facts.attached:
        return "none beyond R's own"
    told = ", ".join(f"{name} {versions.get(name, '')}".strip() for name in facts.attached)
    others = len(set(versions) - set(facts.attached))
    return told + (f", and {others} more that come along" if others else "")


def _prediction(facts: Facts) -> list[tuple[str, str]]:
    arguments = [f"{a.name} = {_r_value(a.value)}" for a in facts.predict]
    call = f"predict({', '.join(['model', 'newdata', *arguments])})"
    if "predict_fn" in facts.hooks:
        call = "predict_fn(newdata, model) of inference.R"
    pairs = [("call", call)]
    if facts.predict and "predict_fn" not in facts.hooks:
        pairs.append(("arguments", _origins(facts.predict)))
    pairs.append(("hooks", ", ".join(facts.hooks) or "none"))
    pairs.append(("parameters", _parameters(facts.parameters)))
    together = "may share a call of R" if facts.merging.merged else "are asked one by one"
    pairs.append(("requests", f"{together}: {facts.merging.why}"))
    return pairs


def _origins(arguments: list[Argument]) -> str:
    """Which arguments come from where."""
    words = {"class": "as models of this class are asked", "bridge.toml": "as bridge.toml says"}
    named = {source: [a.name for a in arguments if a.source == source] for source in words}
    return "; ".join(f"{', '.join(n)}: {words[source]}" for source, n in named.items() if n)


def _r_value(values: list[Any]) -> str:
    words = [_r_scalar(value) for value in values]
    return words[0] if len(words) == 1 else f"c({', '.join(words)})"


def _r_scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _parameters(allowed: dict[str, Any]) -> str:
    if not allowed:
        return "requests may set none ([parameters] in bridge.toml would allow some)"
    return "; ".join(
        f"{name}: {'any value' if values is True else json.dumps(values)[1:-1]}"
        for name, values in allowed.items()
    )


def _fields(fields: Sequence[Field]) -> list[str]:
    rows = [(f.name, f.type, "") for f in fields]
    width = len(_table(rows)[0]) + 2 if any(f.levels for f in fields) else 0
    lines = []
    for field, line in zip(fields, _table(rows), strict=True):
        between = " < " if field.ordered else ", "
        levels = show_list(tuple(field.levels)).replace(", ", between) if field.levels else ""
        lines += _hung(line, levels, min(width, WIDTH // 2))
    return lines


def _policies(fields: Iterable[Field]) -> list[tuple[str, ...]]:
    return [
        (f.name, _POLICIES[kind], _action(action))
        for f in fields
        for kind, action in f.policies.items()
    ]


def _action(action: str) -> str:
    return {"na": "becomes NA", "reject": "is refused"}.get(action, f"becomes {json.dumps(action)}")


def _objects_title(objects: list[Held]) -> str:
    shown = f", the {SHOWN_OBJECTS} largest" if len(objects) > SHOWN_OBJECTS else ""
    return f"Objects of the file ({len(objects)}{shown})"


def _objects(facts: Facts) -> list[tuple[str, ...]]:
    roles = {facts.model.object: "the model", "factor_levels": "the levels that requests may send"}
    return [(*_held(o), roles.get(o.name, "")) for o in facts.objects[:SHOWN_OBJECTS]]


def _held(held: Held) -> tuple[str, ...]:
    return held.name, "/".join(held.classes), held.shape, in_words(held.bytes)


def _environments(environments: list[Environment]) -> list[tuple[str, ...]]:
    """Small ones that are not around the formula are parts of the model, such as a family's."""
    rows: list[tuple[str, ...]] = []
    for environment in environments:
        if environment.of == "other" and environment.bytes < LEAST_SHOWN:
            continue
        name = {"formula": "of the formula"}.get(environment.of, environment.of)
        rows.append((name, "", "", in_words(environment.bytes)))
        held = environment.objects[:SHOWN_BELOW]
        rows += [(f"  {o.name}", *_held(o)[1:]) for o in held]
    return rows


def _warnings(facts: Facts) -> list[str]:
    lines = []
    for number, warning in enumerate(facts.warnings, 1):
        first, *code = warning.text.split("\n")
        lines += _hung(f"{number}.", first, 4)
        lines += [f"      {line}" for line in code]
    return lines


def _scan(found: list[Found]) -> list[str]:
    """What is worth a warning, by place; of the rest how many."""
    told = [finding for finding in found if finding.severity != "note"]
    lines = []
    for finding in told[:SHOWN_FOUND]:
        lines += _hung(f"{finding.place}:", finding.text, 4)
    if len(told) > SHOWN_FOUND:
        lines.append(f"and {len(told) - SHOWN_FOUND} more, which --json tells")
    notes = Counter(finding.kind for finding in found if finding.severity == "note")
    counted = ", ".join(f"{kind} {count}" for kind, count in notes.items())
    return [*lines, f"notes, which --json tells: {counted}"] if notes else lines


def _example(facts: Facts) -> list[str]:
    example = facts.example
    if example.answer is None:
        return []
    lines = _pairs(
        [
            ("request", f"{example.body}   ({example.source})"),
            ("answer", json.dumps(example.answer, ensure_ascii=False)),
        ]
    )
    return [*lines, "", f"curl -d {shlex.quote(example.body)} {URL}"]


def _titled(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def _pairs(pairs: list[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in pairs) + 2
    return [line for name, value in pairs for line in _hung(name, value, width)]


def _hung(name: str, text: str, width: int) -> list[str]:
    """``text`` beside ``name``, its later lines under its first."""
    wrapped = textwrap.wrap(
        text, WIDTH - 2 - width, break_long_words=False, break_on_hyphens=False
    ) or [""]
    first = f"{name.ljust(width - 2)}  {wrapped[0]}".rstrip()
    return [first, *(" " * width + line for line in wrapped[1:])]


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
