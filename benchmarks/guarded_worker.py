"""guarded_worker: calls answered by R as a worker does it, for valgrind to count.

``python -m benchmarks.guarded_worker WAY ROUNDS``, with R's environment. From the bytes of a call
to those of its answer: wire, columns to R and back, hooks and ``predict()`` of the marathon model.
"""

import sys

from benchmarks.contenders import MODEL
from benchmarks.guarded import RECORD, told
from bridge import coerce, loader
from bridge.codecs import decode
from bridge.frame import concat
from bridge.pool import worker
from bridge.wire import Call, Reader, pack

# Requests of one record in a call.
WAYS = {"r_one": 1, "r_many": 32}
WARM_UP = 300  # calls, of which R compiles the first


def main(way: str, rounds: int) -> None:
    """Answers so many calls; what comes before is not counted."""
    model = loader.load(MODEL)()
    model.after_fork()
    raw = decode(RECORD.encode(), "application/json")
    frame = concat([coerce.Coercer(model.schema)(raw) for _ in range(WAYS[way])])
    call = pack(Call(frame, WAYS[way]))
    _answer(model, call, WARM_UP)
    told("counts")
    _answer(model, call, rounds)
    told("counted")


def _answer(model: worker.Model, call: bytes, rounds: int) -> None:
    reader = Reader()
    for _ in range(rounds):
        ((kind, body),) = reader.bodies(call)
        answer = worker.answer(model, kind, body)
    if b"03:23:30" not in answer:
        raise RuntimeError(f"not the answer: {answer!r}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
