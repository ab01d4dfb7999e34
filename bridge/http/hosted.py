"""hosted: the one model of a server as hosts know it that call models by name, and their errors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from starlette.responses import Response

from bridge.errors import BridgeError, ModelNotLoaded
from bridge.http.app import Answered
from bridge.http.errors import JSON, render, retry_after
from bridge.served import ServedModel


class Hosted(NamedTuple):
    """``golden`` holds requests that are answered; ``max_body`` is in bytes."""

    name: str
    served: ServedModel
    can_answer: Callable[[], bool]
    golden: Path | None
    max_body: int

    def check(self, name: str) -> None:
        """Raises ModelNotLoaded for another name."""
        if name != self.name:
            raise ModelNotLoaded(f'there is no model "{name[:100]}"; there is "{self.name}"')


def failed(error: BaseException) -> Answered:
    """An error as these hosts want it."""
    status, content = render(error)
    return plainly(Answered(status, content, JSON, retry_after(status)))


def plainly(answered: Answered) -> Answered:
    """The same, but an error is ``{"error": "message"}``."""
    if answered.status == 200:
        return answered
    told = orjson.loads(answered.body)["error"]
    message = f"{told['message']} (id {told['id']})" if "id" in told else told["message"]
    return answered._replace(body=orjson.dumps({"error": message}))


def refused(error: BridgeError) -> Response:
    """The response of a route that has no body to read."""
    refusal = failed(error)
    told = {name.decode(): value.decode() for name, value in refusal.headers}
    return Response(refusal.body, refusal.status, told, JSON)


def json(content: dict[str, Any], status: int = 200) -> Response:
    """A response of JSON."""
    return Response(orjson.dumps(content), status, media_type=JSON)
