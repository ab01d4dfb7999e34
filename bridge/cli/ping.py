"""rbridge ping: whether the server of this machine can answer; the health check of the image."""

import sys
from typing import NoReturn

import click

from bridge.config import load_settings
from bridge.errors import StartupError

SECONDS = 4.0
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
CANNOT_ANSWER = 1  # the only status but 0 that a health check of docker may have


@click.command()
def ping() -> None:
    """Ask GET /ping of the server on this machine, at the port that the environment names.

    That is 8080, or what RBRIDGE_PORT, SAGEMAKER_BIND_TO_PORT or AIP_HTTP_PORT says.

    Exit status: 0 if predictions can be had, 1 if not.
    """
    try:
        settings = load_settings({})
        status = _status(ANYWHERE.get(settings.host, settings.host), settings.port)
    except (StartupError, OSError) as error:
        _fail(str(error))
    if status != 200:
        _fail(f"/ping says {status}")


def _status(host: str, port: int) -> int:
    """Raises OSError, too where what listens there does not speak HTTP."""
    from http.client import HTTPConnection, HTTPException  # which `rbridge serve` does without

    connection = HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status
    except HTTPException as error:
        raise OSError(f"what listens on port {port} does not speak HTTP: {error!r}") from None
    finally:
        connection.close()


def _fail(reason: str) -> NoReturn:
    click.echo(f"rbridge: {reason}", err=True)
    sys.exit(CANNOT_ANSWER)
