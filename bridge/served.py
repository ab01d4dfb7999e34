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
from bridge.frame import Frame, RawFrame
from bridge.parameters import NONE, Parameters
from bridge.promise import Promise
from bridge.salvage import Salvage
from bridge.schema import Schema

LARGE_BYTES = 256 * 1024  # some 30 ms of reading


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


class Invocation(NamedTuple):
    """A request that is on its way to R."""

    request: Prepared
    answer: Promise[Answer]

    @property
    def is_long(self) -> bool:
        """True if writing the reply would keep the event loop from pings for too long."""
        return self.request.frame.rows > MANY_ROWS

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        frame, _, writer = self.request
        answer = self.answer.result()
        if frame.replaced is not None:
            answer = answer._replace(frame=answer.frame._replace(replaced=frame.replaced))
        return writer.reply(answer)


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
        self._salvage: Salvage | None = None
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
        salvage: Salvage | None = None,
    ) -> None:
        """From now on requests that ``coerce`` takes are answered through ``batcher``.

        With ``salvage``, so are the good records of those that it does not take.
        """
        self._coerce = coerce
        self._batcher = batcher
        self._parameters = parameters
        self._salvage = salvage
        lenient = salvage is not None
        self._reading = Reading.of(coerce.schema, options.csv_header, self._most, lenient)
        self._layout = options.layout
        self.echo_attributes = options.echo_attributes

    @property
    def is_open(self) -> bool:
        """True once requests are answered."""
        return self._batcher is not None

    @property
    def schema(self) -> Schema:
        """The model's fields; raises Starting."""
        return self._opened().schema

    async def invoke(self, body: bytes, asked: Asked) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        if self._salvage is not None:
            return await self._salvaged(self._salvage, body, asked)
        large = is_large(body, asked)
        if large:
            invocation = self.send(await asyncio.to_thread(self.read, body, asked))
        else:
            invocation = self.begin(body, asked)
        await invocation.answer
        if large or invocation.is_long:
            return await asyncio.to_thread(invocation.reply)
        return invocation.reply()

    async def _salvaged(self, salvage: Salvage, body: bytes, asked: Asked) -> Reply:
        raw, parameters, writer = await asyncio.to_thread(self._decoded, body, asked)
        answer = await salvage.answer(raw, parameters)
        return await asyncio.to_thread(writer.reply, answer)

    def takes_long(self, body: bytes, asked: Asked) -> bool:
        """True if ``begin`` is not for this request, but ``invoke``."""
        return self._salvage is not None or is_large(body, asked)

    def begin(self, body: bytes, asked: Asked) -> Invocation:
        """Sends ``body`` on its way; raises what ``invoke`` does, as far as it is known yet."""
        return self.send(self.read(body, asked))

    def read(self, body: bytes, asked: Asked) -> Prepared:
        """Reads ``body``, in any thread; raises a RequestError or Starting."""
        raw, parameters, writer = self._decoded(body, asked)
        return Prepared(self._opened()(raw), parameters, writer)

    def _decoded(self, body: bytes, asked: Asked) -> tuple[RawFrame, str, Writer]:
        """What was sent, the parameters, and how the answer is to be written."""
        self._opened()
        packed = asked.content_encoding
        if asked.form is not None:
            answer_type = codecs.DEFAULT
            raw, encode = codecs.decode_as(asked.form, body, self._reading, packed)
        else:
            answer_type, encode = codecs.encoder(asked.accept, self._accept, self._layout)
            raw = codecs.decode(body, asked.content_type, self._reading, packed)
        parameters = NONE
        if raw.parameters or asked.attributes:
            parameters = self._parameters.checked(raw.parameters or {}, asked.attributes)
        return raw, parameters, Writer(answer_type, encode, asked.accept_encoding, self._chunked)

    def _opened(self) -> Coercer:
        if self._coerce is None:
            raise Starting("the model is still being loaded; try again in a second")
        return self._coerce

    def send(self, request: Prepared) -> Invocation:
        """Sends what was read on its way to R; raises QueueFull."""
        assert self._batcher is not None
        return Invocation(request, self._batcher.submit(request.frame, request.parameters))


def is_large(body: bytes, asked: Asked) -> bool:
    """True if reading it would keep the event loop from pings for too long; packed, it may."""
    return len(body) >= LARGE_BYTES or asked.content_encoding != ""
