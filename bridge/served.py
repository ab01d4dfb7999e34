"""ServedModel: the whole road of one request, bytes to bytes, without HTTP.

read (decode and coerce), batch (there R answers), write. Every face takes this road. What may
take long, or is read and written by pyarrow, is done ``aside``: by another process.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from bridge import codecs
from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.codecs.options import OWN, Options
from bridge.codecs.pieces import MANY_ROWS
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.errors import Starting
from bridge.parameters import Parameters
from bridge.promise import Promise
from bridge.request import Asked, Prepared, Reply, RequestReader, Writer
from bridge.salvage import Salvage
from bridge.schema import Schema

DEFAULT_SIZES = Sizes()
LARGE_BYTES = 256 * 1024  # some 30 ms of reading
Aside = Callable[..., Awaitable[Any]]  # a function and its arguments, all of which can be pickled


class Invocation(NamedTuple):
    """A request that is on its way to R."""

    request: Prepared
    answer: Promise[Answer]

    @property
    def is_long(self) -> bool:
        """True if the event loop is not to write the reply: it takes long, or pyarrow."""
        frame, _, writer = self.request
        return frame.rows > MANY_ROWS or writer.content_type in codecs.BINARY

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        return self.request.writer.reply(self.answered())

    def answered(self) -> Answer:
        """The same, not written yet."""
        answer, replaced = self.answer.result(), self.request.frame.replaced
        if replaced is None:
            return answer
        return answer._replace(frame=answer.frame._replace(replaced=replaced))


class ServedModel:
    """A model that answers once it is ``open``.

    ``accept`` is that of requests which have none. ``sizes`` are those of what is unpacked and
    read; what comes in is limited before it gets here. Without ``chunked`` every reply is
    whole. ``aside`` runs a function elsewhere. Raises ConfigError.
    """

    def __init__(
        self,
        accept: str = "",
        sizes: Sizes = DEFAULT_SIZES,
        chunked: bool = False,
        aside: Aside = asyncio.to_thread,
    ) -> None:
        codecs.check_default(accept)
        self._accept = accept
        self._sizes = sizes
        self._chunked = chunked
        self._aside = aside
        self._reader: RequestReader | None = None
        self._batcher: Batcher | None = None
        self._salvage: Salvage | None = None
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
        lenient = salvage is not None
        reading = Reading.of(coerce.schema, options.csv_header, self._sizes, lenient)
        how = (self._accept, options.layout, self._chunked)
        self._reader = RequestReader(coerce, parameters, reading, *how)
        self._batcher = batcher
        self._salvage = salvage
        self.echo_attributes = options.echo_attributes

    @property
    def is_open(self) -> bool:
        """True once requests are answered."""
        return self._batcher is not None

    @property
    def schema(self) -> Schema:
        """The model's fields; raises Starting."""
        return self._opened().coerce.schema

    async def invoke(self, body: bytes, asked: Asked) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        if self._salvage is not None:
            return await self._salvaged(self._salvage, body, asked)
        if is_large(body, asked):
            request = await self._aside(RequestReader.read, self._admitting(), body, asked)
            invocation = self.send(request)
        else:
            invocation = self.begin(body, asked)
        await invocation.answer
        if is_large(body, asked) or invocation.is_long:
            return await self.write(invocation)
        return invocation.reply()

    async def _salvaged(self, salvage: Salvage, body: bytes, asked: Asked) -> Reply:
        decoded = await self._aside(RequestReader.decoded, self._admitting(), body, asked)
        raw, parameters, writer = decoded
        return await self._written(writer, await salvage.answer(raw, parameters))

    def takes_long(self, body: bytes, asked: Asked) -> bool:
        """True if ``begin`` is not for this request, but ``invoke``."""
        return self._salvage is not None or is_large(body, asked)

    def begin(self, body: bytes, asked: Asked) -> Invocation:
        """Sends ``body`` on its way; raises what ``invoke`` does, as far as it is known yet."""
        return self.send(self.read(body, asked))

    def read(self, body: bytes, asked: Asked) -> Prepared:
        """Reads ``body``; raises a RequestError, Starting or QueueFull."""
        return self._admitting().read(body, asked)

    def send(self, request: Prepared) -> Invocation:
        """Sends what was read on its way to R; raises QueueFull."""
        assert self._batcher is not None
        return Invocation(request, self._batcher.submit(request.frame, request.parameters))

    async def write(self, invocation: Invocation) -> Reply:
        """The reply of an invocation that is answered, and ``is_long``."""
        return await self._written(invocation.request.writer, invocation.answered())

    async def _written(self, writer: Writer, answer: Answer) -> Reply:
        elsewhere = self._aside if writer.content_type in codecs.BINARY else asyncio.to_thread
        reply: Reply = await elsewhere(Writer.reply, writer, answer)
        return reply

    def _admitting(self) -> RequestReader:
        """The reader, if what it reads has room to wait; raises Starting, QueueFull."""
        reader = self._opened()
        assert self._batcher is not None
        self._batcher.admit()
        return reader

    def _opened(self) -> RequestReader:
        if self._reader is None:
            raise Starting("the model is still being loaded; try again in a second")
        return self._reader


def is_large(body: bytes, asked: Asked) -> bool:
    """True if the event loop is not to read it: it takes long, packed it may, or pyarrow."""
    return (
        len(body) >= LARGE_BYTES
        or asked.content_encoding != ""
        or codecs.is_binary(asked.content_type)
    )
