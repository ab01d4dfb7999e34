"""server: the composition root: Settings and a model folder become a running server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from bridge.config import Settings
from bridge.folder import ModelFolder
from bridge.http.app import create_app
from bridge.http.protocol import protocol_for
from bridge.pool.supervisor import Supervisor, Zygote
from bridge.service import Service

KEEP_ALIVE_SECONDS = 75  # well above the interval of any platform's ping


def serve(settings: Settings, folder: ModelFolder, zygote: Zygote) -> int:
    """Serves until SIGTERM or SIGINT; returns the exit status. ``zygote`` is starting."""
    service = Service(settings, folder, Supervisor(zygote, settings.workers))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        life = asyncio.create_task(service.live())
        life.add_done_callback(lambda _: setattr(server, "should_exit", True))
        yield
        life.cancel()
        await asyncio.wait([life])

    max_body = int(settings.max_body_mb * 2**20)
    config = uvicorn.Config(
        create_app(service.served, service.can_answer, max_body, lifespan),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=protocol_for(service.served, max_body),
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.drain,
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    server.run()
    return service.exit_status
