"""ServedModel: the whole road of one request, bytes to bytes, without HTTP.

decode, coerce, batch (there R answers), encode. Every face takes this road.
"""

import asyncio
from typing import NamedTuple

from bridge import codecs
from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.coerce import Coercer
from bridge.errors import Starting
from bridge.schema import Schema


class Reply(NamedTuple):
    """A body and its content type."""

    body: bytes
    content_type: str


class Invocation(NamedTuple):
    """A request that is on its way to R."""

    answer: asyncio.Future[Answer]
    content_type: str
    encode: codecs.Encoder

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        return Reply(self.encode(self.answer.result()), self.content_type)


class ServedModel:
    """A model that answers once it is ``open``."""

    def __init__(self) -> None:
        self._coerce: Coercer | None = None
        self._batcher: Batcher | None = None

    def open(self, schema: Schema, batcher: Batcher) -> None:
        """From now on requests that fit ``schema`` are answered through ``batcher``."""
        self._coerce = Coercer(schema)
        self._batcher = batcher

    @property
    def is_open(self) -> bool:
        """True once requests are answered."""
        return self._batcher is not None

    async def invoke(self, body: bytes, content_type: str, accept: str) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        invocation = self.begin(body, content_type, accept)
        await invocation.answer
        return invocation.reply()

    def begin(self, body: bytes, content_type: str, accept: str) -> Invocation:
        """Sends ``body`` on its way; raises what ``invoke`` does, as far as it is known yet."""
        if self._coerce is None or self._batcher is None:
            raise Starting("the model is still being loaded; try again in a second")
        answer_type, encode = codecs.encoder(accept)
        frame = self._coerce(codecs.decode(body, content_type))
        return Invocation(self._batcher.submit(frame), answer_type, encode)
