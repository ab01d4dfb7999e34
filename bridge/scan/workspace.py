"""workspace: a whole file: its head, its objects, its end."""

import sys
from pathlib import Path

from bridge.scan import kinds as k
from bridge.scan.findings import Findings, Place, Scan
from bridge.scan.judge import Judge
from bridge.scan.limits import Limits, TooLarge, Unreadable
from bridge.scan.reader import Reader
from bridge.scan.source import BinarySource, Source, Window, WordSource
from bridge.scan.unpack import chunks

_WORKSPACES = (b"RDA2\n", b"RDB2\n", b"RDX2\n", b"RDA3\n", b"RDB3\n", b"RDX3\n")
_MOST_ENCODING = 63
_FRAMES = 8  # of Python, at most, for each object within another
_SPARE_FRAMES = 1_000


def scan_file(path: Path, limits: Limits | None = None) -> Scan:
    """What the file at ``path`` would do in R; R is not started, nor anything of it run."""
    limits = limits or Limits()
    findings = Findings(limits.findings)
    deepest = sys.getrecursionlimit()
    sys.setrecursionlimit(max(deepest, limits.depth * _FRAMES + _SPARE_FRAMES))
    try:
        _read(Window(chunks(path, limits.unpacked)), Judge(findings), findings, limits)
    except Unreadable as error:
        findings.add("unreadable", None, str(error))
    except TooLarge as error:
        findings.add("too_large", None, str(error))
    finally:
        sys.setrecursionlimit(deepest)
    return findings.done()


def _read(window: Window, judge: Judge, findings: Findings, limits: Limits) -> None:
    is_workspace = window.peek(5) in _WORKSPACES
    if is_workspace:
        window.pass_over(5)
    reader = Reader(_source(window), judge, limits)
    _header(reader)
    _objects(reader) if is_workspace else _object(reader)
    if not window.is_at_end():
        findings.add("trailing_bytes", None)
    window.drain()


def _source(window: Window) -> Source:
    match window.take(2):
        case b"X\n":
            return BinarySource(window, ">")
        case b"B\n":
            return BinarySource(window, "<")
        case b"A\n":
            return WordSource(window)
    raise Unreadable("it does not begin as files of save() and saveRDS() do")


def _header(reader: Reader) -> None:
    """Versions of the format and of R, and from version 3 the encoding of strings."""
    version = reader.integer()
    reader.integer()
    reader.integer()
    if version not in (2, 3):
        raise Unreadable(f"it has version {version} of the format, not 2 or 3")
    if version == 3:
        length = reader.integer()
        if not 0 <= length <= _MOST_ENCODING:
            raise Unreadable("the name of its encoding is too long")
        reader.source.text(length, length)


def _objects(reader: Reader) -> None:
    """A workspace: a pairlist, or a list, with an object in each place."""
    root, flags = Place(None), reader.integer()
    if flags & 255 == k.LIST:
        reader.list(flags, root, bundle=True)
    elif flags & 255 == k.PAIRLIST:
        for name, value, _ in reader.bindings(flags, root, within=False):
            reader.judge.object(root, name, value)
    else:
        raise Unreadable("it is a workspace without objects")


def _object(reader: Reader) -> None:
    """One object; a list may be taken for a workspace."""
    root, flags = Place(None, "object"), reader.integer()
    if flags & 255 == k.LIST:
        reader.list(flags, root, bundle=True)
    else:
        reader.item(flags, root)
