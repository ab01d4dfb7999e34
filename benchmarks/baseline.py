"""baseline: how the two Starlette contenders are run: as the service is, but for its tuning.

The settings are those of ``bridge.server``; the protocol is uvicorn's own, and Python's
garbage collector is left as it is.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

KEEP_ALIVE_SECONDS = 75  # as in bridge.server


def run(invocations: Callable[[Request], Awaitable[Response]], port: int) -> None:
    """Serves ``POST /invocations`` until SIGTERM."""
    run_app(Starlette(routes=[Route("/invocations", invocations, methods=["POST"])]), port)


def run_app(app: ASGIApp, port: int, lifespan: Literal["auto", "off"] = "auto") -> None:
    """Serves any ASGI application until SIGTERM."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        server_header=False,
        proxy_headers=False,
        lifespan=lifespan,
    )
    uvicorn.Server(config).run()
