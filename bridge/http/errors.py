"""THE table of errors and HTTP statuses, and how an error looks to a client.

``{"error": {"message": ..., "code": ..., "id": ..., "details": [...]}}``, always under
2 kB: SageMaker cuts what it passes on at 2048 characters. Its users see the body as text,
so the message comes first. ``id`` stands where the log has more to tell. No traceback,
path or secret leaves the server.
"""

import logging
import re
import uuid
from http import HTTPStatus
from typing import Any

import orjson

from bridge import errors
from bridge.errors import MOST_PROBLEMS, BodyTooLarge, BridgeError, Problem

MOST_BYTES = 2000
MOST_MESSAGE_BYTES = 1200
MOST_MESSAGE_CHARACTERS = 500
# Absolute ones and those below a home folder: /a/b, ~/a, /a.pem; not the / of a formula.
_PATH = re.compile(r"(?<![\w.])(?:(?:/[\w.+-]+){2,}|~\w*(?:/[\w.+-]+)+|/[\w+-]+\.\w[\w.]*)/?")
log = logging.getLogger(__name__)

STATUS: dict[type[BridgeError], int] = {
    errors.EmptyBody: 400,
    errors.TruncatedJson: 400,
    errors.MalformedJson: 400,
    errors.DuplicateKey: 400,
    errors.NonFiniteNumber: 400,
    errors.MalformedCsv: 400,
    errors.WrongShape: 400,
    errors.NoRows: 400,
    errors.UnevenColumns: 400,
    errors.UnsupportedMediaType: 415,
    errors.NotAcceptable: 406,
    errors.BodyTooLarge: 413,
    errors.TooManyRows: 413,
    errors.TooManyColumns: 413,
    errors.MalformedRequest: 400,
    errors.Unauthorized: 401,
    errors.HeadersTooLarge: 431,
    errors.RequestTimedOut: 408,
    errors.ClientGone: 499,
    errors.UnreadableBody: 400,
    errors.InvalidParameter: 400,
    errors.InvalidInput: 422,
    errors.Rejected: 422,
    errors.ModelRefused: 400,
    errors.ModelNotLoaded: 404,
    errors.LoadTimedOut: 408,
    errors.ModelAlreadyLoaded: 409,
    errors.InsufficientMemory: 507,
    errors.Starting: 503,
    errors.QueueFull: 503,
    errors.TooManyConnections: 503,
    errors.DeadlineExceeded: 504,
    errors.WorkerDied: 500,
    errors.PredictionFailed: 500,
}
RETRY_AFTER_SECONDS = 1
STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in HTTPStatus}
JSON = "application/json"


def render(error: BaseException, inference: str = "") -> tuple[int, bytes]:
    """Status and body for an error; what the client must not see goes to the log.

    ``inference`` is the id that the client gave the request.
    """
    if not isinstance(error, BridgeError) or type(error) not in STATUS:
        ident = _log(error, inference)
        return 500, body("internal_error", "the server failed; its log has the reason", id=ident)
    status = STATUS[type(error)]
    ident = _log(error, inference) if status in (500, 504) else ""
    return status, body(error.code, _message(error), getattr(error, "problems", []), ident)


def retry_after(status: int) -> list[tuple[bytes, bytes]]:
    """The headers that tell when to try again, where that helps."""
    return [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())] if status == 503 else []


def raw_response(error: BridgeError, defaults: list[tuple[bytes, bytes]]) -> bytes:
    """All of the response to a request that is refused before it is all there."""
    status, content = render(error)
    headers = [
        *defaults,
        (b"content-type", JSON.encode()),
        (b"content-length", b"%d" % len(content)),
        (b"connection", b"close"),
        *([(b"www-authenticate", b"Bearer")] if status == 401 else []),
        *retry_after(status),
    ]
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"%s%s\r\n%s" % (STATUS_LINES[status], lines, content)


def too_large(limit: int) -> BodyTooLarge:
    """The error of a body of more than ``limit`` bytes."""
    return BodyTooLarge(f"the body is larger than {limit} bytes")


def body(code: str, message: str, problems: list[Problem] | None = None, id: str = "") -> bytes:
    """The JSON of one error, with as much of the message and as many details as fit."""
    content: dict[str, Any] = {"message": message, "code": code}
    if id:
        content["id"] = id
    while len(text := orjson.dumps({"error": content})) > MOST_MESSAGE_BYTES:
        content["message"] = content["message"][: len(content["message"]) * 3 // 4]
    if problems:
        content["details"] = []
        text = orjson.dumps({"error": content})
    for problem in problems or []:
        content["details"].append(_detail(problem))
        longer = orjson.dumps({"error": content})
        if len(longer) > MOST_BYTES:
            break
        text = longer
    return text


def _detail(problem: Problem) -> dict[str, Any]:
    detail: dict[str, Any] = {"code": problem.code, "row": problem.row, "field": problem.field}
    if problem.code not in ("missing_field", "unknown_field"):
        detail["value"] = problem.value
    if problem.allowed is not None:
        detail["allowed"] = problem.allowed
    return {
        key: value for key, value in detail.items() if key in ("code", "value") or value is not None
    }


def _message(error: BridgeError) -> str:
    problems: list[Problem] = getattr(error, "problems", [])
    if not problems:
        return _PATH.sub("…", str(error))
    least = "at least " if len(problems) >= MOST_PROBLEMS else ""
    more = f" (and {least}{len(problems) - 1} more)" if len(problems) > 1 else ""
    return str(problems[0])[:MOST_MESSAGE_CHARACTERS] + more


def _log(error: BaseException, inference: str) -> str:
    ident = uuid.uuid4().hex[:12]
    told = f"{ident} (inference {inference})" if inference else ident
    detail = getattr(error, "detail", "")
    if isinstance(error, BridgeError):
        log.error("%s: %s: %s %s", told, error.code, error, detail)
    else:
        log.error("%s: unexpected %s", told, type(error).__name__, exc_info=error)
    return ident


def log_inference(inference: str, status: int) -> None:
    """Tells the status of a request that its client gave an id."""
    log.info("inference %s: %d", inference, status)
