"""libr: R's C API in this process, and the start of R. THE ONLY FILE THAT KNOWS rpy2.

Of rpy2 it takes the compiled binding alone. Its ``rinterface`` costs more per call than
predict() itself, takes 30 ms to import, and runs an Rscript twice, for 0.2 s each, to learn
an environment that ``R CMD`` has already given this process.
"""

import os
from functools import cache
from typing import Any

import _rinterface_cffi_api

rlib = _rinterface_cffi_api.lib
ffi = _rinterface_cffi_api.ffi

# No saved workspace and no ~/.Rprofile: a fresh session, whoever starts the server.
_OPTIONS = ("rbridge", "--quiet", "--no-save", "--no-restore", "--no-init-file")


@cache
def start() -> None:
    """Starts R, once in this process and those forked from it; for its main thread.

    As "Embedding R under Unix-alikes" in Writing R Extensions says. R's own check of its
    stack stays on, so that an infinite recursion is an R error and not a segfault.
    """
    options = [ffi.new("char[]", option.encode()) for option in _OPTIONS]
    rlib.R_SignalHandlers = 0
    rlib.Rf_initialize_R(len(options), options)
    rlib.setup_Rmainloop()
    # What R prints and what it complains of goes through one function, which flushes.
    rlib.R_Outputfile = rlib.R_Consolefile = ffi.NULL
    rlib.ptr_R_CleanUp = rlib._cleanup


@ffi.def_extern()  # type: ignore[untyped-decorator]
def _cleanup(save: Any, status: int, last: int) -> None:
    """By itself R would remove the temporary folder, which all workers share."""
    os._exit(status)
