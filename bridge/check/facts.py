"""facts: all that check tells of a model, as one value; its fields are the keys of --json."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bridge.check.asking import Heard, ask
from bridge.check.file_format import FileFormat, read_format
from bridge.check.merging_words import why
from bridge.check.sizes import in_words
from bridge.folder import ModelFolder, read_folder
from bridge.policy import Policy

LEAST_HEAVY = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """An object of the file or of an environment; bytes as saved, before compression."""

    name: str
    classes: list[str]
    shape: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Environment:
    """One that the model carries; ``of`` is "formula", "around the formula" or "other"."""

    of: str
    bytes: int
    objects: list[Held]


@dataclass(frozen=True, slots=True)
class Model:
    """The model itself.

    ``object`` is its name in the file, "" if a hook made it; ``rows`` that it was fitted on,
    0 if that is not known; ``bytes`` without environments.
    """

    object: str
    classes: list[str]
    formula: str
    rows: int
    bytes: int
    environments: list[Environment]


@dataclass(frozen=True, slots=True)
class Field:
    """``policies`` are those that bridge.toml sets for it: "na", "reject" or a level."""

    name: str
    type: str
    levels: list[str]
    ordered: bool
    policies: dict[str, str]


@dataclass(frozen=True, slots=True)
class Argument:
    """Of predict(); ``source`` is "class" or "bridge.toml"."""

    name: str
    value: list[Any]
    source: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A name in the formula that is no field, and where R finds it."""

    name: str
    source: str
    value: str


@dataclass(frozen=True, slots=True)
class Merging:
    """Whether requests may share a call of R."""

    merged: bool
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The example; ``answer`` is None, and ``refusal`` says why, if it did not get one."""

    request: Any
    body: str
    source: str
    answer: Any
    refusal: str


@dataclass(frozen=True, slots=True)
class Warned:
    """``code`` is stable, ``text`` is for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """By the scan of the file; ``kind`` and ``severity`` as in docs/scan.md."""

    kind: str
    severity: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """See docs/check.md."""

    path: str
    file: FileFormat | None
    objects: list[Held]
    model: Model
    hooks: list[str]
    fields: list[Field]
    constants: list[Constant]
    predict: list[Argument]
    parameters: dict[str, Any]
    merging: Merging
    packages: dict[str, str]
    attached: list[str]
    needed: list[str]
    r_version: str
    blas: str
    warnings: list[Warned]
    scan: list[Found]
    example: Shown

    def json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return {"servable": True, **asdict(self)}


def gather(path: Path, trusted: bool) -> Facts:
    """The facts about the model at ``path``; raises StartupError if it cannot be served."""
    folder = read_folder(path)
    heard = ask(path, folder, trusted)
    described, report = heard.described, heard.report
    model = _model(heard)
    return Facts(
        path=str(path),
        file=read_format(folder.data_file) if described.object and folder.data_file else None,
        objects=_held(report["objects"]),
        model=model,
        hooks=_hooks(heard, folder),
        fields=_fields(heard, folder),
        constants=[
            Constant(c["name"][0], c["from"][0], c["value"][0]) for c in report["constants"] or ()
        ],
        predict=[
            Argument(name, value, "bridge.toml" if name in folder.arguments else "class")
            for name, value in described.predict.items()
        ],
        parameters=folder.parameters,
        merging=Merging(heard.merged, why(heard.merged, folder, described)),
        packages=described.packages,
        attached=report["attached"],
        needed=report["needed"],
        r_version=described.r_version,
        blas=described.blas,
        warnings=[*_warnings(report["warnings"]), *_heavy(model), *_no_example(heard)],
        scan=[Found(**found) for found in heard.scan],
        example=Shown(
            heard.example.request,
            heard.example.body,
            heard.example.source,
            heard.answer and json.loads(heard.answer),
            heard.refusal,
        ),
    )


def _model(heard: Heard) -> Model:
    report = heard.report
    return Model(
        object=heard.described.object,
        classes=list(heard.described.classes),
        formula=report["formula"][0],
        rows=int(report["rows"][0]),
        bytes=int(report["bytes"][0]),
        environments=[
            Environment(e["of"][0], int(e["bytes"][0]), _held(e["objects"]))
            for e in report["environments"] or ()
        ],
    )


def _held(rows: list[dict[str, Any]] | None) -> list[Held]:
    return [
        Held(row["name"][0], row["class"], row["shape"][0], int(row["bytes"][0]))
        for row in rows or ()
    ]


def _hooks(heard: Heard, folder: ModelFolder) -> list[str]:
    made = [] if heard.described.object or not folder.script else ["model_fn"]
    return [*made, *heard.report["hooks"]]


def _fields(heard: Heard, folder: ModelFolder) -> list[Field]:
    return [
        Field(p.name, p.type, list(p.levels), p.ordered, _policies(folder.policies.of(p.name)))
        for p in heard.described.schema.predictors
    ]


def _policies(policy: Policy) -> dict[str, str]:
    """What differs from the default."""
    plain = Policy()
    kinds = ("unseen", "invalid", "absent", "null")
    actions = {kind: getattr(policy, kind) for kind in kinds}
    return {
        kind: "reject" if action is None else "na" if action.cell is None else action.cell
        for kind, action in actions.items()
        if action != getattr(plain, kind)
    }


def _warnings(rows: list[dict[str, Any]] | None) -> list[Warned]:
    return [Warned(row["code"][0], row["text"][0]) for row in rows or ()]


def _heavy(model: Model) -> Iterator[Warned]:
    """A model fitted in a function carries all that the function held.

    Environments that are not around its formula are mostly parts of the model.
    """
    around = [e for e in model.environments if e.of != "other"]
    carried = sum(environment.bytes for environment in around)
    if carried <= max(model.bytes, LEAST_HEAVY):
        return
    heaviest = max((o for e in around for o in e.objects), key=lambda o: o.bytes)
    yield Warned(
        "heavy_environment",
        f"The model was made inside a function and carries what that function held: "
        f"{in_words(carried)}, of which {heaviest.name} is {in_words(heaviest.bytes)}; the model "
        f"itself is {in_words(model.bytes)}. All of it is loaded, once for all workers.",
    )


def _no_example(heard: Heard) -> Iterator[Warned]:
    if heard.answer is None:
        yield Warned(
            "no_example",
            f"No request is known that the model answers. One that was made up "
            f"({heard.example.body}) got: {heard.refusal}. Write one that works into "
            f"golden.jsonl, in the model's folder; docs/model-folder.md says how.",
        )
