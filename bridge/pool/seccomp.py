"""seccomp: system calls that a process and all that it will start are refused.

Through libseccomp, which knows their numbers and every other way to make them; apt and
systemd bring it to most systems.
"""

import ctypes
import errno
import os
from collections.abc import Iterable

_LIBRARY = "libseccomp.so.2"
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
# By default a filter also turns off the processor's speculation past stores, where the
# kernel is older than 5.16, and with it some of R's speed.
_SPECULATION, _RAW_ERRORS = 7, 9
# No other than these opens a connection; a socketpair ends where it began.
NETWORK = ("socket", "io_uring_setup")
# The memory and the descriptors of others.
OTHERS = ("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd")


def refuse(calls: Iterable[str]) -> None:
    """Has ``calls`` fail with EACCES for ever; raises OSError. Needs no_new_privs, or root."""
    library = ctypes.CDLL(_LIBRARY)
    library.seccomp_init.restype = ctypes.c_void_p
    made = library.seccomp_init(ctypes.c_uint32(_ALLOW))
    if not made:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    context = ctypes.c_void_p(made)
    try:
        for attribute in (_SPECULATION, _RAW_ERRORS):
            library.seccomp_attr_set(context, attribute, ctypes.c_uint32(1))
        for name in calls:
            _add(library, context, name)
        _check(library.seccomp_load(context))
    finally:
        library.seccomp_release(context)


def _add(library: ctypes.CDLL, context: ctypes.c_void_p, name: str) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:  # an older libseccomp does not know the newest, nor an older kernel
        action = ctypes.c_uint32(_ERRNO | errno.EACCES)
        _check(library.seccomp_rule_add_array(context, action, number, 0, None))


def _check(result: int) -> None:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
