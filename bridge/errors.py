"""Every error raised on purpose, as a tree; nothing here knows HTTP.

::

    BridgeError
    ├── StartupError               the server cannot start; its text is for the operator
    │   ├── ConfigError            a setting or a bridge.toml is wrong
    │   └── ModelNotServable       the model file cannot be read, found or used
    ├── RequestError               the client can put it right
    │   ├── EmptyBody
    │   ├── TruncatedJson
    │   ├── MalformedJson
    │   ├── DuplicateKey           of a JSON object
    │   ├── NonFiniteNumber
    │   ├── MalformedCsv
    │   ├── WrongShape
    │   ├── NoRows
    │   ├── UnevenColumns
    │   ├── UnsupportedMediaType
    │   ├── NotAcceptable
    │   ├── BodyTooLarge
    │   ├── TooManyRows
    │   ├── TooManyColumns
    │   ├── MalformedRequest       no HTTP, or HTTP that can be read in two ways
    │   ├── Unauthorized           without the token of the server
    │   ├── HeadersTooLarge
    │   ├── ClientGone             nobody is there to read the answer
    │   ├── RequestTimedOut        it was sent too slowly
    │   ├── UnreadableBody         what read it ended twice while it did
    │   ├── InvalidParameter       for predict(), not allowed by bridge.toml
    │   ├── InvalidInput           carries every Problem of the request
    │   ├── Rejected               a hook refused rows
    │   ├── ModelRefused           there is no model that can be served at this place
    │   ├── ModelNotLoaded
    │   ├── ModelAlreadyLoaded
    │   └── LoadTimedOut
    └── ServiceError               the client did nothing wrong
        ├── Starting
        ├── QueueFull
        ├── TooManyConnections
        ├── DeadlineExceeded
        ├── WorkerDied
        ├── PredictionFailed       R stopped with an error
        └── InsufficientMemory     to load a model or to ask it; others may be unloaded

Each class has a ``code``, its name in snake case, which is what clients see.
``bridge/http/errors.py`` says which HTTP status each one is.
"""

import re
from dataclasses import dataclass


class BridgeError(Exception):
    """Base of every error raised on purpose."""

    code = "bridge_error"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class StartupError(BridgeError):
    """The server cannot start."""


class ConfigError(StartupError):
    """A setting or a ``bridge.toml`` is wrong."""


class ModelNotServable(StartupError):
    """The model file cannot be read, no model was found in it, or R cannot use it."""


class RequestError(BridgeError):
    """The client can put it right."""


class EmptyBody(RequestError):
    """The body has no bytes."""


class TruncatedJson(RequestError):
    """The JSON ends before it is complete."""


class MalformedJson(RequestError):
    """The body is not JSON."""


class DuplicateKey(RequestError):
    """A key stands twice in a JSON object."""


class NonFiniteNumber(RequestError):
    """NaN, Infinity or a number too large for a double stands in the body."""


class MalformedCsv(RequestError):
    """The body is not CSV with a header line."""


class WrongShape(RequestError):
    """The body is well-formed, but neither a record, nor records, nor columns."""


class NoRows(RequestError):
    """The body holds no record."""


class UnevenColumns(RequestError):
    """The columns of the body differ in length."""


class UnsupportedMediaType(RequestError):
    """No codec reads this Content-Type."""


class NotAcceptable(RequestError):
    """No codec writes what Accept asks for."""


class BodyTooLarge(RequestError):
    """The body is longer than the limit."""


class TooManyRows(RequestError):
    """The body holds more records than one request may."""


class TooManyColumns(RequestError):
    """The body holds more fields than one request may, or records with few of them each."""


class MalformedRequest(RequestError):
    """This is no HTTP/1.1, or two readers may take it for different requests."""


class Unauthorized(RequestError):
    """The request has not the token of the server."""


class HeadersTooLarge(RequestError):
    """The head of the request is longer than the limit."""


class ClientGone(RequestError):
    """Nobody is there to read the answer."""


class RequestTimedOut(RequestError):
    """The request did not come in time."""


class UnreadableBody(RequestError):
    """What read the body ended while it did, and again when it was tried again."""


# So many problems of a request are looked for; a body can hold millions.
MOST_PROBLEMS = 100
# What ``code`` of a Problem may be, but for those of hooks, which are ``rejected``.
PROBLEMS = {
    "missing_field": "A field is in no record, or not in this one.",
    "unknown_field": "The model does not know the field, and bridge.toml refuses such fields.",
    "wrong_type": "A value is not of the field's type.",
    "non_finite_number": "A number is not finite.",
    "unseen_level": "A value is not a level of the factor.",
    "missing_value": "A value is missing, which [policy] in bridge.toml refuses.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field, in words and as data.

    ``row`` counts from 0 within the request; it is None where the whole column is
    concerned. ``allowed`` lists the levels of a factor.
    """

    code: str
    text: str
    field: str | None = None
    row: int | None = None
    value: object = None
    allowed: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return self.text if self.row is None else f"{self.text} (row {self.row})"


class InvalidParameter(RequestError):
    """The request sets an argument of predict() that bridge.toml does not allow."""


class InvalidInput(RequestError):
    """The records do not fit the model's schema; carries every problem found.

    ``code`` is that of the problems where they agree, ``invalid_input`` otherwise.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        codes = {problem.code for problem in problems}
        self.code = codes.pop() if len(codes) == 1 else type(self).code
        super().__init__("; ".join(str(problem) for problem in problems[:3]))


class Rejected(RequestError):
    """A hook refused rows of the request by ``reject()``; carries one problem a row."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems[:3]))


class ModelRefused(RequestError):
    """There is no model that can be served at this place, or the request names none."""


class ModelNotLoaded(RequestError):
    """There is no model of this name, or no longer."""


class ModelAlreadyLoaded(RequestError):
    """A model of this name is loaded."""


class LoadTimedOut(RequestError):
    """The model was not loaded in time."""


class ServiceError(BridgeError):
    """The client did nothing wrong."""


class Starting(ServiceError):
    """No worker can answer yet."""


class QueueFull(ServiceError):
    """As many requests wait as may wait."""


class TooManyConnections(ServiceError):
    """As many clients are connected as may be."""


class DeadlineExceeded(ServiceError):
    """The answer was not there in time."""


class WorkerDied(ServiceError):
    """The R process ended while it worked on this request, and again when it was retried."""


class PredictionFailed(ServiceError):
    """R stopped with an error; ``detail`` is for the log alone."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class InsufficientMemory(ServiceError):
    """There is not enough memory; others may be unloaded."""


_OF_MEMORY = (
    "cannot allocate",
    "unable to allocate",
    "memory exhausted",
    "out of memory",
    "std::bad_alloc",
)


def is_of_memory(text: str) -> bool:
    """True if the text of R's error says that memory was lacking."""
    return any(words in text.lower() for words in _OF_MEMORY)
