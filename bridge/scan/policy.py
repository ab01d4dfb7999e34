"""policy: whether a file is loaded that can do what the scan found, and what is said of it.

What can run by itself is refused, unless the file is trusted: by a setting, or by its digest
in bridge.toml. All else is told.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.errors import ConfigError, ModelNotServable
from bridge.scan.findings import Finding, Scan, Severity, in_short
from bridge.scan.workspace import scan_file

_SHOWN = 5
_MOST_TOLD = 100  # of each severity
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trust:
    """``always``: by a setting. ``sha256``: of the one file that bridge.toml trusts, or ""."""

    always: bool = False
    sha256: str = ""


def admit(path: Path, trust: Trust) -> Scan:
    """The findings of a file that may be loaded; raises ModelNotServable, ConfigError."""
    if trust.sha256:
        _check_pin(path, trust.sha256)
    scan = scan_file(path)
    refused = scan.of(Severity.REFUSE)
    if refused and not (trust.always or trust.sha256):
        raise ModelNotServable(_refusal(path, refused))
    if told := refused + scan.of(Severity.WARN):
        log.warning("%s", _warning(path, told))
    return scan


def as_json(scan: Scan) -> list[dict[str, Any]]:
    """The findings, the worst first; of many the first."""
    told = [finding for severity in Severity for finding in scan.of(severity)[:_MOST_TOLD]]
    return [
        {
            "kind": finding.kind,
            "severity": finding.severity.name.lower(),
            "place": finding.place[:500],
            "text": finding.meaning[:500],
        }
        for finding in sorted(told, key=lambda finding: -finding.severity)
    ]


def _check_pin(path: Path, pinned: str) -> None:
    digest = _digest(path)
    if digest != pinned:
        raise ConfigError(
            f"bridge.toml trusts a file with sha256 {pinned}, but {path.name} has {digest}"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(path: Path, refused: list[Finding]) -> str:
    if refused[0].kind == "unreadable":
        return f"{path.name} cannot be read: {refused[0].detail}"
    return (
        f"{path.name} is not loaded, for it can do more than predict:\n"
        f"{in_short(refused, _SHOWN)}\n"
        "If you trust who made the file, say so in bridge.toml:\n"
        f'sha256 = "{_digest(path)}"\n'
        "or, of any file, with --trust or RBRIDGE_TRUST=true"
    )


def _warning(path: Path, told: list[Finding]) -> str:
    """One line: how many there are, and the first one."""
    refused = told[0].severity == Severity.REFUSE
    trusted = "is trusted, though it can do more than predict" if refused else "holds code"
    more = f", and {len(told) - 1} more (rbridge check tells them)" if len(told) > 1 else ""
    return f"{path.name} {trusted}: {str(told[0])[:300]}{more}"
