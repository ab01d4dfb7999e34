"""confined: gives up what R does not need, then becomes the process that will hold R.

Started by ``launch`` as ``python -m bridge.pool.confined MAY FOLDER MODULE arguments...``,
see ``confinement``; then runs as ``python -m MODULE arguments...`` would.
"""

import gc
import runpy
import sys

from bridge.pool.confinement import prepare


def main(may: str, folder: str, module: str) -> None:
    """Confines this process, and runs ``module`` in it.

    Python's collector would find nothing in what is imported; ``share_memory`` turns it on.
    """
    gc.disable()
    prepare(may, folder)
    del sys.argv[1:4]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:4])
