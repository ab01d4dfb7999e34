"""loader: how a zygote loads a model: its file is looked through first, then read by R.

The zygote is told one of these functions by name. The scan runs in it: should it crash or
hang, nothing else does.

R takes 0.1 s to start, as does all that is to be imported and done before it may see the
file. So the one is done while the other is, in another thread, which is gone before
anything is forked. It must read no environment variable from C, for R sets some meanwhile:
what does so when it is imported, numpy and OpenSSL, is imported before.
"""

import hashlib  # noqa: F401
import importlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy  # noqa: F401

from bridge import libr

if TYPE_CHECKING:
    from bridge.folder import ModelFolder
    from bridge.rmodel import RModel

T = TypeVar("T")
Loading = Callable[[], "RModel"]


def load(path: str) -> Loading:
    """Starts R; what is returned loads the model of the folder or file at ``path``."""
    return _begun(path, trusted=False)


def load_trusted(path: str) -> Loading:
    """The same, whatever the scan finds."""
    return _begun(path, trusted=True)


def load_with_report(path: str) -> Loading:
    """The same as ``load``, with ``report()`` in ``about``; for ``rbridge check``."""
    return _with_report(load(path))


def load_trusted_with_report(path: str) -> Loading:
    """Both."""
    return _with_report(load_trusted(path))


def warm() -> None:
    """Starts R and has it do once what every model needs; for ``bridge.pool.base``."""
    _start_beside(partial(importlib.import_module, "bridge.rmodel"))
    from bridge import rmodel

    rmodel.warm()


def _start_beside(other: Callable[[], T]) -> "Future[T]":
    """Starts R, if that is to do yet, and what was done meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(other)
        libr.start()
    return done


def _begun(path: str, trusted: bool) -> Loading:
    admitted = _start_beside(partial(_admitted, path, trusted))
    return lambda: _loaded(*admitted.result())


def _admitted(path: str, trusted: bool) -> "tuple[ModelFolder, list[dict[str, Any]]]":
    """The folder, and what the scan found in its file; raises StartupError."""
    from bridge import rmodel, scan  # noqa: F401
    from bridge.folder import read_folder

    folder = read_folder(Path(path))
    found = None
    if folder.data_file is not None:
        found = scan.admit(folder.data_file, scan.Trust(trusted, folder.sha256))
    return folder, scan.as_json(found) if found else []


def _loaded(folder: "ModelFolder", found: list[dict[str, Any]]) -> "RModel":
    """Raises StartupError. What the scan found is in ``about``."""
    from bridge.rmodel import RModel

    model = RModel(folder)
    model.about["scan"] = found
    return model


def _with_report(load: Loading) -> Loading:
    def loaded() -> "RModel":
        model = load()
        model.about["report"] = model.report()
        return model

    return loaded
