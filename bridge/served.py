"""ServedModel: the whole road of one request, bytes to bytes, without HTTP.

decode, coerce, batch (there R answers), encode. Every face takes this road.
"""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from bridge import codecs
from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.codecs import gzip
from bridge.codecs.media import takes_gzip
from bridge.codecs.options import OWN, Options
from bridge.codecs.pieces import MANY_ROWS
from bridge.codecs.reading import MOST_BYTES, PLAIN, Reading
from bridge.coerce import Coercer
from bridge.errors import Starting
from bridge.frame import Frame, Replacements
from bridge.parameters import NONE, Parameters

LARGE_BYTES = 256 * 1024  # some 30 ms of reading


class Reply(NamedTuple):
    """A body, its content type and, if it is packed, its content encoding.

    ``replaced`` counts the cells of the request that policies replaced. ``rest`` are the
    pieces that follow ``body`` where the body is long; any thread may make them.
    """

    body: bytes
    content_type: str
    replaced: int = 0
    content_encoding: str = ""
    rest: Iterator[bytes] | None = None


class Asked(NamedTuple):
    """What the headers of a request ask for; each empty if it was not sent."""

    content_type: str = ""
    accept: str = ""
    attributes: str = ""
    content_encoding: str = ""
    accept_encoding: str = ""


class Prepared(NamedTuple):
    """A request that was read and found good, and how its answer is to be written."""

    frame: Frame
    parameters: str
    content_type: str
    encode: codecs.Encoder
    accept_encoding: str


class Invocation(NamedTuple):
    """A request that is on its way to R."""

    answer: asyncio.Future[Answer]
    content_type: str
    encode: codecs.Encoder
    replaced: Replacements | None
    accept_encoding: str = ""
    rows: int = 0
    chunked: bool = False

    @property
    def is_long(self) -> bool:
        """True if writing the reply would keep the event loop from pings for too long."""
        return self.rows > MANY_ROWS

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        answer = self.answer.result()
        count = 0
        if self.replaced is not None:
            answer = answer._replace(frame=answer.frame._replace(replaced=self.replaced))
            count = self.replaced.total
        pieces = codecs.in_pieces(answer, self.content_type, self.encode)
        if pieces is not None:
            return self._begun(pieces, count)
        body = self.encode(answer)
        if len(body) >= gzip.LEAST_BYTES and takes_gzip(self.accept_encoding):
            return Reply(gzip.packed(body), self.content_type, count, "gzip")
        return Reply(body, self.content_type, count)

    def _begun(self, pieces: Iterator[bytes], count: int) -> Reply:
        """The reply with its first piece made: what fails by then is an error of its own."""
        encoding = ""
        if takes_gzip(self.accept_encoding):
            pieces, encoding = gzip.packed_pieces(pieces), "gzip"
        if not self.chunked:
            return Reply(b"".join(pieces), self.content_type, count, encoding)
        return Reply(next(pieces), self.content_type, count, encoding, pieces)


class ServedModel:
    """A model that answers once it is ``open``.

    ``accept`` is that of requests which have none. ``most`` bytes a body may have once it is
    unpacked; what comes in is limited before it gets here. Without ``chunked`` every reply is
    whole. Raises ConfigError.
    """

    def __init__(self, accept: str = "", most: int = MOST_BYTES, chunked: bool = False) -> None:
        codecs.check_default(accept)
        self._accept = accept
        self._most = most
        self._chunked = chunked
        self._coerce: Coercer | None = None
        self._batcher: Batcher | None = None
        self._parameters = Parameters({})
        self._reading = PLAIN
        self._layout = ""
        self.echo_attributes = False

    def open(
        self,
        coerce: Coercer,
        batcher: Batcher,
        parameters: Parameters,
        options: Options = OWN,
    ) -> None:
        """From now on requests that ``coerce`` takes are answered through ``batcher``."""
        self._coerce = coerce
        self._batcher = batcher
        self._parameters = parameters
        self._reading = Reading.of(coerce.schema, options.csv_header, self._most)
        self._layout = options.layout
        self.echo_attributes = options.echo_attributes

    @property
    def is_open(self) -> bool:
        """True once requests are answered."""
        return self._batcher is not None

    async def invoke(self, body: bytes, asked: Asked) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        large = is_large(body, asked)
        if large:
            invocation = self.send(await asyncio.to_thread(self.read, body, asked))
        else:
            invocation = self.begin(body, asked)
        await invocation.answer
        if large or invocation.is_long:
            return await asyncio.to_thread(invocation.reply)
        return invocation.reply()

    def begin(self, body: bytes, asked: Asked) -> Invocation:
        """Sends ``body`` on its way; raises what ``invoke`` does, as far as it is known yet."""
        return self.send(self.read(body, asked))

    def read(self, body: bytes, asked: Asked) -> Prepared:
        """Reads ``body``, in any thread; raises a RequestError or Starting."""
        if self._coerce is None:
            raise Starting("the model is still being loaded; try again in a second")
        answer_type, encode = codecs.encoder(asked.accept, self._accept, self._layout)
        raw = codecs.decode(body, asked.content_type, self._reading, asked.content_encoding)
        parameters = NONE
        if raw.parameters or asked.attributes:
            parameters = self._parameters.checked(raw.parameters or {}, asked.attributes)
        frame = self._coerce(raw)
        return Prepared(frame, parameters, answer_type, encode, asked.accept_encoding)

    def send(self, request: Prepared) -> Invocation:
        """Sends what was read on its way to R; raises QueueFull."""
        assert self._batcher is not None
        frame, parameters, content_type, encode, accept_encoding = request
        answer = self._batcher.submit(frame, parameters)
        return Invocation(
            answer,
            content_type,
            encode,
            frame.replaced,
            accept_encoding,
            frame.rows,
            self._chunked,
        )


def is_large(body: bytes, asked: Asked) -> bool:
    """True if reading it would keep the event loop from pings for too long; packed, it may."""
    return len(body) >= LARGE_BYTES or asked.content_encoding != ""
