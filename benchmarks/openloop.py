"""openloop: requests at a constant rate, whether those before them are answered or not.

Each is timed from when it was due, not from when it was sent: while the server (or this
client) stands still, all that was due meanwhile waits, and counts so. A client that waits for
an answer before it asks again leaves these out, which is called coordinated omission.

One thread, one epoll and plain sockets, since what a client takes the server lacks.
"""

import ctypes
import gc
import select
import socket
import time
from dataclasses import dataclass
from math import inf

import numpy as np

from benchmarks.client import HOST, Exchange

CONNECTIONS = 256
PATIENCE = 10.0  # after the last request was due; what is not answered by then has failed
SHORT = 20e-6
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9, "max": 100.0}
_PR_SET_TIMERSLACK = 29
_RECEIVE = 1 << 18


@dataclass(frozen=True)
class Offered:
    """What came of the requests; latencies in microseconds, by percentile.

    ``late_us``: by how much (p99) the client itself missed the due time of what it had a
    connection for. ``client_us``: its CPU time per request.
    """

    requests: int
    wrong: int
    failed: int
    seconds: float
    latency_us: dict[str, float]
    late_us: float
    client_us: float

    @property
    def per_second(self) -> float:
        return (self.requests - self.failed) / self.seconds


class Schedule:
    """When requests are due: ``rate`` a second for so long; at rate 0, as soon as can be."""

    def __init__(self, rate: float, seconds: float) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._seconds = seconds

    def due(self, number: int, now: float) -> float | None:
        """When request ``number`` is due, in seconds from the start; None if none is any more."""
        due = number * self._interval if self._interval else now
        return due if due < self._seconds else None


def percentiles(seconds: list[float]) -> dict[str, float]:
    """In microseconds; each is a latency that was measured, not one between two."""
    if not seconds:
        return {}
    values = np.percentile(seconds, list(PERCENTILES.values()), method="higher")
    return {name: round(1e6 * v, 1) for name, v in zip(PERCENTILES, values, strict=True)}


def offer(
    port: int, path: str, exchange: Exchange, schedule: Schedule, connections: int
) -> Offered:
    """Asks the same request as ``schedule`` says, on so many connections."""
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1000, 0, 0, 0)  # 1 microsecond, else 50
    client = _Client(port, path, exchange, connections)
    gc.collect()
    gc.disable()
    began, used = time.perf_counter(), time.process_time()
    try:
        client.run(schedule, began)
    finally:
        gc.enable()
        client.close()
    requests = max(client.sent, 1)
    return Offered(
        requests=client.sent,
        wrong=client.wrong,
        failed=client.sent - len(client.latencies),
        seconds=client.ended - began,
        latency_us=percentiles(client.latencies),
        late_us=percentiles(client.late).get("p99", 0.0),
        client_us=round(1e6 * (time.process_time() - used) / requests, 1),
    )


class _Client:
    def __init__(self, port: int, path: str, exchange: Exchange, connections: int) -> None:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(exchange.request)}\r\n\r\n"
        )
        self._request = head.encode() + exchange.request
        self._expected = exchange.expected
        self._sockets = [_connected(port) for _ in range(connections)]
        self._by_number = {s.fileno(): s for s in self._sockets}
        self._idle = list(self._sockets)
        self._due: dict[socket.socket, float] = {}
        self._parts: dict[socket.socket, bytes] = {}
        self._poll = select.epoll()
        for number in self._by_number:
            self._poll.register(number, select.EPOLLIN)
        self.sent = self.wrong = 0
        self.ended = 0.0
        self._free_since = 0.0  # so long there has been a connection that waited
        self.latencies: list[float] = []
        self.late: list[float] = []

    def run(self, schedule: Schedule, began: float) -> None:
        now = 0.0
        due: float | None = 0.0
        until = PATIENCE
        while self._due or due is not None:
            now = time.perf_counter() - began
            due = self._send(schedule, now)
            if due is not None:
                until = max(now, due) + PATIENCE
            elif now > until:
                break
            self._read(began, due - now if due is not None and self._idle else until - now)
        self.ended = time.perf_counter()

    def _send(self, schedule: Schedule, now: float) -> float | None:
        """Sends what is due, while there are connections; when the next request is due."""
        while (due := schedule.due(self.sent, now)) is not None and due <= now and self._idle:
            connection = self._idle.pop()
            connection.send(self._request)
            self._due[connection] = due
            self.sent += 1
            if due >= self._free_since:
                self.late.append(now - due)
        if not self._idle:
            self._free_since = inf
        elif self._free_since == inf:
            self._free_since = now
        return due

    def _read(self, began: float, patience: float) -> None:
        """Takes what has come; waits for it no longer than ``patience``."""
        # epoll itself counts milliseconds; what is due in less than a call takes is not waited for.
        if patience > SHORT and not select.select([self._poll], (), (), patience)[0]:
            return
        for number, _ in self._poll.poll(0):
            connection = self._by_number[number]
            data = connection.recv(_RECEIVE)
            if not data:
                raise RuntimeError("the server closed a connection")
            self._take(connection, data, began)

    def _take(self, connection: socket.socket, data: bytes, began: float) -> None:
        if connection in self._parts:
            data = self._parts.pop(connection) + data
        right = data.endswith(self._expected) and data.startswith(b"HTTP/1.1 200")
        if not right and not _is_whole(data):
            self._parts[connection] = data
            return
        self.latencies.append(time.perf_counter() - began - self._due.pop(connection))
        self._idle.append(connection)
        self.wrong += not right

    def close(self) -> None:
        self._poll.close()
        for connection in self._sockets:
            connection.close()


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection((HOST, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _is_whole(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return bool(found) and len(body) >= int(length)
