"""title: the name that ``ps`` and ``top`` show of a process."""

import ctypes

_PR_SET_NAME = 15
_libc = ctypes.CDLL(None)


def call_itself(role: str) -> None:
    """Gives this process a name that tells what it is there for."""
    _libc.prctl(_PR_SET_NAME, f"rbridge-{role}".encode())
