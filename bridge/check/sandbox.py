"""sandbox: what R may do on this machine, as a process that is started as R is found out."""

import asyncio
import json
import socket
import textwrap
from dataclasses import dataclass
from typing import Any

from bridge.check.text import WIDTH
from bridge.config import environment, load_settings
from bridge.pool.launch import RProcess
from bridge.pool.privileges import Privileges

_MOST = 1 << 16
_CELLS = 0  # R is not started
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What R may do, each by trial; ``variables`` are those of the server that it sees.

    ``landlock`` and ``seccomp`` say why the kernel's means are not used, "" if they are.
    """

    network: bool
    write: bool
    other_processes: bool
    privileges: bool
    core_dumps: bool
    variables: list[str]
    landlock: str
    seccomp: str


def try_out() -> Sandbox:
    """What R may do here, with the settings of the environment; raises ConfigError."""
    return asyncio.run(_try_out(Privileges.of(load_settings({}))))


async def _try_out(privileges: Privileges) -> Sandbox:
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        with theirs:
            process = RProcess("bridge.pool.trial", theirs, (), _CELLS, privileges)
        try:
            told = await asyncio.wait_for(_told(ours), _SECONDS)
        finally:
            await process.stop()
    told["variables"] = [name for name in told["variables"] if name in environment()]
    return Sandbox(**told)


async def _told(channel: socket.socket) -> dict[str, Any]:
    loop, data = asyncio.get_running_loop(), b""
    while part := await loop.sock_recv(channel, _MOST):
        data += part
    told: dict[str, Any] = json.loads(data)
    return told


def in_words(sandbox: Sandbox) -> str:
    """The section of the report."""
    can = {
        "reach the network": sandbox.network,
        "write outside its temporary folder": sandbox.write,
        "read the server's memory and environment": sandbox.other_processes,
        "start programs with more privileges": sandbox.privileges,
        "leave core dumps": sandbox.core_dumps,
    }
    lines = [f"{what:42}{'yes' if may else 'no'}" for what, may in can.items()]
    means = {"Landlock": sandbox.landlock, "seccomp": sandbox.seccomp}
    lines += [f"without {name}: {why}" for name, why in means.items() if why]
    seen = f"{len(sandbox.variables)} of {len(environment())} environment variables"
    variables = textwrap.wrap(f"{seen}: {', '.join(sandbox.variables)}", WIDTH - 2)
    return "\n  ".join(["What R may do here, by trial", *lines, *variables])
