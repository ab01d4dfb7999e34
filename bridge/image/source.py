"""source: what the image under every model's is built from: the clone, or the installed package."""

import shutil
from pathlib import Path

_BRIDGE = Path(__file__).parents[1]
_CLONE = _BRIDGE.parent
PACKAGED = _BRIDGE / "_source"  # as pyproject.toml puts it into the wheel
_OURS = ("_source", "_r", "__pycache__")


def base_context(scratch: Path) -> Path:
    """A folder with the Dockerfile and all that it copies; ``scratch`` is empty and may be it."""
    if not PACKAGED.is_dir():
        return _CLONE
    shutil.copytree(PACKAGED, scratch, dirs_exist_ok=True)
    shutil.copytree(_BRIDGE, scratch / "bridge", ignore=shutil.ignore_patterns(*_OURS))
    shutil.copytree(_BRIDGE / "_r", scratch / "r")
    return scratch
