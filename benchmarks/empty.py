"""empty: a Starlette endpoint that parses its JSON and answers a constant.

``python -m benchmarks.empty PORT BODY``. As little as a Starlette service can do.
"""

import sys

import orjson
from starlette.requests import Request
from starlette.responses import Response

from benchmarks import baseline


def main(port: int, constant: bytes) -> None:
    """Serves until SIGTERM."""

    async def invocations(request: Request) -> Response:
        orjson.loads(await request.body())
        return Response(constant, media_type="application/json")

    baseline.run(invocations, port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].encode())
