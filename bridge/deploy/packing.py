"""packing: a model folder as model.tar.gz, the same bytes for the same files.

Names are sorted, times, owners and modes are fixed. A link to a file is packed as that file:
SageMaker wants no links. Files and folders whose name begins with a dot are left out.
"""

import gzip
import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bridge.deploy.cannot import CannotDeploy

_BLOCK = 2**20


def files_of(path: Path) -> list[tuple[str, Path]]:
    """Names in the archive and files, of a model file or folder, sorted by name."""
    if path.is_file():
        return [(path.name, path)]
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name[0] != "."]
        _refuse_links(path, [Path(folder, name) for name in folders])
        found += [Path(folder, name) for name in names if name[0] != "."]
    return sorted((file.relative_to(path).as_posix(), _regular(path, file)) for file in found)


def digest_of(path: Path) -> str:
    """SHA-256 of the archive before compression, which no release of zlib can change."""
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def pack(path: Path, archive: Path) -> None:
    """Writes the archive of ``path``, with the model's files at its root."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with archive.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as out:
        for block in _blocks(path):
            out.write(block)


def _blocks(path: Path) -> Iterator[bytes]:
    """The tar archive, piece by piece: a model may be larger than the memory."""
    for name, file in files_of(path):
        with _opened(file) as content:
            size = file.stat().st_size
            yield _header(name, size)
            yield from _content(file, content, size)
            yield bytes(-size % tarfile.BLOCKSIZE)
    yield bytes(tarfile.RECORDSIZE)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise CannotDeploy(f"{file} cannot be read: {error.strerror}") from None


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    return info.tobuf(tarfile.PAX_FORMAT)


def _content(file: Path, content: BinaryIO, size: int) -> Iterator[bytes]:
    while size:
        block = content.read(min(size, _BLOCK))
        if not block:
            raise CannotDeploy(f"{file} became shorter while it was packed; please try again")
        size -= len(block)
        yield block


def _regular(path: Path, file: Path) -> Path:
    if file.is_file():
        return file
    what = "a link that leads nowhere" if file.is_symlink() else "no regular file"
    raise CannotDeploy(f"{file.relative_to(path)} is {what}; please take it out of {path}")


def _refuse_links(path: Path, folders: list[Path]) -> None:
    for folder in folders:
        if folder.is_symlink():
            raise CannotDeploy(
                f"{folder.relative_to(path)} is a link to a folder, which cannot be packed; "
                f"please put the folder itself into {path}"
            )
