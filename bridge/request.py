"""request: what a client asks, read and made good; and how its answer is to be written.

Pure: the same in the server as in the process beside it that reads large bodies.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import orjson

from bridge import codecs
from bridge.answer import Answer
from bridge.codecs import gzip
from bridge.codecs.media import takes_gzip
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.frame import Frame, RawFrame, Replacements, concat, part
from bridge.parameters import NONE, Parameters
from bridge.policy import as_table, read_policies
from bridge.schema import Schema
from bridge.sift import sift

Body = bytes | list[bytes]  # whole, or a long one in the pieces in which it came
MANY_BYTES = 1 << 22  # of a body that is not joined
# For so long a thread that writes lets others have Python's lock. Of itself NumPy gives it back
# so often, and has it again so soon, that the event loop would wait for it without end.
_TURN = 1e-6
WHOLE = 0  # rows of a block, where a request is not to be cut


def whole(body: Body) -> bytes:
    """The body in one piece."""
    return body if isinstance(body, bytes) else b"".join(body)


class Reply(NamedTuple):
    """A body, its content type and, if it is packed, its content encoding.

    ``replaced`` counts the cells of the request that policies replaced, ``errors`` the records
    that have a placeholder in the answer. ``rest`` are the pieces that follow ``body`` where
    the body is long; any thread may make them. ``size`` is that of all, if it is known.
    """

    body: bytes
    content_type: str
    replaced: int = 0
    content_encoding: str = ""
    errors: int = 0
    rest: Iterator[bytes] | None = None
    size: int | None = None


class Asked(NamedTuple):
    """What the headers of a request ask for; each empty if it was not sent.

    ``form``, where the route has one, says in their place how bodies are read and written.
    """

    content_type: str = ""
    accept: str = ""
    attributes: str = ""
    content_encoding: str = ""
    accept_encoding: str = ""
    form: codecs.Form | None = None


class Writer(NamedTuple):
    """How the answer to a request is to be written; in pieces only if it may be ``chunked``.

    ``each`` writes many answers of one row at once, if anything does.
    """

    content_type: str
    encode: codecs.Encoder
    accept_encoding: str
    chunked: bool
    each: codecs.EachEncoder | None = None

    def reply(self, answer: Answer, body: bytes | None = None) -> Reply:
        """The reply, or the first piece of a long one: what fails by then is an error.

        ``body`` is the answer if it is written already.
        """
        frame, packed = answer.frame, ""
        replaced = 0 if frame.replaced is None else frame.replaced.total
        pieces = codecs.in_pieces(answer, self.encode)
        if pieces is not None:
            if takes_gzip(self.accept_encoding):
                pieces, packed = gzip.packed_pieces(pieces), "gzip"
            reply = Reply(b"", self.content_type, replaced, packed, len(frame.errors))
            return self._begun(reply, pieces)
        body = self.encode(answer) if body is None else body
        if len(body) >= gzip.LEAST_BYTES and takes_gzip(self.accept_encoding):
            body, packed = gzip.packed(body), "gzip"
        return Reply(body, self.content_type, replaced, packed, len(frame.errors))

    def _begun(self, reply: Reply, pieces: Iterator[bytes]) -> Reply:
        """The reply with the first of the ``pieces``, or all if they are not many.

        To join many takes long, in which no other thread runs.
        """
        if self.chunked and self.content_type != codecs.DEFAULT:
            return reply._replace(body=next(pieces), rest=pieces)
        made = []
        for piece in pieces:
            made.append(piece)
            time.sleep(_TURN)
        size = sum(map(len, made))
        if size < MANY_BYTES:
            return reply._replace(body=b"".join(made))
        return reply._replace(body=made[0], rest=iter(made[1:]), size=size)

    def reply_to_row(self, body: bytes) -> Reply:
        """The reply of one row, which ``each`` has written."""
        if len(body) >= gzip.LEAST_BYTES and takes_gzip(self.accept_encoding):
            return Reply(gzip.packed(body), self.content_type, content_encoding="gzip")
        return Reply(body, self.content_type)


class Read(NamedTuple):
    """A request that was read: the rows that fit, if any; what is wrong with the others.

    The rows of all ``frames`` are those that fit, in order; the first tells what was replaced.
    ``wanted`` is what the form says of the answer, where one was asked for.
    """

    frames: tuple[Frame, ...]
    parameters: str
    rows: int
    errors: tuple[tuple[int, str], ...] = ()
    wanted: Any = None

    @property
    def frame(self) -> Frame | None:
        """All rows that fit; None if none does."""
        if len(self.frames) < 2:
            return self.frames[0] if self.frames else None
        return concat(list(self.frames))._replace(replaced=self.replaced)

    @property
    def replaced(self) -> Replacements | None:
        """What policies replaced."""
        return self.frames[0].replaced if self.frames else None

    def in_blocks(self, rows: int) -> "Read":
        """The same in frames of so many rows, if none of their cells may be NA.

        With a missing value in a call R adds up its other rows in another order.
        """
        frame = self.frame
        if rows == WHOLE or frame is None or frame.missing or frame.rows <= rows:
            return self
        first, *others = [part(frame, at, at + rows) for at in range(0, frame.rows, rows)]
        return self._replace(frames=(first._replace(replaced=frame.replaced), *others))


class RequestReader:
    """Reads the requests to one model, as its ``reading`` says leniently or not."""

    def __init__(self, coerce: Coercer, parameters: Parameters, reading: Reading) -> None:
        self.coerce = coerce
        self._parameters = parameters
        self._reading = reading

    def read(self, body: bytes, asked: Asked) -> Read:
        """What was asked; raises a RequestError."""
        raw, wanted = self._decoded(body, asked)
        self._reading.check_shape(raw.rows, len(raw.columns))
        parameters = NONE
        if raw.parameters or asked.attributes:
            parameters = self._parameters.checked(raw.parameters or {}, asked.attributes)
        if not self._reading.lenient:
            return Read((self.coerce(raw),), parameters, raw.rows, (), wanted)
        frame, errors = sift(self.coerce, raw)
        return Read(
            () if frame is None else (frame,), parameters, raw.rows, tuple(errors.items()), wanted
        )

    def _decoded(self, body: bytes, asked: Asked) -> tuple[RawFrame, Any]:
        packed = asked.content_encoding
        if asked.form is not None:
            return codecs.decode_as(asked.form, body, self._reading, packed)
        return codecs.decode(body, asked.content_type, self._reading, packed), None

    @cached_property
    def specification(self) -> str:
        """JSON of which ``specified`` makes the same reader, in another process."""
        reading, schema = self._reading, self.coerce.schema
        made_of = {
            "schema": asdict(schema),
            "policies": as_table(self.coerce.policies),
            "parameters": self._parameters.allowed,
            "csv_header": reading.csv_header,
            "sizes": (reading.most, reading.most_rows, reading.most_columns),
            "lenient": reading.lenient,
            "most_text": self.coerce.most_text,
        }
        return orjson.dumps(made_of).decode()


@lru_cache(maxsize=64)
def specified(specification: str) -> RequestReader:
    """The reader of a ``specification``, where Arrow may read; kept."""
    made_of = orjson.loads(specification)
    schema = Schema.from_json(made_of["schema"])
    sizes = Sizes(*made_of["sizes"])
    reading = Reading.of(schema, made_of["csv_header"], sizes, made_of["lenient"])
    reading = reading.by_arrow(schema)
    coerce = Coercer(schema, read_policies(made_of["policies"]), made_of["most_text"])
    return RequestReader(coerce, Parameters(made_of["parameters"]), reading)
