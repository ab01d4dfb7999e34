"""ServedModel: the whole road of one request, bytes to bytes, without HTTP.

decode, coerce, batch (there R answers), encode. Every face takes this road.
"""

import asyncio
from typing import NamedTuple

from bridge import codecs
from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.codecs import gzip
from bridge.codecs.media import takes_gzip
from bridge.codecs.options import OWN, Options
from bridge.codecs.reading import PLAIN, Reading, Sizes
from bridge.coerce import Coercer
from bridge.errors import Starting
from bridge.frame import Frame, RawFrame
from bridge.parameters import NONE, Parameters
from bridge.promise import Promise
from bridge.salvage import Salvage

DEFAULT_SIZES = Sizes()
LARGE_BYTES = 256 * 1024  # some 30 ms of reading


class Reply(NamedTuple):
    """A body, its content type and, if it is packed, its content encoding.

    ``replaced`` counts the cells of the request that policies replaced, ``errors`` the records
    that have a placeholder in the answer.
    """

    body: bytes
    content_type: str
    replaced: int = 0
    content_encoding: str = ""
    errors: int = 0


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

    request: Prepared
    answer: Promise[Answer]

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        frame, _, content_type, encode, accept_encoding = self.request
        answer = self.answer.result()
        if frame.replaced is not None:
            answer = answer._replace(frame=answer.frame._replace(replaced=frame.replaced))
        return written(answer, content_type, encode, accept_encoding)


def written(
    answer: Answer, content_type: str, encode: codecs.Encoder, accept_encoding: str
) -> Reply:
    """The answer as the request wants it."""
    body, frame, packed = encode(answer), answer.frame, ""
    if len(body) >= gzip.LEAST_BYTES and takes_gzip(accept_encoding):
        body, packed = gzip.packed(body), "gzip"
    replaced = 0 if frame.replaced is None else frame.replaced.total
    return Reply(body, content_type, replaced, packed, len(frame.errors))


class ServedModel:
    """A model that answers once it is ``open``.

    ``accept`` is that of requests which have none. ``sizes`` are those of what is unpacked and
    read; what comes in is limited before it gets here. Raises ConfigError.
    """

    def __init__(self, accept: str = "", sizes: Sizes = DEFAULT_SIZES) -> None:
        codecs.check_default(accept)
        self._accept = accept
        self._sizes = sizes
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
        self._reading = Reading.of(coerce.schema, options.csv_header, self._sizes, lenient)
        self._layout = options.layout
        self.echo_attributes = options.echo_attributes

    @property
    def is_open(self) -> bool:
        """True once requests are answered."""
        return self._batcher is not None

    async def invoke(self, body: bytes, asked: Asked) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        if self._salvage is not None:
            return await self._salvaged(self._salvage, body, asked)
        if not is_large(body, asked):
            invocation = self.begin(body, asked)
            await invocation.answer
            return invocation.reply()
        invocation = self.send(await asyncio.to_thread(self.read, body, asked))
        await invocation.answer
        return await asyncio.to_thread(invocation.reply)

    async def _salvaged(self, salvage: Salvage, body: bytes, asked: Asked) -> Reply:
        decoded = await asyncio.to_thread(self._decoded, body, asked)
        raw, parameters, content_type, encode = decoded
        answer = await salvage.answer(raw, parameters)
        return await asyncio.to_thread(written, answer, content_type, encode, asked.accept_encoding)

    def takes_long(self, body: bytes, asked: Asked) -> bool:
        """True if ``begin`` is not for this request, but ``invoke``."""
        return self._salvage is not None or is_large(body, asked)

    def begin(self, body: bytes, asked: Asked) -> Invocation:
        """Sends ``body`` on its way; raises what ``invoke`` does, as far as it is known yet."""
        return self.send(self.read(body, asked))

    def read(self, body: bytes, asked: Asked) -> Prepared:
        """Reads ``body``, in any thread; raises a RequestError or Starting."""
        raw, parameters, content_type, encode = self._decoded(body, asked)
        assert self._coerce is not None
        frame = self._coerce(raw)
        return Prepared(frame, parameters, content_type, encode, asked.accept_encoding)

    def _decoded(self, body: bytes, asked: Asked) -> tuple[RawFrame, str, str, codecs.Encoder]:
        """What was sent, the parameters, and how the answer is to be written."""
        if self._coerce is None:
            raise Starting("the model is still being loaded; try again in a second")
        assert self._batcher is not None
        self._batcher.admit()
        answer_type, encode = codecs.encoder(asked.accept, self._accept, self._layout)
        raw = codecs.decode(body, asked.content_type, self._reading, asked.content_encoding)
        self._reading.check_shape(raw.rows, len(raw.columns))
        parameters = NONE
        if raw.parameters or asked.attributes:
            parameters = self._parameters.checked(raw.parameters or {}, asked.attributes)
        return raw, parameters, answer_type, encode

    def send(self, request: Prepared) -> Invocation:
        """Sends what was read on its way to R; raises QueueFull."""
        assert self._batcher is not None
        return Invocation(request, self._batcher.submit(request.frame, request.parameters))


def is_large(body: bytes, asked: Asked) -> bool:
    """True if reading it would keep the event loop from pings for too long; packed, it may."""
    return len(body) >= LARGE_BYTES or asked.content_encoding != ""
