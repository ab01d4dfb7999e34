"""libr: R's C API in this process, and the start of R. THE ONLY FILE THAT IMPORTS rpy2.

rpy2 is used at the level of R's C API: its vector classes cost more per call than
predict() itself, and ``rinterface.initr()`` runs an Rscript for 0.2 s to learn an
environment that ``R CMD`` has already given this process. Its import would run another.
"""

import os
from functools import cache

import rpy2.situation

rpy2.situation.r_ld_library_path_from_subprocess = lambda r_home: ""
from rpy2.rinterface_lib import callbacks, embedded, openrlib  # noqa: E402

# No saved workspace and no ~/.Rprofile: a fresh session, whoever starts the server.
_OPTIONS = ("rbridge", "--quiet", "--no-save", "--no-restore", "--no-init-file")

rlib = openrlib.rlib
ffi = openrlib.ffi


@cache
def start() -> None:
    """Starts R, once in this process and those forked from it; for its main thread."""
    embedded.set_initoptions(_OPTIONS)
    # rpy2 turns R's stack check off by default; 0 leaves it to R, so that an infinite
    # recursion is an R error and not a segfault.
    embedded._initr(interactive=False, _want_setcallbacks=False, _c_stack_limit=0)
    # By itself R would remove the temporary folder, which all workers share.
    callbacks.cleanup = lambda save, status, last: os._exit(status)
    rlib.ptr_R_CleanUp = rlib._cleanup
