"""A zygote by itself, as ``launch`` starts it, of a model that is none of R's."""

import os
import socket
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("bridge.pool.zygote", ("bridge.model:load_echo", "")),
        ("bridge.pool.base", ("bridge.errors:BridgeError", "bridge.model:load_echo")),
    ],
)
def test_one_whose_server_is_gone_ends_without_a_word(
    module: str, arguments: tuple[str, str]
) -> None:
    """A server that cannot start has started R already."""
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        told = (str(theirs.fileno()), str(os.getpid()))
        done = subprocess.run(
            [sys.executable, "-m", module, *told, *arguments],
            pass_fds=(theirs.fileno(),),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
