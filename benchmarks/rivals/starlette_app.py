"""starlette_app: R inside Starlette, the usual way: ``python -m ...starlette_app PORT FOLDER``.

Handlers are coroutines, so R is called on the main thread, one request at a time.
"""

import sys

import orjson
from starlette.requests import Request
from starlette.responses import Response

from benchmarks import baseline
from benchmarks.rivals.usual import Usual


def main(port: int, folder: str) -> None:
    """Serves until SIGTERM."""
    model = Usual(folder)

    async def invocations(request: Request) -> Response:
        body = await request.body()
        if request.headers["content-type"] == "text/csv":
            return Response(model.answer_csv(body.decode()), media_type="text/csv")
        asked = orjson.loads(body)
        answer = model.answer(asked if isinstance(asked, list) else [asked])
        return Response(orjson.dumps(answer), media_type="application/json")

    baseline.run(invocations, port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
