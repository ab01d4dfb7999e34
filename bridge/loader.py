"""loader: how a zygote loads a model: its file is looked through first, then read by R.

The zygote is told one of these functions by name. The scan runs in it, before R starts: should
it crash or hang, nothing else does.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from bridge import scan
from bridge.folder import read_folder

if TYPE_CHECKING:
    from bridge.rmodel import RModel


def load(path: Path) -> "RModel":
    """The model of the folder or file at ``path``; for ``bridge.pool.zygote``."""
    return _load(path, trusted=False)


def load_trusted(path: Path) -> "RModel":
    """The same, whatever the scan finds."""
    return _load(path, trusted=True)


def load_with_report(path: Path) -> "RModel":
    """The same as ``load``, with ``report()`` in ``about``; for ``rbridge check``."""
    return _with_report(load(path))


def load_trusted_with_report(path: Path) -> "RModel":
    """Both."""
    return _with_report(load_trusted(path))


def _load(path: Path, trusted: bool) -> "RModel":
    """Raises StartupError. What the scan found is in ``about``."""
    from bridge.rmodel import RModel

    folder = read_folder(path)
    found = None
    if folder.data_file is not None:
        found = scan.admit(folder.data_file, scan.Trust(trusted, folder.sha256))
    model = RModel(folder)
    model.about["scan"] = scan.as_json(found) if found else []
    return model


def _with_report(model: "RModel") -> "RModel":
    model.about["report"] = model.report()
    return model
