"""request: what a client asks, read and made good; and how its answer is to be written.

Pure: the same in the server as in the process beside it that reads large bodies.
"""

import pickle
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from bridge import codecs
from bridge.answer import Answer
from bridge.codecs import gzip
from bridge.codecs.media import takes_gzip
from bridge.codecs.reading import Reading
from bridge.coerce import Coercer
from bridge.frame import Frame, RawFrame
from bridge.parameters import NONE, Parameters


class Reply(NamedTuple):
    """A body, its content type and, if it is packed, its content encoding.

    ``replaced`` counts the cells of the request that policies replaced, ``errors`` the records
    that have a placeholder in the answer. ``rest`` are the pieces that follow ``body`` where
    the body is long; any thread may make them.
    """

    body: bytes
    content_type: str
    replaced: int = 0
    content_encoding: str = ""
    errors: int = 0
    rest: Iterator[bytes] | None = None


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
    """How the answer to a request is to be written; in pieces only if it may be ``chunked``."""

    content_type: str
    encode: codecs.Encoder
    accept_encoding: str
    chunked: bool

    def reply(self, answer: Answer) -> Reply:
        """The reply, or the first piece of a long one: what fails by then is an error."""
        frame, packed = answer.frame, ""
        replaced = 0 if frame.replaced is None else frame.replaced.total
        pieces = codecs.in_pieces(answer, self.content_type, self.encode)
        if pieces is not None:
            if takes_gzip(self.accept_encoding):
                pieces, packed = gzip.packed_pieces(pieces), "gzip"
            body = next(pieces) if self.chunked else b"".join(pieces)
            rest = pieces if self.chunked else None
            return Reply(body, self.content_type, replaced, packed, len(frame.errors), rest)
        body = self.encode(answer)
        if len(body) >= gzip.LEAST_BYTES and takes_gzip(self.accept_encoding):
            body, packed = gzip.packed(body), "gzip"
        return Reply(body, self.content_type, replaced, packed, len(frame.errors))


class Prepared(NamedTuple):
    """A request that was read and found good, and how its answer is to be written."""

    frame: Frame
    parameters: str
    writer: Writer


class RequestReader:
    """Reads the requests to one model; ``accept`` is that of requests which have none."""

    def __init__(
        self,
        coerce: Coercer,
        parameters: Parameters,
        reading: Reading,
        accept: str = "",
        layout: str = "",
        chunked: bool = False,
    ) -> None:
        self.coerce = coerce
        self._parameters = parameters
        self._reading = reading
        self._accept = accept
        self._layout = layout
        self._chunked = chunked
        self._packed = b""

    def read(self, body: bytes, asked: Asked) -> Prepared:
        """What was asked; raises a RequestError."""
        raw, parameters, writer = self.decoded(body, asked)
        return Prepared(self.coerce(raw), parameters, writer)

    def decoded(self, body: bytes, asked: Asked) -> tuple[RawFrame, str, Writer]:
        """What was sent, the parameters, and how the answer is to be written."""
        packed = asked.content_encoding
        if asked.form is not None:
            answer_type = codecs.DEFAULT
            raw, encode = codecs.decode_as(asked.form, body, self._reading, packed)
        else:
            answer_type, encode = codecs.encoder(asked.accept, self._accept, self._layout)
            raw = codecs.decode(body, asked.content_type, self._reading, packed)
        self._reading.check_shape(raw.rows, len(raw.columns))
        parameters = NONE
        if raw.parameters or asked.attributes:
            parameters = self._parameters.checked(raw.parameters or {}, asked.attributes)
        return raw, parameters, Writer(answer_type, encode, asked.accept_encoding, self._chunked)

    def __reduce__(self) -> Any:
        """Another process keeps the reader that it has made of these bytes."""
        if not self._packed:
            made_of = (self._parameters, self._reading, self._accept, self._layout, self._chunked)
            self._packed = pickle.dumps((self.coerce, *made_of))
        return _unpacked, (self._packed,)


@lru_cache(maxsize=64)
def _unpacked(data: bytes) -> RequestReader:
    return RequestReader(*pickle.loads(data))
