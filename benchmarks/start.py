"""start: from starting a process to its first right answer: ``python -m benchmarks.start``.

This service, the same with a model that is loaded when it is ready (multi-model), and plumber, in
turn, so that a machine whose speed drifts treats them alike.
"""

import argparse
import http.client
import json
import statistics
import time
from pathlib import Path

from benchmarks.client import HOST, Exchange
from benchmarks.contenders import MODEL, PLUMBER, SERVICE, START_SECONDS, Server
from benchmarks.truth import exchanges

_POLL = 0.005
_FOLDER = Path(MODEL).absolute()
_OPTIONS = ("--multi-model", "true", "--models", str(_FOLDER.parent))
_MANY = (*SERVICE.command[:2], *SERVICE.command[3:], *_OPTIONS)  # without its model


PORT = 4516


class ManyModels(Server):
    """A server of many models; it has started when one that is loaded at once gives its answer."""

    def settle(self) -> None:
        until = time.perf_counter() + START_SECONDS
        while not _answers("GET", "/ping"):
            if self._process.poll() is not None or time.perf_counter() > until:
                raise RuntimeError(f"it does not start: {self._tail()}")
            time.sleep(_POLL)
        self.ready = time.perf_counter()
        model = {"model_name": "m", "url": str(_FOLDER)}
        _answers("POST", "/models", json.dumps(model).encode())
        if not _answers("POST", "/models/m/invoke", self._known.request):
            raise RuntimeError("no right answer")


def main() -> None:
    """Prints a table of medians."""
    plan = _plan()
    known = exchanges(1)[0]
    found: dict[str, list[float]] = {}
    for _ in range(plan.rounds):
        for name, seconds in _round(known):
            found.setdefault(name, []).append(seconds)
    ours = statistics.median(found["this service"])
    print("| | seconds | least to most | to this service |")
    print("| --- | ---: | ---: | ---: |")
    for name, all_seconds in found.items():
        median = statistics.median(all_seconds)
        spread = f"{min(all_seconds):.2f} to {max(all_seconds):.2f}"
        print(f"| {name} | {median:.2f} | {spread} | {median / ours:.2f} |")


def _plan() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def _round(known: Exchange) -> list[tuple[str, float]]:
    with Server(SERVICE.command, PORT, known) as server:
        single = server.start_seconds
    began = time.perf_counter()
    with ManyModels(_MANY, PORT, known) as many:
        ready, loaded = many.ready - began, many.start_seconds
    with Server(PLUMBER.command, PORT, known) as server:
        plumber = server.start_seconds
    return [
        ("this service", single),
        ("many models, ready", ready),
        ("many models, a model loaded and asked", loaded),
        ("plumber", plumber),
    ]


def _answers(method: str, path: str, body: bytes | None = None) -> bool:
    connection = http.client.HTTPConnection(HOST, PORT, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
