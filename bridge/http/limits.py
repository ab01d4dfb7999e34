"""limits: what one connection, and all of them together, may take of the server."""

import resource
from dataclasses import dataclass, field

SPARE_DESCRIPTORS = 128  # for what is no connection: sockets of workers, files, pipes


@dataclass(slots=True)
class Limits:
    """``connections`` at a time, ``head_bytes`` and ``headers`` of a request.

    ``held_bytes`` of bodies that are received or answered. A head must be there within
    ``seconds``, a body with as many more as it takes at ``BYTES_PER_SECOND``.
    """

    connections: int = 10_000
    head_bytes: int = 32 * 1024
    headers: int = 100
    held_bytes: int = 256 * 2**20
    seconds: float = 30.0
    held: int = field(default=0, init=False)


def allowed_connections(wanted: int) -> int:
    """``wanted``, or as many as there can be descriptors for; as many as may be are made."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return max(1, min(wanted, most - SPARE_DESCRIPTORS))
