"""Job: what SageMaker lays below /opt/ml for a training job, and where its results go.

AWS's "How Amazon SageMaker Provides Training Information" describes the files.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.train.failed import TrainingFailed

SDKS = "sagemaker_"  # hyperparameters that SageMaker's Python SDK adds begin so
TUNERS = "_tuning"
MOST_OF_FAILURE = 1024  # SageMaker reads no more of the reason


@dataclass(frozen=True, slots=True)
class Job:
    """``hyperparameters`` are as they came: SageMaker makes text of every value."""

    base: Path
    hyperparameters: Mapping[str, Any]
    channels: Mapping[str, Any]
    resources: Mapping[str, Any]

    @classmethod
    def read(cls, base: Path) -> "Job":
        """A file that is missing, as on a machine of one's own, tells nothing."""
        base = base.absolute()  # the script runs in a folder of its own
        config = base / "input" / "config"
        return cls(
            base,
            _object(config / "hyperparameters.json"),
            _object(config / "inputdataconfig.json") or _folders(base / "input" / "data"),
            _object(config / "resourceconfig.json"),
        )

    @property
    def model(self) -> Path:
        """What lies here becomes model.tar.gz."""
        return self.base / "model"

    @property
    def output(self) -> Path:
        """The reason of a failure, and ``data``: whatever else shall be kept."""
        return self.base / "output"

    def channel(self, name: str) -> Path:
        """Where the data of a channel lie."""
        return self.base / "input" / "data" / name

    @property
    def own(self) -> dict[str, Any]:
        """The hyperparameters that the user set."""
        given = self.hyperparameters.items()
        return {name: value for name, value in given if not name.startswith((SDKS, TUNERS))}

    def from_sdk(self, name: str) -> str | None:
        """What the SDK says, which writes text as JSON, in quotes."""
        value = self.hyperparameters.get(SDKS + name)
        return None if value is None else str(decoded(value))


def decoded(value: Any) -> Any:
    """What a hyperparameter stands for: a number, list, text..., or the text itself."""
    try:
        return json.loads(value)
    except (ValueError, TypeError):
        return value


def write_failure(base: Path, reason: str) -> None:
    """Where SageMaker takes the FailureReason from."""
    output = base / "output"
    output.mkdir(parents=True, exist_ok=True)
    text = reason.encode()[:MOST_OF_FAILURE].decode(errors="ignore")
    (output / "failure").write_text(text, encoding="utf-8")


def _object(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise TrainingFailed(f"{path} cannot be read: {error}") from None
    if not isinstance(told, dict):
        raise TrainingFailed(f"{path} holds no JSON object")
    return told


def _folders(data: Path) -> dict[str, Any]:
    entries = sorted(data.iterdir()) if data.is_dir() else []
    return {entry.name: {} for entry in entries if entry.is_dir()}
