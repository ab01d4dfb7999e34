"""guarded: requests through the server's own protocol without sockets, for valgrind to count.

``python -m benchmarks.guarded WAY ROUNDS``. All of the front is here: protocol, codecs, coercion,
batcher, wire. In the place of the sockets are lists, in that of the worker an answer that it gave
before; clocks tell the same each time, so that nothing depends on how fast the machine is.
"""

import asyncio
import json
import os
import sys
from itertools import count
from typing import Any, cast

import uvicorn
import uvloop
from uvicorn.server import ServerState

from bridge import batcher, bulk, served
from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.frame import Frame
from bridge.http import protocol as short_road
from bridge.http.limits import Limits
from bridge.http.protocol import protocol_for
from bridge.parameters import Parameters
from bridge.pool import handle
from bridge.schema import Predictor, Schema
from bridge.wire import Call, Hello, Reader, pack

# Connections, and records of each request.
WAYS = {"one": (1, 1), "many": (64, 1), "hundred": (4, 100)}
WARM_UP = 20  # rounds
SCHEMA = Schema((Predictor("hmtime", "string"), Predictor("gender", "factor", ("F", "M"))))
RECORD = '{"hmtime": "1:30:20", "gender": "M"}'
_HEAD = (
    "POST /invocations HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\n"
    "Content-Length: {}\r\n\r\n"
)


def main(way: str, rounds: int) -> None:
    """Asks so often on each connection; what comes before it is not counted."""
    _stop_the_clocks()
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    front = loop.run_until_complete(_front(*WAYS[way]))
    loop.run_until_complete(front.ask(WARM_UP))
    told("counts")
    loop.run_until_complete(front.ask(rounds))
    told("counted")
    front.check()


def told(word: str) -> None:
    """Says so, and waits until that has been heard: who counts begins or ends here."""
    print(word, flush=True)
    sys.stdin.readline()


def _stop_the_clocks() -> None:
    clock = count(0.0, 1e-6).__next__  # as cheap as the one that it stands for
    for module in (batcher, bulk, handle, short_road):
        if not hasattr(module, "monotonic"):
            raise RuntimeError(f"{module.__name__} has another clock; tell benchmarks.guarded")
        vars(module)["monotonic"] = clock


def _answer(call: Call) -> Answer:
    """A text a row, as the marathon model answers."""
    texts: list[str | None] = ["03:23:30"] * call.frame.rows
    return Answer(Frame(("marathon_time",), (texts,), call.frame.rows), "columns")


class _Socket(asyncio.Transport):
    """Takes what is written; ``taken`` counts."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 8080), "peername": ("127.0.0.1", 1)})
        self.taken = 0
        self.last = b""

    def write(self, data: Any) -> None:
        self.taken += 1
        self.last = data

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


class _Worker(_Socket):
    """The worker's end: each call is answered in the loop's next turn, as it was at first."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[bytes, bytes] = {}
        self.server: handle.WorkerHandle

    def write(self, data: Any) -> None:
        answer = self._known.get(data)
        if answer is None:
            (call,) = Reader().feed(data)
            answer = self._known[data] = pack(_answer(cast(Call, call)))
        asyncio.get_running_loop().call_soon(self.server.data_received, answer)


def _served() -> served.ServedModel:
    end = _Worker()

    def changed(worker: handle.WorkerHandle) -> None:
        queue.pump()

    def idle() -> handle.WorkerHandle | None:
        return end.server if end.server.state is handle.State.IDLE else None

    queue = batcher.Batcher(idle, limit=1000, timeout=60.0)
    queue.merge = True
    end.server = handle.WorkerHandle(os.getpid(), changed)
    end.server.connection_made(end)
    end.server.data_received(pack(Hello()))
    model = served.ServedModel()
    model.open(Coercer(SCHEMA), queue, Parameters({}))
    return model


class _Front:
    """A server with so many connections, each of which asks for so many records."""

    def __init__(self, connections: int, records: int) -> None:
        self._records = records
        self._request = _request(records)
        self._sockets = [_Socket() for _ in range(connections)]
        self._protocols = _connected(_served(), self._sockets)
        self._asked = 0

    async def ask(self, rounds: int) -> None:
        """Each round asks on all connections, and waits for all answers."""
        for _ in range(rounds):
            self._asked += 1
            for protocol in self._protocols:
                protocol.data_received(self._request)
            # An event would be counted with what it tells of.
            while any(socket.taken < self._asked for socket in self._sockets):  # noqa: ASYNC110
                await asyncio.sleep(0)

    def check(self) -> None:
        """Raises RuntimeError if something was left out, or the last answer is not right."""
        if {socket.taken for socket in self._sockets} != {self._asked} or self._asked <= WARM_UP:
            raise RuntimeError("not every request was answered once")
        _check(self._sockets[0].last, self._records)


async def _front(connections: int, records: int) -> _Front:
    return _Front(connections, records)


def _connected(model: served.ServedModel, sockets: list[_Socket]) -> list[asyncio.Protocol]:
    kind = type("Guarded", (protocol_for(model, 1 << 20),), {"limits": Limits(), "token": b""})
    config = uvicorn.Config(_nothing, http=kind, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    protocols: list[asyncio.Protocol] = [kind(config, state, {}) for _ in sockets]
    for protocol, transport in zip(protocols, sockets, strict=True):
        protocol.connection_made(transport)
    return protocols


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("a request took the long road")


def _request(records: int) -> bytes:
    body = RECORD if records == 1 else f"[{', '.join([RECORD] * records)}]"
    return (_HEAD.format(len(body)) + body).encode()


def _check(response: bytes, records: int) -> None:
    answer = json.dumps({"marathon_time": ["03:23:30"] * records}, separators=(",", ":"))
    if not (response.startswith(b"HTTP/1.1 200") and response.endswith(answer.encode())):
        raise RuntimeError(f"not the answer: {response!r}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
