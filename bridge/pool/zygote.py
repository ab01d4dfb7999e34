"""zygote: the process that loads R and the model once, and forks workers on demand.

Started by ``launch`` as ``python -m bridge.pool.zygote FD PARENT LOADER PATH``, where
FD is a Unix stream socket. Single-threaded for ever: a thread that held a lock while we
fork would leave it locked in the worker. ``bridge.pool.base`` forks zygotes instead, one
for each of many models. Each line on the socket is a JSON object:

    zygote   {"ready": {...}} or {"refused": "why"}          once, when loaded
    server   {"fork": BYTES or null} and one descriptor      the new worker's socket, and
    zygote   {"pid": 123}                                    how much memory it may take
    server   {"spare": ROLE} and one descriptor              a zygote in reserve, and the
    zygote   {"pid": 123}                                    socket on which it obeys; ROLE is
                                                             what this one is: zygote, mother
    server   {"zygote": null} and one descriptor             another zygote, which tells that
    zygote   {"pid": 123}                                    it is ready on a socket of its own
    zygote   {"failed": "why"}                               instead, when it cannot fork
    server   {"reap": 123}                                   kills it, if it still lives
    zygote   {"ended": "killed by signal 9"}

A spare has all that the zygote has loaded, for next to no memory, and is confined as it is.
It leads a process group of its own and outlives the zygote, whose place it then takes in
milliseconds; it ends when its socket does.
So does another zygote, which is lent to a process that answers HTTP, see ``bridge.fronts``.
What lends them has no workers itself and is called mother.
Workers stay unreaped until the server asks, so their pids are never another process's
while the server may send them a signal. EOF means that the server is gone. Workers die
with their zygote, the zygote with its server: no orphan holds a model's memory.
"""

import contextlib
import os
import sys

from bridge.log import configure
from bridge.pool.confinement import enter
from bridge.pool.named import named
from bridge.pool.parent import die_with
from bridge.pool.title import call_itself


def main(fd: int, parent: int, loader: str, path: str) -> None:
    """Loads the model with ``loader`` ("module:callable"), then obeys the server."""
    die_with(parent)
    call_itself("zygote")
    enter()
    os.set_inheritable(fd, False)  # not for what R starts
    load = named(loader)(path)
    # Only now that R is there, which has not waited for it.
    import socket

    from bridge.pool.forking import limited, serve
    from bridge.pool.memory import free_bytes

    # R tells when it has not enough memory, where the kernel only kills.
    serve(socket.socket(fileno=fd), lambda: limited(load, free_bytes()))


if __name__ == "__main__":
    configure()
    with contextlib.suppress(ConnectionError):  # the server is gone
        main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
