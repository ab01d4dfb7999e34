"""in_process: the service's handler with R inside the Starlette process.

``R CMD python -m benchmarks.in_process PORT FOLDER``. The same codecs, coercion and
calls into R; R answers on the event loop, one request at a time.
"""

import sys

from starlette.requests import Request
from starlette.responses import Response

from benchmarks import baseline
from bridge import codecs
from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.loader import load
from bridge.wire import Call


def main(port: int, folder: str) -> None:
    """Serves until SIGTERM."""
    model = load(folder)()
    coerce = Coercer(model.schema)

    async def invocations(request: Request) -> Response:
        media_type, encode = codecs.encoder(request.headers.get("accept", ""))
        content_type = request.headers.get("content-type", "")
        answer = model.predict(Call(coerce(codecs.decode(await request.body(), content_type)), 1))
        if not isinstance(answer, Answer):
            return Response(answer.message, 500)
        return Response(encode(answer), media_type=media_type)

    baseline.run(invocations, port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
