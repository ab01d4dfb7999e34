"""ServedModel: the whole road of one request, bytes to bytes, without HTTP.

read (decode and coerce), batch (there R answers), write. Every face takes this road. The event
loop reads and writes what is done in a few milliseconds (see ``cost``), threads what takes
longer. What takes long, or is read and written by pyarrow, is done ``aside``: by another process.
"""

import asyncio
from collections.abc import Sequence
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
from bridge.counts import Counts
from bridge.errors import Starting, WrongShape
from bridge.frame import Frame, Replacements
from bridge.parameters import Parameters
from bridge.promise import Promise
from bridge.record import RecordReader
from bridge.request import Asked, Body, Read, Reply, RequestReader, Writer, whole
from bridge.row import Row
from bridge.salvage import Salvage
from bridge.schema import Schema
from bridge.ticket import RowTicket

DEFAULT_SIZES = Sizes()
LARGE_BYTES = 256 * 1024  # some 30 ms of reading by a thread, at the worst 500
MOST_MANNERS = 256  # that are kept


class Prepared(NamedTuple):
    """A request that was read and found good, and how its answer is to be written.

    Of several ``frames``, each is a block of its rows.
    """

    frames: tuple[Frame, ...]
    parameters: str
    writer: Writer


class Invocation(NamedTuple):
    """A request that is on its way to R: ``asked``, or the first block of it."""

    answer: Promise[Answer]
    writer: Writer
    asked: Frame

    @property
    def plain(self) -> None:
        """See RowTicket."""

    @property
    def is_long(self) -> bool:
        """True if the event loop is not to write the reply: it takes long, or pyarrow.

        Known once ``answer`` is done.
        """
        answer = self.answer.kept
        return answer is not None and (is_long(answer) or self.writer.content_type in codecs.BINARY)

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        return self.writer.reply(self.answered())

    def answered(self) -> Answer:
        """The same, not written yet."""
        return _with(self.answer.result(), self.asked.replaced)


class Manner(NamedTuple):
    """How requests with the same headers are answered.

    And read: ``aside`` by others than the event loop; by ``records`` if they are one record.
    """

    writer: Writer
    aside: bool
    is_text: bool
    records: RecordReader | None


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
    whole. ``counts`` are told what becomes of requests, by who answers them. Raises ConfigError.
    """

    def __init__(
        self,
        accept: str = "",
        sizes: Sizes = DEFAULT_SIZES,
        chunked: bool = False,
        aside: Aside = _THREADS,
        counts: Counts | None = None,
    ) -> None:
        codecs.check_default(accept)
        self.counts = counts or Counts()
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
        self._records: RecordReader | None = None
        self._manners: dict[Asked, Manner] = {}
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
        fields = len(coerce.schema.predictors)
        if fields and not batcher.free_rows and reading.holds(1, fields):
            self._records = RecordReader(coerce.schema, coerce.most_text)
        self.echo_attributes = options.echo_attributes

    @property
    def is_open(self) -> bool:
        """True once requests are answered."""
        return self._batcher is not None

    @property
    def waiting(self) -> int:
        """How many requests wait for a worker."""
        return self._batcher.waiting if self._batcher is not None else 0

    @property
    def schema(self) -> Schema:
        """The model's fields; raises Starting."""
        return self._opened().coerce.schema

    async def invoke(self, body: Body, asked: Asked) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        invocation = self.begin(body, asked)
        if invocation is not None:
            return await self._replied(invocation)
        reader = self._admitting()
        aside = self._aside if self._is_for_aside(body, asked) else _THREADS
        self._writer(asked, None)  # what cannot be answered is refused before it is read
        assert self._bulk is not None
        read = await aside.read(reader, body, asked, self._bulk.block)
        del body
        writer = self._writer(asked, read)
        if self._salvage is not None:
            return await self._written(writer, await self._salvage.answer(read))
        return await self._replied(self._send(Prepared(read.frames, read.parameters, writer)))

    async def _replied(self, invocation: Invocation | RowTicket) -> Reply:
        await invocation.answer
        return await self.write(invocation) if invocation.is_long else invocation.reply()

    def _is_for_aside(self, body: Body, asked: Asked) -> bool:
        """Else it is for a thread, if not for the event loop."""
        if is_aside(asked) or not isinstance(body, bytes) or len(body) >= LARGE_BYTES:
            return True
        return self._seconds(body, _is_text(asked)) > THREAD_SECONDS

    def _seconds(self, body: bytes, is_text: bool) -> float:
        """How long it may take to read."""
        return 0.0 if self._cost is None else self._cost.seconds(body, is_text)

    def begin(self, body: Body, asked: Asked) -> Invocation | RowTicket | None:
        """Sends ``body`` on its way; None if that takes long, and so is for ``invoke``.

        Raises what ``invoke`` does, as far as it is known yet.
        """
        if self._batcher is None:
            raise _starting()
        self._batcher.check_room()
        manner = self._manners.get(asked) or self._learn(asked)
        if manner.aside or not isinstance(body, bytes):
            return None
        if len(body) > self._few_bytes and (
            len(body) >= LARGE_BYTES or self._seconds(body, manner.is_text) > LOOP_SECONDS
        ):
            return None
        row = manner.records and manner.records.read(body)
        if row:
            return self._submit_row(row, manner.writer)
        return self._send(self.read(body, asked))

    def _learn(self, asked: Asked) -> Manner:
        """The manner of requests with these headers; raises NotAcceptable."""
        writer = self._writer(asked, None)
        aside = self._salvage is not None or is_aside(asked)
        is_plain = asked.form is None and not asked.attributes
        if is_plain and codecs.is_json(asked.content_type) and writer.each is not None:
            records = self._records
        else:
            records = None
        if len(self._manners) == MOST_MANNERS:
            self._manners.clear()
        manner = self._manners[asked] = Manner(writer, aside, _is_text(asked), records)
        return manner

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
        each = codecs.encoder_of_each(encode)
        return Writer(content_type, encode, asked.accept_encoding, self._chunked, each)

    def _send(self, request: Prepared) -> Invocation:
        """Sends what was read on its way to R; raises QueueFull."""
        answer = self._submit(request.frames, request.parameters)
        return Invocation(answer, request.writer, request.frames[0])

    def _submit(self, frames: Sequence[Frame], parameters: str) -> Promise[Answer]:
        assert self._bulk is not None
        return self._bulk.submit(frames, parameters)

    def _submit_row(self, row: Row, writer: Writer) -> RowTicket:
        assert self._batcher is not None
        return self._batcher.submit_row(row, writer)

    async def write(self, invocation: Invocation | RowTicket) -> Reply:
        """The reply of an invocation that is answered, and ``is_long``."""
        assert isinstance(invocation, Invocation)
        return await self._written(invocation.writer, invocation.answered())

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
            raise _starting()
        return self._reader


def _starting() -> Starting:
    return Starting("the model is still being loaded; try again in a second")


def _with(answer: Answer, replaced: Replacements | None) -> Answer:
    """The answer, which tells what was replaced in its request."""
    if replaced is None:
        return answer
    return answer._replace(frame=answer.frame._replace(replaced=replaced))


def is_aside(asked: Asked) -> bool:
    """True if the event loop is not to read such bodies, however short: packed, or pyarrow's."""
    return asked.content_encoding != "" or codecs.is_binary(asked.content_type)


def _is_text(asked: Asked) -> bool:
    return asked.form is None and codecs.is_text(asked.content_type)
