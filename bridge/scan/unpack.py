"""unpack: a compressed file as a stream of bytes, in constant memory.

The first bytes tell the compression, as they do for R's ``gzfile()``. Unlike R, which only
warns of a damaged gzip stream, anything wrong with one is Unreadable.
"""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from bridge.scan.limits import TooLarge, Unreadable

CHUNK = 1 << 18
_LZMA_MEMORY = 512 << 20  # as R allows


def chunks(path: Path, most: int) -> Iterator[bytes]:
    """The unpacked bytes in pieces, none empty; raises TooLarge after ``most`` bytes."""
    total = 0
    try:
        with path.open("rb") as file:
            for chunk in _pieces(file):
                total += len(chunk)
                if total > most:
                    raise TooLarge(f"unpacks to more than {most >> 20} MiB")
                yield chunk
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise Unreadable(f"its compressed data is damaged or cut short: {error}") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"it cannot be unpacked: {error}") from None


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    magic = file.read(6)
    file.seek(0)
    for start, pieces in _COMPRESSIONS:
        if magic.startswith(start):
            return pieces(file)
    return _plain(file)


def _plain(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    return _plain(gzip.GzipFile(fileobj=file))  # type: ignore[arg-type]


def _bzip2(file: BinaryIO) -> Iterator[bytes]:
    return _plain(bz2.BZ2File(file))  # type: ignore[arg-type]


def _lzma(file: BinaryIO) -> Iterator[bytes]:
    """With a limit on the memory that the file may ask for, which ``lzma.open`` has not."""
    decompressor = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)
    while not decompressor.eof:
        packed = file.read(CHUNK) if decompressor.needs_input else b""
        if decompressor.needs_input and not packed:
            raise EOFError("the end is missing")
        if chunk := decompressor.decompress(packed, CHUNK):
            yield chunk
    if decompressor.unused_data or file.read(1):
        raise lzma.LZMAError("more follows its end")


_COMPRESSIONS: list[tuple[bytes, Callable[[BinaryIO], Iterator[bytes]]]] = [
    (b"\x1f\x8b", _gzip),
    (b"BZh", _bzip2),
    (b"\xfd7zXZ\0", _lzma),
    (b"]\0\0", _lzma),
]
