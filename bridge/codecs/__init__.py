"""Codecs: bytes to RawFrame and Answer to bytes, one file per content type.

Chosen by Content-Type and Accept, of which only the parameters matter that a codec knows. A
body whose type is not given, or is what ``curl -d`` sends, is read as JSON.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from bridge.answer import Answer
from bridge.codecs import arrow, csv, gzip, inference, json, jsonlines, npy, pieces
from bridge.codecs.media import Media, accepted, media
from bridge.codecs.reading import PLAIN, Reading
from bridge.codecs.shapes import LAYOUTS
from bridge.errors import ConfigError, EmptyBody, NotAcceptable, UnsupportedMediaType
from bridge.frame import RawFrame

Decoder = Callable[[bytes, Reading, Mapping[str, str]], RawFrame]
Encoder = Callable[[Answer], bytes]
EachEncoder = Callable[[Answer], list[bytes]]


class Form(NamedTuple):
    """Bodies of one form, whatever the headers say, answered as JSON.

    ``kind`` is one of FORMS, ``told`` what reads them must know beside: JSON, like what it
    finds ``wanted`` of the answer, so that another process may read them.
    """

    kind: str
    told: tuple[tuple[str, Any], ...] = ()

    def decode(self, body: bytes, reading: Reading) -> tuple[RawFrame, Any]:
        """The records in ``body``, and what is wanted of the answer; raises a RequestError."""
        raw: tuple[RawFrame, Any] = FORMS[self.kind][0](body, reading, **dict(self.told))
        return raw

    def encoder(self, wanted: Any) -> Encoder:
        """What writes an answer as it is ``wanted``."""
        return partial(FORMS[self.kind][1], wanted=wanted)


DEFAULT = "application/json"
LINES = (
    "application/jsonlines",
    "application/x-jsonlines",
    "application/jsonl",
    "application/jsons",
    "application/x-ndjson",
    "application/ndjson",
)
PARQUET = ("application/x-parquet", "application/vnd.apache.parquet")
STREAM = "application/vnd.apache.arrow.stream"
NPY = "application/x-npy"
CSV = "text/csv"
# What errors tell: each type by its first name.
TOLD = (DEFAULT, CSV, LINES[0], PARQUET[0], STREAM, NPY)

DECODERS: dict[str, Decoder] = {
    DEFAULT: json.decode,
    "": json.decode,
    "application/x-www-form-urlencoded": json.decode,
    CSV: csv.decode,
    **dict.fromkeys(LINES, jsonlines.decode),
    **dict.fromkeys(PARQUET, arrow.decode_parquet),
    STREAM: arrow.decode_stream,
    NPY: npy.decode,
}
ENCODERS: dict[str, Callable[..., bytes]] = {
    DEFAULT: json.encode,
    CSV: csv.encode,
    **dict.fromkeys(LINES, jsonlines.encode),
    **dict.fromkeys(PARQUET, arrow.encode_parquet),
    STREAM: arrow.encode_stream,
    NPY: npy.encode,
}
FORMS: dict[str, tuple[Callable[..., tuple[RawFrame, Any]], Callable[..., bytes]]] = {
    "inference": (inference.read, inference.write),
    "outputs": (inference.read_usual, inference.write_outputs),
}
_DOCUMENTS: dict[Any, Callable[..., Iterator[bytes]]] = {
    json.encode: json.in_pieces,
    inference.write: inference.in_pieces,
}
# Read and written by pyarrow.
BINARY = (*PARQUET, STREAM)
_WITH_LAYOUT = (DEFAULT, *LINES)


def decode(
    body: bytes, content_type: str, reading: Reading = PLAIN, encoding: str = ""
) -> RawFrame:
    """The records in ``body``; raises a RequestError."""
    decoder, parameters = _decoder(content_type)
    return decoder(_unpacked(body, reading, encoding), reading, parameters)


def decode_as(
    form: Form, body: bytes, reading: Reading, encoding: str = ""
) -> tuple[RawFrame, Any]:
    """The records in ``body``, which is of ``form``, and what is wanted of the answer."""
    return form.decode(_unpacked(body, reading, encoding), reading)


def _unpacked(body: bytes, reading: Reading, encoding: str) -> bytes:
    if encoding:
        body = gzip.unpacked(body, encoding, reading)
    if not body or body.isspace():
        raise EmptyBody('the body is empty; send a record such as {"field": value}')
    return body


@lru_cache(maxsize=256)
def is_binary(content_type: str) -> bool:
    """True if it is one of BINARY."""
    return media(content_type).name in BINARY


def is_json(content_type: str) -> bool:
    """True if bodies of this type are read as JSON; raises UnsupportedMediaType."""
    return _decoder(content_type)[0] is json.decode


@lru_cache(maxsize=256)
def is_text(content_type: str) -> bool:
    """True unless it is a type of binary bodies."""
    return media(content_type).name not in (*BINARY, NPY)


@lru_cache(maxsize=256)
def _decoder(content_type: str) -> tuple[Decoder, Mapping[str, str]]:
    name, parameters = media(content_type)
    if name not in DECODERS:
        raise UnsupportedMediaType(
            f'Content-Type "{content_type[:100]}" is not supported; send one of {", ".join(TOLD)}'
        )
    return DECODERS[name], parameters


@lru_cache(maxsize=256)
def encoder(accept: str, default: str = "", layout: str = "") -> tuple[str, Encoder]:
    """Content-Type and encoder for the best type in ``accept`` that there is one for.

    ``default`` is the Accept of requests that have none, ``layout`` the one of JSON that does
    not say another. Raises NotAcceptable.
    """
    for wanted in accepted(accept.strip() or default or DEFAULT, default, TOLD):
        if wanted.name in ENCODERS:
            return _encoder(wanted, layout)
    raise NotAcceptable(
        f'Accept "{accept[:100]}" cannot be served; ask for one of {", ".join(TOLD)}'
    )


def _encoder(wanted: Media, layout: str) -> tuple[str, Encoder]:
    name, parameters = wanted
    encode = ENCODERS[name]
    if name == CSV and parameters.get("header") == "present":
        return f"{CSV}; header=present", partial(csv.encode, header=True)
    if name in _WITH_LAYOUT:
        layout = parameters.get("layout", layout)
        if layout and layout not in LAYOUTS:
            raise NotAcceptable(
                f'layout "{layout[:60]}" cannot be served; ask for one of {", ".join(LAYOUTS)}'
            )
        return name, partial(encode, layout=layout) if layout else encode
    return name, encode


def encoder_of_each(encode: Encoder) -> EachEncoder | None:
    """What writes each row of an answer as ``encode`` does one alone; None if nothing does.

    ``encode`` is that of ``encoder``.
    """
    if encode is json.encode:
        return json.encode_each
    if isinstance(encode, partial) and encode.func is json.encode:
        return _json_each(encode.keywords["layout"])
    return None


@lru_cache(maxsize=len(LAYOUTS))
def _json_each(layout: str) -> EachEncoder:
    return partial(json.encode_each, layout=layout)


def in_pieces(answer: Answer, encode: Encoder) -> Iterator[bytes] | None:
    """What ``encode`` makes of a long answer, piece by piece; None if it is made whole.

    ``encode`` is that of ``encoder``.
    """
    if answer.frame.rows == 1 or not pieces.is_long(answer):
        return None
    function = encode.func if isinstance(encode, partial) else encode
    if function in _DOCUMENTS:
        return _DOCUMENTS[function](answer, **getattr(encode, "keywords", {}))
    if function not in (csv.encode, jsonlines.encode):
        return None
    further = csv.encode if function is csv.encode else encode  # without the header again
    return pieces.in_lines(answer, encode, further)


def check_default(accept: str) -> None:
    """Raises ConfigError if answers cannot be written so."""
    try:
        encoder(accept)
    except NotAcceptable as error:
        raise ConfigError(f"the default of Accept: {error}") from None


def warm() -> None:
    """Loads what is loaded on first use, so that no request waits for it."""
    arrow.warm()
