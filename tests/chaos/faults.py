"""What can be broken, and how. A request made to break something knows what it should get."""

import asyncio
import contextlib
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

import httpx

from tests.serving import Server, children

# Model code that misbehaves, by mode, and what its request should get.
POISON = {
    "quit": "worker_died",
    "exit": "worker_died",
    "null": "worker_died",
    "garble": "worker_died",
    "close": "worker_died",
    "orphan": "worker_died",
    "freeze": "worker_died",
    "stop": "prediction_failed",
    "deep": "prediction_failed",
    "short": "prediction_failed",
    "vast": "insufficient_memory",
    "greedy": "insufficient_memory",
    "loop": "deadline_exceeded",
    "spin": "deadline_exceeded",
    "bad": "rejected",
}
LASTING = ("loop", "spin")  # so long that other faults may end their workers, twice
SIGNALS = {"kill": signal.SIGKILL, "segfault": signal.SIGSEGV, "freeze": signal.SIGSTOP}
HEAD = b"POST /invocations HTTP/1.1\r\nhost: h\r\ncontent-length: 500000\r\n"
ROWS = b'{"x": [' + b"1," * 80_000 + b'1], "mode": [' + b'"ok",' * 80_000 + b'"ok"]}'
WHOLE = HEAD.replace(b"500000", b"%d" % len(ROWS)) + b"\r\n" + ROWS
# Clients that misbehave, by name, and what they send before they hang up or wait.
CLIENTS = {
    "hangs up in the body": (HEAD + b"\r\n[[[", 0.0),
    "hangs up in the answer": (WHOLE, 0.1),
    "is slow": (HEAD, 7.0),
    "has a large head": (HEAD + b"a: " + b"b" * 100_000, 0.5),
    "sends garbage": (b"\x00\xff" * 100, 0.5),
}
SCARCE = {"disk": resource.RLIMIT_FSIZE, "descriptors": resource.RLIMIT_NOFILE}
SCARCE_SECONDS = 0.5
KINDS = [
    *(f"worker: {name}" for name in SIGNALS),
    *("zygote: kill", "spare: kill"),
    *(f"model code: {mode}" for mode in POISON),
    *(f"client: {name}" for name in CLIENTS),
    *(f"scarce: {name}" for name in SCARCE),
]


class Faults:
    """Injects faults into ``server`` and remembers when, and what did not go as it should."""

    def __init__(self, server: Server) -> None:
        self.injected: list[tuple[str, float]] = []
        self.unexpected: Counter[str] = Counter()
        self._server = server
        self._running: set[asyncio.Task[None]] = set()

    def inject(self, kind: str, number: int) -> None:
        part, _, name = kind.partition(": ")
        ways: dict[str, Callable[[str, int], Coroutine[Any, Any, None]]] = {
            "worker": self._signal,
            "zygote": self._kill,
            "spare": self._kill_spare,
            "model code": self._poison,
            "client": self._client,
            "scarce": self._scarce,
        }
        self.injected.append((kind, monotonic()))
        self._running.add(asyncio.create_task(ways[part](name, number)))

    async def finish(self) -> None:
        """Waits for the answers of requests that were made to break something."""
        await asyncio.gather(*self._running)

    async def _signal(self, name: str, number: int) -> None:
        if workers := self._pids(self._server.workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(workers[number % len(workers)], SIGNALS[name])

    async def _kill(self, name: str, number: int) -> None:
        """Once there is a spare, for without it the model is loaded anew."""
        await self._wait_for_spare()
        for pid in self._pids(lambda: [self._server.zygote()]):
            os.kill(pid, signal.SIGKILL)

    async def _wait_for_spare(self) -> None:
        for _ in range(500):
            if self._pids(self._server.spares):
                return
            await asyncio.sleep(0.02)

    async def _kill_spare(self, name: str, number: int) -> None:
        for pid in self._pids(self._server.spares):
            os.kill(pid, signal.SIGKILL)

    def _pids(self, find: Callable[[], list[int]]) -> list[int]:
        try:
            return find()
        except ValueError:  # one zygote takes the place of another
            return []

    async def _poison(self, mode: str, number: int) -> None:
        record = {"x": number % 100, "mode": mode}
        async with httpx.AsyncClient(timeout=20) as client:
            try:
                reply = await client.post(self._server.url + "/invocations", json=record)
                code = reply.json()["error"]["code"]
            except httpx.TransportError as error:
                code = type(error).__name__
        if code != POISON[mode] and (mode not in LASTING or code != "worker_died"):
            self.unexpected[f"{mode}: {code}"] += 1

    async def _client(self, name: str, number: int) -> None:
        sent, seconds = CLIENTS[name]
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self._server.port)
            writer.write(sent)
            await asyncio.sleep(seconds)
            writer.transport.abort()

    async def _scarce(self, name: str, number: int) -> None:
        """No file may grow, or no descriptor be had, by any process there is, for a moment."""
        kind, before = SCARCE[name], []
        pids = [self._server.process.pid]
        for zygote in self._pids(lambda: [self._server.zygote()]):
            pids += [zygote, *children(zygote)] if name == "disk" else []
        for pid in pids:
            with contextlib.suppress(OSError):
                limits = resource.prlimit(pid, kind)
                resource.prlimit(pid, kind, (0, limits[1]))
                before.append((pid, limits))
        await asyncio.sleep(SCARCE_SECONDS)
        for pid, limits in before:
            with contextlib.suppress(OSError):
                resource.prlimit(pid, kind, limits)
