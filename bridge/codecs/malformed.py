"""malformed: the one error of bodies that are not what their headers say, where no text helps."""

from bridge.errors import RequestError, WrongShape

_MOST = 200


def malformed(what: str, error: object) -> RequestError:
    """The body is not ``what``."""
    return WrongShape(f"the body is not {what}: {' '.join(str(error).split())[:_MOST]}")
