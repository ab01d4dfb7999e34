"""landlock: what the kernel's Landlock takes from a process and all that it will start.

Of the files: any change outside the folders that are given. Of the network: TCP, from
Linux 6.7 on. Of other processes: their memory and environment, and from 6.12 on signals
to them. What a process inside asks of one outside is refused; not the other way round,
so the server still signals and measures its workers.

Three system calls, https://docs.kernel.org/userspace-api/landlock.html, which no libc
wraps yet. Their numbers are the same on every architecture.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # flag of create_ruleset: what the kernel knows
_PATH_BENEATH = 1
# WRITE_FILE, REMOVE_DIR, REMOVE_FILE and the seven MAKE_*; then by version of the interface.
_WRITES = 0b1_1111_1111_0010
_SINCE = {2: 1 << 13, 3: 1 << 14}  # REFER, TRUNCATE
_OF_FILES = 1 << 1 | 1 << 14  # what can be allowed of a single file
_TCP, _TCP_SINCE = 0b11, 4  # BIND, CONNECT
_SCOPES, _SCOPES_SINCE = 0b11, 6  # abstract Unix sockets, signals
_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Of the kernel's Landlock; raises OSError where there is none."""
    return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)


def ruleset(writable: Iterable[str], *, network: bool) -> int:
    """A descriptor for ``enter``; raises OSError. ``writable``: folders and files."""
    known = version()
    writes = _WRITES | sum(flag for since, flag in _SINCE.items() if known >= since)
    tcp = _TCP if known >= _TCP_SINCE and not network else 0
    scopes = _SCOPES if known >= _SCOPES_SINCE else 0
    handled = struct.pack("=QQQ", writes, tcp, scopes)
    rules = _call(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    try:
        for path in writable:
            _allow(rules, path, writes)
    except BaseException:
        os.close(rules)
        raise
    return rules


def enter(rules: int) -> None:
    """Shuts this process in for ever, apart from all others that do so; raises OSError.

    Needs no_new_privs, or root.
    """
    _call(_RESTRICT_SELF, rules, 0)


def _allow(rules: int, path: str, writes: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = writes if os.path.isdir(path) else writes & _OF_FILES  # noqa: PTH112
        _call(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", allowed, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
