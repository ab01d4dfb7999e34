"""embedded: real R in a process of its own, for tests; one process can start R only once.

``Embedded`` is the test's end: it loads models there and asks them. Run as a module, this
file is the other end. Between the two go pickles, as both are tests.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bridge.answer import Answer
from bridge.codecs import json
from bridge.coerce import Coercer
from bridge.errors import ModelNotServable
from bridge.frame import Frame, RawFrame
from bridge.schema import Schema
from bridge.wire import Call, Failure

ROOT = Path(__file__).parents[2]
SECONDS = 30


class Embedded:
    """R in another process, started through ``R CMD`` as the zygote is."""

    def __init__(self, **environ: str) -> None:
        self._connection, theirs = Pipe()
        command = [sys.executable, "-m", "tests.r.embedded", str(theirs.fileno())]
        self._process = subprocess.Popen(
            ["R", "CMD", *command],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            pass_fds=(theirs.fileno(),),
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environ},
        )
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._process.wait(SECONDS)

    def load(self, path: Path) -> "Loaded":
        """The model at ``path``; raises ModelNotServable as RModel does."""
        return Loaded(self, *self.ask("load", path))

    def ask(self, *request: Any) -> Any:
        """The reply to a request; raises what was raised there, or EOFError if R died."""
        self._connection.send(request)
        if not self._connection.poll(SECONDS):
            raise TimeoutError(f"R does not answer {request[0]}")
        reply = self._connection.recv()
        if isinstance(reply, Exception):
            raise reply
        return reply


class Loaded:
    """A model that is loaded over there."""

    def __init__(
        self, r: Embedded, number: int, schema: Schema, merge_obstacle: str, hooked: bool
    ) -> None:
        self.schema = schema
        self.merge_obstacle = merge_obstacle
        self.hooked = hooked
        self._r = r
        self._number = number

    def predict(self, frame: Frame, requests: int = 1) -> Answer | Failure:
        reply: Answer | Failure = self._r.ask("predict", self._number, frame, requests)
        return reply

    def columns(self, requests: int = 1, **columns: Sequence[object]) -> Answer | Failure:
        """The answer to columns of JSON values."""
        cells = {name: list(column) for name, column in columns.items()}
        rows = len(next(iter(cells.values())))
        return self.predict(Coercer(self.schema)(RawFrame(cells, rows)), requests)

    def invoke(self, body: bytes) -> bytes:
        """JSON to JSON."""
        answer = self.predict(Coercer(self.schema)(json.decode(body)))
        assert isinstance(answer, Answer), answer
        return json.encode(answer)


def _serve(connection: "Connection[Any, Any]") -> None:
    from bridge import rmodel
    from bridge.folder import read_folder

    models: list[rmodel.RModel] = []
    while True:
        try:
            verb, *arguments = connection.recv()
        except EOFError:
            return
        try:
            if verb == "load":
                model = rmodel.RModel(read_folder(*arguments))
                models.append(model)
                told = (len(models) - 1, model.schema, model.merge_obstacle, model.hooked)
                connection.send(told)
            else:
                number, frame, requests = arguments
                connection.send(models[number].predict(Call(frame, requests)))
        except (ModelNotServable, ValueError, TypeError, RuntimeError) as error:
            connection.send(error)


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
