"""bare: an ASGI callable without a framework: ``python -m benchmarks.rivals.bare PORT BODY``.

Parses its JSON and answers a constant, as ``benchmarks.empty`` does with Starlette.
"""

import sys
from typing import Any

import orjson

from benchmarks import baseline


def main(port: int, constant: bytes) -> None:
    """Serves until SIGTERM."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(constant))]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    end = {"type": "http.response.body", "body": constant}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        orjson.loads(body)
        await send(start)
        await send(end)

    baseline.run_app(app, port, lifespan="off")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].encode())
