"""A multi-model server on a real port: ``python -m tests.server.multi_model PORT ROOT [MIB]``."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from bridge.config import load_settings
from bridge.http.app import create_app
from bridge.http.models import administrative_routes, multi_model_routes
from bridge.log import configure
from bridge.pool.launch import Recipe
from bridge.pool.privileges import Privileges
from bridge.registry import Limits, Registry

STARTER, LOADER = "bridge.loader:warm", "bridge.loader:load"


def main(port: int, root: Path, mebibytes: int, workers: int) -> int:
    memory = mebibytes << 20 if mebibytes else None
    settings = load_settings({})
    launching = Recipe.base(STARTER, LOADER, Privileges.of(settings)).launch
    registry = Registry(settings, Limits(root, memory, workers, 2), launching)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        life = asyncio.create_task(registry.live())
        life.add_done_callback(lambda _: setattr(server, "should_exit", True))
        yield
        life.cancel()
        await asyncio.wait([life])

    routes = [*multi_model_routes(registry, 25 << 20), *administrative_routes(registry)]
    app = create_app(routes, lifespan)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, loop="uvloop", access_log=False, log_config=None
    )
    server = uvicorn.Server(config)
    server.run()
    return registry.exit_status


if __name__ == "__main__":
    configure()
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
