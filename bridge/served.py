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
from bridge.frame import Replacements
from bridge.parameters import NONE, Parameters


class Reply(NamedTuple):
    """A body and its content type; how many cells of the request policies replaced."""

    body: bytes
    content_type: str
    replaced: int = 0


class Asked(NamedTuple):
    """What the headers of a request ask for; each empty if it was not sent."""

    content_type: str = ""
    accept: str = ""
    attributes: str = ""


class Invocation(NamedTuple):
    """A request that is on its way to R."""

    answer: asyncio.Future[Answer]
    content_type: str
    encode: codecs.Encoder
    replaced: Replacements | None

    def reply(self) -> Reply:
        """The reply, once ``answer`` is done; raises the error that it got instead."""
        answer = self.answer.result()
        if self.replaced is None:
            return Reply(self.encode(answer), self.content_type)
        answer = answer._replace(frame=answer.frame._replace(replaced=self.replaced))
        return Reply(self.encode(answer), self.content_type, self.replaced.total)


class ServedModel:
    """A model that answers once it is ``open``."""

    def __init__(self) -> None:
        self._coerce: Coercer | None = None
        self._batcher: Batcher | None = None
        self._parameters = Parameters({})

    def open(self, coerce: Coercer, batcher: Batcher, parameters: Parameters) -> None:
        """From now on requests that ``coerce`` takes are answered through ``batcher``."""
        self._coerce = coerce
        self._batcher = batcher
        self._parameters = parameters

    @property
    def is_open(self) -> bool:
        """True once requests are answered."""
        return self._batcher is not None

    async def invoke(self, body: bytes, asked: Asked) -> Reply:
        """The answer to ``body``; raises a RequestError or a ServiceError."""
        invocation = self.begin(body, asked)
        await invocation.answer
        return invocation.reply()

    def begin(self, body: bytes, asked: Asked) -> Invocation:
        """Sends ``body`` on its way; raises what ``invoke`` does, as far as it is known yet."""
        if self._coerce is None or self._batcher is None:
            raise Starting("the model is still being loaded; try again in a second")
        answer_type, encode = codecs.encoder(asked.accept)
        raw = codecs.decode(body, asked.content_type)
        parameters = NONE
        if raw.parameters or asked.attributes:
            parameters = self._parameters.checked(raw.parameters or {}, asked.attributes)
        frame = self._coerce(raw)
        answer = self._batcher.submit(frame, parameters)
        return Invocation(answer, answer_type, encode, frame.replaced)
