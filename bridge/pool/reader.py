"""reader: a process that reads and writes bodies for the server, and may die of them.

Started by ``bridge.pool.aside`` as ``python -m bridge.pool.reader FD PARENT BYTES``, where FD
is a Unix stream socket and BYTES what it may allocate. Each message is a pickle: a function
and its arguments; back comes ``(True, value)`` or ``(False, error)``. EOF means that the
server is gone.
"""

import logging
import resource
import sys
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from bridge.errors import BodyTooLarge, BridgeError
from bridge.log import configure
from bridge.pool.parent import die_with

log = logging.getLogger(__name__)


def main(fd: int, parent: int, most: int) -> None:
    """Answers calls until the server closes its end, or memory is short."""
    die_with(parent)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(fd)
    try:
        while _answer(connection):
            pass
    except EOFError:
        return


def _answer(connection: "Connection[Any, Any]") -> bool:
    """False if this process had better end: after a lack of memory nobody knows its state."""
    function, *arguments = connection.recv()
    try:
        reply = ForkingPickler.dumps((True, function(*arguments)))
    except BridgeError as error:
        reply = ForkingPickler.dumps((False, error))
    except MemoryError:
        connection.send((False, BodyTooLarge("the body takes too much memory once it is read")))
        return False
    except Exception as error:
        log.exception("a body could not be read or written")
        reply = ForkingPickler.dumps((False, RuntimeError(repr(error))))
    connection.send_bytes(reply)
    return True


if __name__ == "__main__":
    configure()
    main(*map(int, sys.argv[1:]))
