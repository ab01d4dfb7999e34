"""Codecs: bytes to RawFrame and Answer to bytes, one file per content type.

Chosen by Content-Type and Accept, whose parameters and case do not matter. A body whose
type is not given, or is what ``curl -d`` sends, is read as JSON.
"""

from collections.abc import Callable
from functools import lru_cache

from bridge.answer import Answer
from bridge.codecs import csv, json
from bridge.errors import EmptyBody, NotAcceptable, UnsupportedMediaType
from bridge.frame import RawFrame

Decoder = Callable[[bytes], RawFrame]
Encoder = Callable[[Answer], bytes]

DECODERS: dict[str, Decoder] = {
    "application/json": json.decode,
    "application/x-www-form-urlencoded": json.decode,
    "text/csv": csv.decode,
}
ENCODERS: dict[str, Encoder] = {
    "application/json": json.encode,
    "text/csv": csv.encode,
}
DEFAULT = "application/json"
_ALIASES = {"": DEFAULT, "*/*": DEFAULT, "application/*": DEFAULT, "text/*": "text/csv"}


def decode(body: bytes, content_type: str) -> RawFrame:
    """The records in ``body``; raises a RequestError."""
    decoder = DECODERS.get(content_type) or DECODERS.get(_media_type(content_type) or DEFAULT)
    if decoder is None:
        raise UnsupportedMediaType(
            f'Content-Type "{content_type[:100]}" is not supported; '
            f"send one of {', '.join(DECODERS)}"
        )
    if not body or body.isspace():
        raise EmptyBody('the body is empty; send a record such as {"field": value}')
    return decoder(body)


@lru_cache(maxsize=256)
def encoder(accept: str) -> tuple[str, Encoder]:
    """Content-Type and encoder for the first type in ``accept`` that there is one for."""
    for part in accept.split(","):
        media_type = _media_type(part)
        media_type = _ALIASES.get(media_type, media_type)
        if media_type in ENCODERS:
            return media_type, ENCODERS[media_type]
    raise NotAcceptable(
        f'Accept "{accept[:100]}" cannot be served; ask for one of {", ".join(ENCODERS)}'
    )


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()
