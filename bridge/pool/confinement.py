"""confinement: what this process gives up, for itself and all that it will start.

``prepare`` once, before R is there; then ``enter``, in each process that shall be apart
from the others: a zygote, then each of its workers. What the kernel does not offer is
told, and done without.
"""

import ctypes
import os
import resource
import struct
from collections.abc import Iterable
from typing import NamedTuple

from bridge.pool import landlock, seccomp

_SET_DUMPABLE, _SET_NO_NEW_PRIVS, _GET_NO_NEW_PRIVS = 4, 38, 39
_NULL = "/dev/null"
_CAPABILITIES = struct.pack("=Ii", 0x20080522, 0)  # version 3, of this process
_DAC_READ_SEARCH = 1 << 2  # a model that only its owner may read is served by root as before
_libc = ctypes.CDLL(None)


class Obstacles(NamedTuple):
    """Why the kernel does not hold R back; each "" if it does."""

    landlock: str
    seccomp: str


class _This:
    """This process; ``rules`` are Landlock's, to be entered, or None."""

    rules: int | None = None
    obstacles = Obstacles("not asked for", "not asked for")


def hide() -> None:
    """Keeps this process's memory and environment from others of the same user.

    Where there is no Landlock, nothing else keeps R from them.
    """
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def prepare(may: str, folder: str) -> None:
    """Gives up privileges, core dumps, and what ``may`` (the setting r_may) does not grant.

    ``folder`` is where R may write.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if may == "all":
        _This.obstacles = Obstacles("r_may is all", "r_may is all")
    else:
        _drop_capabilities()
        _This.obstacles = Obstacles(_domain(may, folder), _filter(may))


def enter(*, last: bool = False) -> None:
    """Shuts this process in, apart from others that are; ``last``: so will none it starts."""
    if _This.rules is None:
        return
    try:
        landlock.enter(_This.rules)
    except OSError as error:  # there is a filter, or a limit on how deep one may go
        _This.obstacles = _This.obstacles._replace(landlock=error.strerror or str(error))
        last = True
    if last:
        os.close(_This.rules)
        _This.rules = None


def obstacles() -> Obstacles:
    """What ``prepare`` met."""
    return _This.obstacles


def tell(obstacles: Iterable[str]) -> None:
    """Logs what another process met that holds R."""
    import logging  # which R's start shall not wait for

    told = [f"no ({why})" if why else "yes" for why in obstacles]
    level = logging.INFO if told == ["yes", "yes"] else logging.WARNING
    logging.getLogger(__name__).log(level, "R is confined by Landlock: %s; by seccomp: %s", *told)


def can_gain_privileges() -> bool:
    """True if a program that this process starts may have more privileges than it has."""
    return not _libc.prctl(_GET_NO_NEW_PRIVS, 0, 0, 0, 0)


def _drop_capabilities() -> None:
    """Leaves root what it needs to read files."""
    sets = ctypes.create_string_buffer(6 * 4)
    _libc.capget(_CAPABILITIES, sets)
    effective, permitted, *_ = struct.unpack("=6I", sets)
    kept = (effective & _DAC_READ_SEARCH, permitted & _DAC_READ_SEARCH, 0, 0, 0, 0)
    _libc.capset(_CAPABILITIES, struct.pack("=6I", *kept))


def _domain(may: str, folder: str) -> str:
    writable = "/" if may == "write" else folder
    try:
        _This.rules = landlock.ruleset((writable, _NULL), network=may == "network")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _filter(may: str) -> str:
    network = () if may == "network" else seccomp.NETWORK
    try:
        seccomp.refuse((*seccomp.OTHERS, *network))
    except OSError as error:
        return error.strerror or str(error)
    return ""
