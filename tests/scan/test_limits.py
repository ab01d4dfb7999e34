"""What a file may cost is bounded, whatever it claims to hold; damage is seen, not passed over."""

import bz2
import gzip
import lzma
import tracemalloc
from pathlib import Path

import pytest

from bridge.scan import Finding, Limits, scan_file
from tests.scan import craft
from tests.serving import MARATHON

HEAD = b"X\n\0\0\0\2\0\4\2\2\0\2\3\0"
ZEROS = 32 << 20
FEW = Limits(unpacked=1 << 20, items=1_000, shared=100, findings=10)


def only(path: Path, limits: Limits | None = None) -> Finding:
    (finding,) = scan_file(path, limits).findings
    return finding


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.rds"


def test_numbers_take_no_memory(file: Path) -> None:
    with file.open("wb") as out:
        out.write(HEAD + (14).to_bytes(4, "big") + (ZEROS // 8).to_bytes(4, "big"))
        out.truncate(out.tell() + ZEROS)
    tracemalloc.start()
    assert scan_file(file).findings == ()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20


def test_a_file_that_unpacks_to_too_much(file: Path) -> None:
    numbers = (14).to_bytes(4, "big") + (ZEROS // 8).to_bytes(4, "big") + bytes(ZEROS)
    file.write_bytes(gzip.compress(HEAD + numbers, 1))
    assert scan_file(file).findings == ()
    found = only(file, FEW)
    assert (found.kind, found.detail) == ("too_large", "unpacks to more than 1 MiB")


@pytest.mark.parametrize("length", ["2147483647\n", "-1\n65536\n-1\n", "-1\n65537\n0\n", "-2\n"])
@pytest.mark.parametrize("kind", [10, 13, 14, 15, 16, 19, 20, 24])
def test_lengths_that_the_file_does_not_keep(file: Path, kind: int, length: str) -> None:
    file.write_bytes(craft.rds(f"{kind}\n{length}"))
    assert only(file).kind in ("unreadable", "too_large")


def test_many_objects(file: Path) -> None:
    file.write_bytes(craft.rds("19\n2000\n" + craft.NULL * 2_000))
    assert only(file, FEW).kind == "too_large"


@pytest.mark.parametrize("body", [craft.integers(*range(2_000)), craft.string("a" * 9_000)])
def test_many_words(file: Path, body: str) -> None:
    file.write_bytes(craft.rds(body))
    assert only(file, FEW).kind == "too_large"


def test_many_strings(file: Path) -> None:
    file.write_bytes(craft.rds(craft.string(*["a"] * 2_000)))
    assert only(file, FEW).kind == "too_large"


def test_many_names(file: Path) -> None:
    file.write_bytes(craft.rds(craft.call("f", *[craft.symbol("x")] * 200)))
    assert only(file, FEW).kind == "too_large"


OPENINGS = {
    "list": "19\n1\n",
    "call": "6\n",
    "pairlist": "2\n",
    "attribute": f"522\n1\n0\n1026\n{craft.symbol('a')}",
    "enclosure": "4\n0\n",
    "variable": f"4\n0\n{craft.GLOBAL_ENV}1026\n{craft.symbol('a')}",
    "table": f"4\n0\n{craft.GLOBAL_ENV}{craft.NULL}19\n1\n1026\n{craft.symbol('a')}",
    "function": "1027\n",
    "body": f"1027\n{craft.GLOBAL_ENV}{craft.NULL}",
    "promise": f"4\n0\n{craft.GLOBAL_ENV}1026\n{craft.symbol('a')}5\n",
    "dots": f"4\n0\n{craft.GLOBAL_ENV}1026\n{craft.symbol('a')}17\n5\n",
    "pointer": "22\n",
    "altrep": "238\n2\n",
    "compiled": f"21\n1\n{craft.integers(1)}1\n0\n",
    "tag": "1026\n",
    "string": "16\n1\n521\n0\n",
}
COMPILED = f"{craft.integers(1)}1\n"
REPEATED = {
    **{name: ("", opening) for name, opening in OPENINGS.items()},
    "compiled in compiled": (f"21\n1\n{COMPILED}", f"21\n{COMPILED}"),
    "call in compiled": (f"21\n1\n{COMPILED}", f"6\n{craft.NULL}"),
}


@pytest.mark.parametrize(("head", "opening"), REPEATED.values(), ids=list(REPEATED))
def test_depth(file: Path, head: str, opening: str) -> None:
    file.write_bytes(craft.rds(head + opening * 6_000))
    (found,) = [f for f in scan_file(file).findings if f.kind == "too_large"]
    assert "deep within each other" in found.detail


def test_nearly_too_deep(file: Path) -> None:
    file.write_bytes(craft.rds(craft.nested(Limits().depth - 1)))
    assert scan_file(file).findings == ()


def test_a_chain_of_cells_is_not_deep(file: Path) -> None:
    file.write_bytes(craft.rds(f"2\n{craft.NULL}" * 100_000 + craft.NULL))
    assert scan_file(file).findings == ()


def test_of_many_findings_the_first_are_told_and_the_rest_counted(file: Path) -> None:
    file.write_bytes(craft.rds("19\n50\n" + craft.closure(craft.call("system")) * 50))
    scan = scan_file(file, FEW)
    assert scan.counts == {"function": 50}
    assert [finding.place for finding in scan.findings] == [f"object[[{i}]]" for i in range(1, 11)]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_a_file_that_was_cut_short(file: Path, compress: object) -> None:
    assert callable(compress)
    whole = compress(lzma.decompress((MARATHON / "model.RData").read_bytes()))
    for end in range(0, len(whole), len(whole) // 20):
        file.write_bytes(whole[:end])
        assert only(file).kind == "unreadable"


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_flipped_bit_is_seen(file: Path, compress: object) -> None:
    """R would go on with other numbers."""
    assert callable(compress)
    whole = compress(craft.rds(craft.doubles(*range(10_000))))
    for at in range(12, len(whole), len(whole) // 40):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert "unreadable" in scan_file(file).counts


def test_more_after_the_end_of_compressed_data(file: Path) -> None:
    for compress in (gzip.compress, lzma.compress):
        file.write_bytes(compress(craft.rds(craft.NULL)) + b"more")
        assert only(file).kind == "unreadable"


@pytest.mark.parametrize("word", ["12abc", "1_0", "+1", "0x10", "99999999999", "9" * 200])
def test_words_are_read_as_strictly_as_can_be(file: Path, word: str) -> None:
    file.write_bytes(craft.rds(f"13\n{word}\n1\n"))
    assert only(file).kind == "unreadable"


@pytest.mark.parametrize(
    "content", [b"", b"R", b"RDX3\n", b"X\n", b"RDX1\nX\n", b"\x1f\x8b", b"PK"]
)
def test_what_is_no_saved_file(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert only(file).kind == "unreadable"


def test_other_versions_of_the_format(file: Path) -> None:
    file.write_bytes(b"A\n4\n262658\n131840\n254\n")
    assert only(file).detail == "it has version 4 of the format, not 2 or 3"
