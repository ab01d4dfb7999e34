"""file_format: what the first bytes of a saved file tell: format, compression, R version.

Reads some hundred bytes and starts no R. See "Serialization Formats" in R Internals.
"""

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HEAD = 256
_NUMBERS = 8  # bytes of two integers
_COMPRESSIONS: list[tuple[bytes, str, Callable[..., Any]]] = [
    (b"\x1f\x8b", "gzip", gzip.open),
    (b"BZh", "bzip2", bz2.open),
    (b"\xfd7zXZ\0", "xz", lzma.open),
    (b"]\0\0", "lzma", lzma.open),
]
_ENCODINGS = {b"X\n": "xdr", b"A\n": "ascii", b"B\n": "binary"}


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file was written; what cannot be told is empty, or 0.

    ``kind`` is "workspace" (save) or "object" (saveRDS), ``version`` that of the format.
    """

    name: str
    bytes: int
    compression: str
    kind: str
    encoding: str
    version: int
    saved_by: str


def read_format(path: Path) -> FileFormat:
    """What the file's head tells; never fails on what it does not know."""
    compression, head = _head(path)
    kind = "workspace" if head[:3] in (b"RDX", b"RDA", b"RDB") else "object"
    body = head[5:] if kind == "workspace" else head
    encoding = _ENCODINGS.get(body[:2], "")
    version, writer = _numbers(body[2:], encoding)
    return FileFormat(
        path.name, path.stat().st_size, compression, kind, encoding, version, _r_version(writer)
    )


def _head(path: Path) -> tuple[str, bytes]:
    with path.open("rb") as file:
        raw = file.read(_HEAD)
    for magic, name, opener in _COMPRESSIONS:
        if raw.startswith(magic):
            with opener(path) as file:
                return name, file.read(_HEAD)
    return "none", raw


def _numbers(body: bytes, encoding: str) -> tuple[int, int]:
    """The format's version, and the version of R that wrote the file, packed."""
    if encoding == "ascii":
        words = body.split(maxsplit=2)[:2]
        return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)
    if not encoding or len(body) < _NUMBERS:
        return 0, 0
    version, writer = struct.unpack_from(">ii" if encoding == "xdr" else "<ii", body)
    return version, writer


def _r_version(packed: int) -> str:
    return f"{packed >> 16}.{packed >> 8 & 255}.{packed & 255}" if packed else ""
