"""metrics: GET /metrics, what Prometheus scrapes: the counts of the whole server.

Whichever front answers. What is so at the moment it knows of itself; of the others, what they
showed last, a tenth of a second ago.
"""

import asyncio
from typing import Protocol

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge.http.app import respond
from bridge.http.counted import METRICS
from bridge.ledger import Ledger

TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Shown(Protocol):
    """What is served: it has its counts ``show`` what is so at the moment."""

    @property
    def r_version(self) -> str: ...

    def show(self) -> None: ...


def metrics_routes(ledger: Ledger, shown: Shown) -> list[Route]:
    """``/metrics``."""
    return [Route(METRICS, Metrics(ledger, shown), methods=["GET"])]


class Metrics:
    """The text is made by a thread: what makes it is imported for the first one."""

    def __init__(self, ledger: Ledger, shown: Shown) -> None:
        self._ledger = ledger
        self._shown = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._shown.show()
        self._ledger.publish()
        text = await asyncio.to_thread(self._text)
        await respond(send, 200, text, TYPE)

    def _text(self) -> bytes:
        from bridge.http.families import text

        return text(self._ledger.totals(), self._shown.r_version)
