"""log: one event after the other to stderr, which is where SageMaker and Docker collect it.

What clients sent is in many events. None can look like another event, nor change what a
terminal shows: further lines of an event are indented, control characters are written as
escapes.
"""

import logging
import re
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s"
MOST_CHARACTERS = 20_000
# All that ends a line somewhere, moves a cursor or turns the direction of writing.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Formatter(logging.Formatter):
    """An event is one line, or one line and others that are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The text of an event, without the line feed at its end."""
        text = super().format(record)
        if len(text) > MOST_CHARACTERS:
            text = f"{text[:MOST_CHARACTERS]} ... ({len(text)} characters)"
        return _CONTROL.sub(_escaped, text).replace("\n", "\n    ")


def _escaped(control: re.Match[str]) -> str:
    return control.group().encode("unicode_escape", "surrogatepass").decode()


def configure(level: str = "INFO") -> None:
    """Sends every logger of this process to stderr, from ``level`` upwards."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(FORMAT))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for chatty in ("rpy2", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
