"""server: the composition root: Settings and a model folder become a running server."""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from bridge.config import Settings
from bridge.folder import ModelFolder
from bridge.front import Front
from bridge.fronts import Fronts
from bridge.http.admin import Divided
from bridge.http.app import Invocations, create_app, model_routes
from bridge.http.bounded import BoundedProtocol, counting
from bridge.http.endpoints import endpoint_routes
from bridge.http.execution import execution_routes
from bridge.http.hosted import Hosted
from bridge.http.limits import Limits, allowed_connections
from bridge.http.metrics import metrics_routes
from bridge.http.models import administrative_routes, multi_model_routes
from bridge.http.openapi import model_openapi, openapi_routes
from bridge.http.openinference import inference_routes
from bridge.http.predict import predict_routes, vertex_routes
from bridge.http.protocol import protocol_for
from bridge.http.sharing import Place, SharingServer
from bridge.http.targets import ManyModels, OneModel
from bridge.http.token import read_token
from bridge.ledger import Ledger
from bridge.pool.keeper import Keeper
from bridge.pool.launch import Launched
from bridge.pool.lent import Post
from bridge.pool.mother import Mother
from bridge.pool.supervisor import Supervisor
from bridge.pool.zygote_handle import Zygote
from bridge.registry import Limits as ModelLimits
from bridge.registry import Registry
from bridge.service import Service, model_name
from bridge.shares import share
from bridge.tally import Tally

WORKERS_PER_CORE = 4  # of many models: most are idle, and another's takes milliseconds to fork
EXIT_FAILED = 1
UNKNOWN = ""  # the model of a request that was refused before it was looked for
INVOCATIONS = ("/invocations", "/invocations/")
# So long the event loop waits for Python's lock when a thread that reads or writes has it, several
# times a request.
SWITCH_SECONDS = 0.0005
KEEP_ALIVE_SECONDS = 75  # well above the interval of any platform's ping
MakeServer = Callable[[uvicorn.Config], uvicorn.Server]
log = logging.getLogger(__name__)


class Life(Protocol):
    """What is served: it lives until cancelled, or ends by itself with an exit status."""

    exit_status: int

    async def live(self) -> None: ...


def serve(settings: Settings, folder: ModelFolder, zygote: Zygote) -> int:
    """Serves until SIGTERM or SIGINT; returns the exit status. ``zygote`` is starting."""
    supervisor = Supervisor(
        zygote,
        settings.workers,
        memory=_worker_memory(settings),
        most_requests=settings.worker_requests,
        patience=settings.load_seconds,
    )
    ledger = Ledger()
    return _serve(settings, folder, Service(settings, folder, supervisor, ledger), ledger)


def serve_divided(settings: Settings, folder: ModelFolder, zygote: Zygote) -> int:
    """The same, by as many processes as the setting ``processes`` says."""

    def serve_share(number: int, post: Post, late: bool) -> int:
        own = share(settings, number)
        ledger.become(number)
        keeper = Keeper(
            post.zygote(),
            own.workers,
            memory=_worker_memory(own),
            most_requests=own.worker_requests,
        )
        service = Service(own, folder, keeper, ledger)
        front = Front(service, post, late)
        place = Place(listening, tally, number)
        server = partial(SharingServer, place=place, may_listen=front.may_listen)
        return _serve(own, folder, service, ledger, front, server)

    tally, ledger = Tally(settings.processes), Ledger(settings.processes)
    ledger.open(model_name(settings, folder))
    mother = Mother(zygote, settings.load_seconds)
    try:
        listening = _bound(settings.host, settings.port)
    except SystemExit:
        asyncio.run(mother.stop())
        raise
    return Fronts(mother, listening, tally, ledger, serve_share).run(settings.processes)


def _serve(
    settings: Settings,
    folder: ModelFolder,
    service: Service,
    ledger: Ledger,
    front: Front | None = None,
    server: MakeServer = uvicorn.Server,
) -> int:
    can_answer = front.can_answer if front else service.can_answer
    routes = _routes(settings, folder, service, can_answer)
    protocol = counting(service.served.counts)
    if settings.predict_route not in INVOCATIONS:  # the short road answers as SageMaker wants it
        protocol = protocol_for(service.served, _max_body(settings))
    return _run(
        settings, front or service, routes, protocol, metrics_routes(ledger, service), server
    )


def _worker_memory(settings: Settings) -> int | None:
    return settings.worker_memory_mb << 20 if settings.worker_memory_mb else None


def serve_models(settings: Settings, launching: Callable[[], Launched], launched: Launched) -> int:
    """The same for the models that ``POST /models`` names."""
    memory = settings.model_memory_mb << 20 if settings.model_memory_mb else None
    most = settings.workers * WORKERS_PER_CORE
    limits = ModelLimits(Path(settings.models), memory, most, settings.workers)
    registry = Registry(settings, limits, launching, launched)
    max_body = _max_body(settings)
    routes = multi_model_routes(registry, max_body)
    if settings.endpoints:
        routes += endpoint_routes(ManyModels(registry, max_body))
    administrative = [*administrative_routes(registry), *metrics_routes(registry.ledger, registry)]
    protocol = counting(registry.ledger.open(UNKNOWN))
    return _run(settings, registry, routes, protocol, administrative)


def _max_body(settings: Settings) -> int:
    return int(settings.max_body_mb * 2**20)


def _limits(settings: Settings) -> Limits:
    return Limits(
        connections=allowed_connections(settings.max_connections),
        head_bytes=settings.max_header_kb << 10,
        held_bytes=settings.queue_mb << 20,
        seconds=settings.receive,
    )


def _run(
    settings: Settings,
    life: Life,
    routes: list[Route],
    protocol: type[BoundedProtocol],
    administrative: Sequence[Route],
    make_server: MakeServer = uvicorn.Server,
) -> int:
    def over(living: asyncio.Task[None]) -> None:
        server.should_exit = True
        if not living.cancelled() and (error := living.exception()):
            log.error("the server fails", exc_info=error)
            life.exit_status = EXIT_FAILED

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        living = asyncio.create_task(life.live())
        living.add_done_callback(over)
        yield
        living.cancel()
        await asyncio.wait([living])

    if settings.admin_port:
        app: ASGIApp = Divided(
            create_app(routes, lifespan, protocol.counts),
            create_app(administrative, counts=protocol.counts),
            settings.admin_port,
        )
    else:
        app = create_app([*routes, *administrative], lifespan, protocol.counts)
    config = _config(settings, app, protocol)
    server = make_server(config)
    sys.setswitchinterval(SWITCH_SECONDS)
    server.run(_sockets(settings))
    return life.exit_status


def _config(settings: Settings, app: ASGIApp, protocol: type[BoundedProtocol]) -> uvicorn.Config:
    own = {"limits": _limits(settings), "token": read_token(settings.token_file)}
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=type("Guarded", (protocol,), own),
        ws="none",
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.drain,
        server_header=False,
        proxy_headers=False,
    )


def _sockets(settings: Settings) -> list[socket.socket] | None:
    """Those to listen on, if there are two."""
    if not settings.admin_port:
        return None
    admin = _bound(settings.admin_host, settings.admin_port)
    return [_bound(settings.host, settings.port), admin]


def _bound(host: str, port: int) -> socket.socket:
    """A socket to listen on; raises SystemExit where the address cannot be had."""
    return uvicorn.Config("", host=host, port=port, log_config=None).bind_socket()


def _routes(
    settings: Settings, folder: ModelFolder, service: Service, can_answer: Callable[[], bool]
) -> list[Route]:
    max_body = _max_body(settings)
    invocations = Invocations(service.served, max_body)
    model = Hosted(service.name, service.served, can_answer, folder.golden, max_body)
    return [
        *vertex_routes(settings, model),
        *model_routes(can_answer, invocations),
        *execution_routes(settings),
        *openapi_routes(model_openapi(settings, folder, service)),
        *(endpoint_routes(OneModel(invocations)) if settings.endpoints else []),
        *inference_routes(model),
        *predict_routes(model),
    ]
