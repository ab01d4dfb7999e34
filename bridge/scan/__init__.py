"""scan: what a saved model file would do when R loads or touches it, told without R.

``unpack`` undoes the compression, ``source`` reads numbers and strings, ``reader`` walks the
objects and ``judge`` decides what is worth a finding; ``code`` knows functions of R by name.
``policy`` says whether a model with such findings is loaded. docs/scan.md is for people.

The format is that of "Serialization Formats" in R Internals and of ``src/main/serialize.c``.
Our own reader, and not the ``rdata`` package, for three reasons. ``rdata`` builds every object
of the file in memory, and more than R itself would take; here numbers are passed over and a
string is kept only where it is a name. It recurses in Python for every cell of a pairlist, and
fails on those that R writes. And it drops what matters here: the flags of a binding, the
parts of a promise, where an object stood.

Reading is stricter than R's: what R would tolerate, as a word such as ``12abc`` for 12, is
unreadable. Whatever passes is read by R as it was read here.
"""

from bridge.scan.findings import KINDS, Finding, Scan, Severity
from bridge.scan.limits import Limits
from bridge.scan.policy import Trust, admit, as_json
from bridge.scan.workspace import scan_file

__all__ = [
    "KINDS",
    "Finding",
    "Limits",
    "Scan",
    "Severity",
    "Trust",
    "admit",
    "as_json",
    "scan_file",
]
