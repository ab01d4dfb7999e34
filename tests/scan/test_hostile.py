"""Every hostile file is flagged, at its place; and does to plain R what is said of it."""

import re
from pathlib import Path

import pytest

from bridge.scan import KINDS, Severity, scan_file
from tests.scan.conftest import CRAFTED, run_r
from tests.serving import ROOT

BY_R = [
    ("promise.rds", "promise", "object$p"),
    ("promise-in-model.RData", "promise", "deep$terms attr .Environment$p"),
    ("dots.rds", "promise", "object$...[[1]]"),
    ("active.rds", "active_binding", "object$x"),
    ("active-in-attribute.rds", "active_binding", "object$model attr state$x"),
    ("masking.RData", "function_masking", "predict"),
    ("masking.RData", "function_masking", "predict.lm"),
    ("masking-bundle.rds", "function_masking", "object$predict"),
    ("shadow.rds", "masking", "object$terms attr .Environment$poly"),
    ("formula.rds", "formula_code", "object"),
    ("predvars.rds", "formula_code", "object$terms attr predvars"),
    ("link.rds", "function", "object$family$linkinv"),
    ("call.rds", "call_code", "object$call"),
    ("hook.RData", "hook", ".First"),
    ("method.RData", "method", "predict.tariff"),
    ("validity.RData", "s4_class", ".__C__Checked"),
    ("methods.RData", "s4_methods", ".__T__show:methods"),
    ("reference-class.rds", "active_binding", "object@.xData$x"),
    ("namespace.rds", "saved_namespace", "object$.__NAMESPACE__."),
    ("pointer.rds", "pointer", "object$handle"),
]
BY_HAND = [
    ("misplaced-promise.rds", "misplaced_promise", "object[[1]]"),
    ("misplaced-promise.RData", "misplaced_promise", "x"),
    ("promise-in-attribute.rds", "misplaced_promise", "object attr state"),
    ("promise-with-function.rds", "promise", "object$p"),
    ("promise-with-primitive.rds", "promise", "object$p"),
    ("promise-by-name.rds", "promise", "object$p"),
    ("promise-of-other-name.rds", "promise", "object$p"),
    ("promise-compiled.rds", "promise", "object$p"),
    ("masking-method.rds", "masking", "object$[.factor"),
    ("altrep-package.rds", "altrep", "object"),
    ("altrep-file.rds", "altrep", "object"),
    ("altrep-confused.rds", "malformed", "object"),
    ("altrep-other-type.rds", "malformed", "object"),
    ("hidden-primitive.rds", "hidden_primitive", "object"),
    ("weak.rds", "weak_reference", "object[[1]]"),
    ("bytecode.rds", "bytecode", "object"),
    ("frame.rds", "malformed", "object"),
    ("table.rds", "malformed", "object"),
    ("enclosure.rds", "malformed", "object"),
    ("function.rds", "malformed", "object"),
    ("attributes.rds", "malformed", "object"),
    ("tag.rds", "malformed", "object"),
    ("persistent.rds", "unreadable", "the file"),
    ("reference.rds", "unreadable", "the file"),
    ("trailing.rds", "trailing_bytes", "the file"),
]


@pytest.mark.parametrize(("name", "kind", "place"), BY_R + BY_HAND)
def test_it_is_flagged_at_its_place(hostile: Path, name: str, kind: str, place: str) -> None:
    found = {(finding.kind, finding.place) for finding in scan_file(hostile / name).findings}
    assert (kind, place) in found


def test_there_is_a_row_for_every_crafted_file() -> None:
    assert {name for name, _, _ in BY_HAND} == set(CRAFTED)


def test_what_runs_by_itself_is_refused() -> None:
    refused = {kind for kind, (severity, _) in KINDS.items() if severity == Severity.REFUSE}
    assert refused <= {kind for _, kind, _ in BY_R + BY_HAND} | {"too_large"}


def test_every_kind_is_documented_with_its_severity() -> None:
    lines = (ROOT / "docs" / "scan.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ")[:2] for line in lines if line.startswith("| `")]
    told = {(kind, row[1]) for row in rows for kind in re.findall("`([a-z0-9_]+)`", row[0])}
    assert {(kind, severity.name.lower()) for kind, (severity, _) in KINDS.items()} <= told


def test_a_finding_says_what_the_code_calls(hostile: Path) -> None:
    (found,) = scan_file(hostile / "promise.rds").of(Severity.REFUSE)
    assert str(found) == (
        "object$p: code that runs as soon as the value is looked at (calls file.create)"
    )


def test_plain_r_runs_them(hostile: Path) -> None:
    expected = (
        "active field formula link masked misplaced predvars primitive promise shadow show validity"
    )
    assert run_r("touch.R", hostile).split() == expected.split()
