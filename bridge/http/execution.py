"""execution: GET /execution-parameters, by which a transform job sizes its requests.

The platform wants MaxConcurrentTransforms times MaxPayloadInMB to be 100 at most, and lets
what the job's owner says win over what stands here.
"""

import orjson
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge.config import Settings
from bridge.http.app import respond
from bridge.http.errors import JSON

MOST_IN_FLIGHT_MB = 100


def execution_routes(settings: Settings) -> list[Route]:
    """``/execution-parameters``."""
    return [Route("/execution-parameters", ExecutionParameters(settings), methods=["GET"])]


class ExecutionParameters:
    """A request at a time for every worker, each as large as the limits allow."""

    def __init__(self, settings: Settings) -> None:
        self._body = orjson.dumps(execution_parameters(settings))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 200, self._body, JSON.encode())


def execution_parameters(settings: Settings) -> dict[str, int | str]:
    """Never 0 MB: that would mean bodies without a limit."""
    wanted = settings.max_concurrent_transforms or settings.workers
    concurrent = min(wanted, MOST_IN_FLIGHT_MB)
    payload = min(int(settings.max_body_mb), MOST_IN_FLIGHT_MB // concurrent)
    return {
        "MaxConcurrentTransforms": concurrent,
        "BatchStrategy": settings.batch_strategy.upper(),
        "MaxPayloadInMB": max(payload, 1),
    }
