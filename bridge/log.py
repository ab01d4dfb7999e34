"""log: one line per event to stderr, which is where SageMaker and Docker collect it."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s"


def configure(level: str = "INFO") -> None:
    """Sends every logger of this process to stderr, from ``level`` upwards."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format=FORMAT, force=True)
    for chatty in ("rpy2", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
