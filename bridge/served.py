"""ServedModel: the whole road of one request, bytes to bytes, without HTTP.

read (decode and coerce), batch (there R answers), write. Every face takes this road. The event
loop reads and writes what is done in a few milliseconds (see ``cost``), threads what takes
longer. What takes long, or is read and written by pyarrow, is done ``aside``: by another process.
"""

import asyncio
from typing import NamedTuple, Protocol

from bridge import codecs
from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.bulk import Bulk
from bridge.codecs.options import OWN, Options
from bridge.codecs.pieces import is_long
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.cost import LOOP_SECONDS, THREAD_SECONDS, Cost
from bridge.errors import Starting, WrongShape
from bridge.frame import Frame, Replacements
from bridge.parameters import Parameters
from bridge.promise import Promise
from bridge.request import Asked, Body, Read, Reply, RequestReader, Writer, whole
from bridge.salvage import Salvage
from bridge.schema import Schema

DEFAULT_SIZES = Sizes()
LARGE_BYTES = 256 * 1024  # some 30 ms of reading by a thread, at the worst 500


class Prepared(NamedTuple):
    """A request that was read and found good, and how its answer is to be written.

    Of several ``frames``, each is a block of its rows.
    """

    frames: tuple[Frame, ...]
    parameters: str
    writer: Writer


class Invocation(NamedTuple):
    """A request that is on its way to R."""

    request: Prepared
    answer: Promise[Answer]

    @property
    def is_long(self) -> bool:
        """True if the event loop is not to write the reply: it takes long, or pyarrow.

        Known once ``answer`` is done.
        """
        answer = self.answer.kept
        return answer is not None and (
            is_long(answer) or self.request.writer.content_type in codecs.BINARY
        )

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        return self.request.writer.reply(self.answered())

    def answered(self) -> Answer:
        """The same, not written yet."""
        return _with(self.answer.result(), self.request.frames[0].replaced)


class Aside(Protocol):
    """Who reads and writes what the event loop is not to."""

    async def read(self, reader: RequestReader, body: Body, asked: Asked, block: int) -> Read: ...

    async def write(self, writer: Writer, answer: Answer) -> bytes: ...


class Threads:
    """Threads of this process do it."""

    async def read(self, reader: RequestReader, body: Body, asked: Asked, block: int) -> Read:
        return await asyncio.to_thread(lambda: reader.read(whole(body), asked).in_blocks(block))

    async def write(self, writer: Writer, answer: Answer) -> bytes:
        return await asyncio.to_thread(writer.encode, answer)


_THREADS = Threads()


class ServedModel:
    """A model that answers once it is ``open``.

    ``accept`` is that of requests which have none. ``sizes`` are those of what is unpacked and
    read; what comes in is limited before it gets here. Without ``chunked`` every reply is
    whole. Raises ConfigError.
    """

    def __init__(
        self,
        accept: str = "",
        sizes: Sizes = DEFAULT_SIZES,
        chunked: bool = False,
        aside: Aside = _THREADS,
    ) -> None:
        codecs.check_default(accept)
        self._accept = accept
        self._sizes = sizes
        self._chunked = chunked
        self._aside = aside
        self._layout = ""
        self._reader: RequestReader | None = None
        self._cost: Cost | None = None
        self._few_bytes = 0
        self._batcher: Batcher | None = None
        self._bulk: Bulk | None = None
        self._salvage: Salvage | None = None
        self.echo_attributes = False

    def open(
        self,
        coerce: Coercer,
        batcher: Batcher,
        parameters: Parameters,
        options: Options = OWN,
        salvage: Salvage | None = None,
        bulk: Bulk | None = None,
    ) -> None:
        """From now on requests that ``coerce`` takes are answered through ``batcher``.

        With ``salvage``, so are the good records of those that it does not take.
        """
        lenient = salvage is not None
        reading = Reading.of(coerce.schema, options.csv_header, self._sizes, lenient)
        self._reader = RequestReader(coerce, parameters, reading)
        self._cost = Cost(coerce.schema, coerce.policies)
        self._few_bytes = self._cost.few_bytes
        self._layout = options.layout
        self._batcher = batcher
        self._bulk = bulk or Bulk(batcher, 1)
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

    async def invoke(self, body: Body, asked: Asked) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        if not self.takes_long(body, asked):
            return await self._replied(self.begin(whole(body), asked))
        reader = self._admitting()
        aside = self._aside if self._is_for_aside(body, asked) else _THREADS
        self._writer(asked, None)  # what cannot be answered is refused before it is read
        assert self._bulk is not None
        read = await aside.read(reader, body, asked, self._bulk.block)
        del body
        writer = self._writer(asked, read)
        if self._salvage is not None:
            return await self._written(writer, await self._salvage.answer(read))
        return await self._replied(self.send(Prepared(read.frames, read.parameters, writer)))

    async def _replied(self, invocation: Invocation) -> Reply:
        await invocation.answer
        return await self.write(invocation) if invocation.is_long else invocation.reply()

    def takes_long(self, body: Body, asked: Asked) -> bool:
        """True if ``begin`` is not for this request, but ``invoke``."""
        if self._salvage is not None or is_large(body, asked):
            return True
        return len(body) > self._few_bytes and self._seconds(body, asked) > LOOP_SECONDS

    def _is_for_aside(self, body: Body, asked: Asked) -> bool:
        return is_large(body, asked) or self._seconds(body, asked) > THREAD_SECONDS

    def _seconds(self, body: Body, asked: Asked) -> float:
        """How long a body that is not large may take to read."""
        is_text = asked.form is None and codecs.is_text(asked.content_type)
        return 0.0 if self._cost is None else self._cost.seconds(whole(body), is_text)

    def begin(self, body: bytes, asked: Asked) -> Invocation:
        """Sends ``body`` on its way; raises what ``invoke`` does, as far as it is known yet."""
        return self.send(self.read(body, asked))

    def read(self, body: bytes, asked: Asked) -> Prepared:
        """Reads ``body``; raises a RequestError, Starting or QueueFull."""
        reader = self._admitting()
        writer = self._writer(asked, None)
        read = reader.read(body, asked)
        if not read.frames:
            raise WrongShape("no record of the body fits the model")
        if asked.form is not None:
            writer = self._writer(asked, read)
        return Prepared(read.frames, read.parameters, writer)

    def _writer(self, asked: Asked, read: Read | None) -> Writer:
        """Raises NotAcceptable. With a form it is known once the request is ``read``."""
        if asked.form is None or read is None:
            content_type, encode = codecs.encoder(asked.accept, self._accept, self._layout)
        else:
            content_type, encode = codecs.DEFAULT, asked.form.encoder(read.wanted)
        return Writer(content_type, encode, asked.accept_encoding, self._chunked)

    def send(self, request: Prepared) -> Invocation:
        """Sends what was read on its way to R; raises QueueFull."""
        assert self._bulk is not None
        return Invocation(request, self._bulk.submit(request.frames, request.parameters))

    async def write(self, invocation: Invocation) -> Reply:
        """The reply of an invocation that is answered, and ``is_long``."""
        return await self._written(invocation.request.writer, invocation.answered())

    async def _written(self, writer: Writer, answer: Answer) -> Reply:
        if writer.content_type in codecs.BINARY:
            return writer.reply(answer, await self._aside.write(writer, answer))
        return await asyncio.to_thread(writer.reply, answer)

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


def _with(answer: Answer, replaced: Replacements | None) -> Answer:
    """The answer, which tells what was replaced in its request."""
    if replaced is None:
        return answer
    return answer._replace(frame=answer.frame._replace(replaced=replaced))


def is_large(body: Body, asked: Asked) -> bool:
    """True if the event loop is not to read it: it takes long, packed it may, or pyarrow."""
    return (
        isinstance(body, list)
        or len(body) >= LARGE_BYTES
        or asked.content_encoding != ""
        or codecs.is_binary(asked.content_type)
    )
