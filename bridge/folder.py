"""ModelFolder: what a model folder or file holds, without starting R.

One ``.RData``, ``.rda`` or ``.rds`` file, optionally ``inference.R`` (or
``code/inference.R``) with hooks, ``bridge.toml`` and ``golden.jsonl``. Nothing is ever
written there: ``/opt/ml/model`` is read-only.
"""

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.codecs.options import Options, read_options
from bridge.errors import ConfigError, ModelNotServable
from bridge.parameters import Parameters
from bridge.policy import Policies, read_policies
from bridge.schema import FIELD_TYPES, FieldType

MODEL_SUFFIXES = (".rdata", ".rda", ".rds")
_KEYS = {
    "file": str,
    "object": str,
    "unknown_fields": str,
    "merge": bool,
    "inputs": dict,
    "policy": dict,
    "packages": list,
    "constants": list,
    "predict": dict,
    "parameters": dict,
    "bodies": dict,
    "sha256": str,
}


@dataclass(frozen=True, slots=True)
class Input:
    """A field that ``bridge.toml`` declares.

    A factor's levels are ``levels``, or those that the model file saved under
    ``saved_levels`` (by default under the field's own name).
    """

    name: str
    type: FieldType
    levels: tuple[str, ...] = ()
    saved_levels: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """``merge`` None: requests are merged where that is known or shown to be exact.

    ``name`` is that of the folder, or of the file without its suffix.
    ``sha256``: of the model file, which is trusted, whatever it can do; "" if none is.
    """

    path: Path
    data_file: Path | None
    script: Path | None = None
    golden: Path | None = None
    object: str | None = None
    inputs: tuple[Input, ...] | None = None
    refuse_unknown: bool = False
    merge: bool | None = None
    policies: Policies = field(default_factory=Policies)
    packages: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    bodies: Options = field(default_factory=Options)
    name: str = field(default="model", compare=False)
    sha256: str = ""

    def arguments_of_r(self) -> dict[str, Any]:
        """Those of serve_model() in ``r/R/serve.R``."""
        inputs = self.inputs and [
            {"name": i.name, "type": i.type, "levels": list(i.levels), "saved": i.saved_levels}
            for i in self.inputs
        ]
        return {
            "dir": str(self.path),
            "file": self.data_file and str(self.data_file),
            "object": self.object,
            "script": self.script and str(self.script),
            "inputs": inputs,
            "packages": list(self.packages) or None,
            "arguments": self.arguments or None,
            "constants": list(self.constants) or None,
        }


def holds_model(path: Path) -> bool:
    """True if there is something to serve at ``path``."""
    return path.is_file() or (path.is_dir() and (bool(_data_files(path)) or bool(_script(path))))


def read_folder(path: Path, most_mb: int = 0) -> ModelFolder:
    """What is at ``path``, a folder or a model file; raises ModelNotServable, ConfigError.

    The model file may have ``most_mb`` MiB, if that is not 0.
    """
    folder = _read(path.absolute())
    if folder.data_file is not None and most_mb:
        _check_size(folder.data_file, most_mb)
    return folder


def _check_size(file: Path, most_mb: int) -> None:
    size = file.stat().st_size
    if size > most_mb << 20:
        raise ModelNotServable(
            f"{file.name} has {size / 2**20:.1f} MiB; the setting max_model_mb allows {most_mb}"
        )


def _read(path: Path) -> ModelFolder:
    if path.is_file():
        return ModelFolder(path.parent, path, name=path.stem)
    if not path.is_dir():
        raise ModelNotServable(f"there is no model at {path}")
    toml = path / "bridge.toml"
    config = _read_toml(toml) if toml.is_file() else {}
    script = _script(path)
    golden = path / "golden.jsonl"
    return ModelFolder(
        path=path,
        data_file=_data_file(path, config.get("file"), script),
        script=script,
        golden=golden if golden.is_file() else None,
        object=config.get("object"),
        inputs=_inputs(config["inputs"]) if "inputs" in config else None,
        refuse_unknown=_refuse_unknown(config.get("unknown_fields", "ignore")),
        merge=config.get("merge"),
        policies=read_policies(config.get("policy", {})),
        packages=_names("packages", config.get("packages", [])),
        constants=_names("constants", config.get("constants", [])),
        arguments=_arguments(config.get("predict", {})),
        parameters=Parameters(config.get("parameters", {})).allowed,
        bodies=read_options(config.get("bodies", {})),
        name=Path(os.path.normpath(path)).name or "model",
        sha256=_sha256(config["sha256"]) if "sha256" in config else "",
    )


def _data_files(path: Path) -> list[Path]:
    files = (entry for entry in path.iterdir() if entry.suffix.lower() in MODEL_SUFFIXES)
    return sorted(entry for entry in files if entry.is_file() and entry.name[0] != ".")


def _script(path: Path) -> Path | None:
    places = (path / "inference.R", path / "code" / "inference.R")
    return next((place for place in places if place.is_file()), None)


def _data_file(path: Path, named: str | None, script: Path | None) -> Path | None:
    if named is not None:
        if not (path / named).is_file():
            raise ModelNotServable(f'bridge.toml names the file "{named}", which is not in {path}')
        return path / named
    files = _data_files(path)
    if len(files) == 1:
        return files[0]
    if files:
        names = ", ".join(file.name for file in files)
        raise ModelNotServable(
            f"{path} holds {len(files)} model files: {names}; say which one to serve in "
            f'bridge.toml:\nfile = "{files[0].name}"'
        )
    if script is None:
        raise ModelNotServable(f"{path} holds no .RData, .rda or .rds file, and no inference.R")
    return None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        config = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    for key, value in config.items():
        if key not in _KEYS:
            raise ConfigError(f'{path}: there is no key "{key}"; the keys are {", ".join(_KEYS)}')
        if not isinstance(value, _KEYS[key]):
            raise ConfigError(f"{path}: {key} must be a TOML {_KEYS[key].__name__}")
    return config


def _refuse_unknown(policy: str) -> bool:
    if policy not in ("ignore", "refuse"):
        raise ConfigError(f'bridge.toml: unknown_fields is "ignore" or "refuse", not "{policy}"')
    return policy == "refuse"


def _sha256(digest: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", digest):
        raise ConfigError("bridge.toml: sha256 is the 64 hexadecimal digits that sha256sum prints")
    return digest.lower()


def _names(key: str, names: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(name, str) and name for name in names):
        raise ConfigError(f'bridge.toml: {key} is a list of names, such as ["mgcv"]')
    return tuple(names)


def _arguments(table: dict[str, Any]) -> dict[str, Any]:
    """Arguments of predict(): scalars, or lists of them of one type."""
    for name, value in table.items():
        items = value if isinstance(value, list) else [value]
        kinds = {type(item) for item in items}
        if not kinds or not (kinds <= {str} or kinds <= {bool} or kinds <= {int, float}):
            raise ConfigError(
                f"bridge.toml: predict.{name} is a string, number or boolean, or a list of these"
            )
    return table


def _inputs(tables: dict[str, Any]) -> tuple[Input, ...]:
    if not tables:
        raise ConfigError("bridge.toml: [inputs] declares no field")
    return tuple(_input(name, table) for name, table in tables.items())


def _input(name: str, table: Any) -> Input:
    place = f"bridge.toml: inputs.{name}"
    if not isinstance(table, dict) or not set(table) <= {"type", "levels"}:
        raise ConfigError(f'{place} is a table with "type" and, for a factor, "levels"')
    kind = table.get("type")
    if kind not in FIELD_TYPES:
        raise ConfigError(f"{place}: type must be one of {', '.join(FIELD_TYPES)}, not {kind!r}")
    levels = table.get("levels")
    if levels is None or (kind == "factor" and isinstance(levels, str)):
        return Input(name, kind, saved_levels=levels)
    if kind != "factor" or not _are_levels(levels):
        raise ConfigError(f"{place}: levels is a list of strings or a name, and for a factor only")
    return Input(name, kind, tuple(levels))


def _are_levels(levels: object) -> bool:
    return (
        isinstance(levels, list)
        and len(levels) > 0
        and all(isinstance(level, str) for level in levels)
        and len(set(levels)) == len(levels)
    )
