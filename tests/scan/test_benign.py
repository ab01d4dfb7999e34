"""Files that people save: nothing of them is refused, and every way of saving is read alike.

The zoo shows the same of all its cases: a file that is refused is not served.
"""

from pathlib import Path

from bridge.scan import Severity, scan_file
from tests.serving import MARATHON

# What a scan warns of in these models: functions that ask for a package, evaluate or print.
WARNED = {"gaussian", "negative", "nls", "ordered", "net", "multinom"}


def test_no_model_is_refused(benign: Path) -> None:
    models = [path for path in benign.iterdir() if not path.name.startswith("kinds")]
    assert len(models) == 48
    refused = {path.name: scan_file(path).of(Severity.REFUSE) for path in models}
    assert {name: found for name, found in refused.items() if found} == {}


def test_few_are_worth_a_warning(benign: Path) -> None:
    models = [path for path in benign.glob("*.rds") if not path.name.startswith("kinds")]
    assert {path.stem for path in models if scan_file(path).of(Severity.WARN)} <= WARNED


def test_the_demo_holds_nothing_to_tell() -> None:
    assert scan_file(MARATHON / "model.RData").findings == ()


def test_every_way_of_saving_is_read_alike(benign: Path) -> None:
    told = {path.name: scan_file(path).findings for path in benign.glob("kinds-*")}
    assert len(told) == 14
    (findings,) = set(told.values())
    assert [(finding.kind, finding.place, finding.detail) for finding in findings] == [
        ("function", "object$fun", "calls half"),
        ("function", "object$env$inner", "calls system"),
    ]


def test_what_a_function_brings_along_is_noted(benign: Path) -> None:
    found = {
        (finding.kind, finding.place) for finding in scan_file(benign / "captured.rds").findings
    }
    assert found == {
        ("environment", "object$terms attr .Environment"),
        ("plain_promise", "object$terms attr .Environment$weights"),
        ("plain_promise", "object$terms attr .Environment$verbose"),
        ("plain_promise", "object$terms attr .Environment$...$extra"),
    }
