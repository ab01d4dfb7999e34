"""Files with anything in them: a scan ends, with findings or without, and never otherwise."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.scan import Limits, Scan, scan_file
from tests.scan.conftest import CRAFTED

LIMITS = Limits(unpacked=1 << 22, items=20_000, depth=300, shared=2_000, findings=20)
MOST_TEXT = 3_000
FLAGS = [*range(26), *range(238, 256)]
WORDS = st.sampled_from([*FLAGS, -1, -2, 2**31 - 1, -(2**31), 512, 1024, 1026, 1030, 1 << 27])
FEW = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def scanned(folder: Path, content: bytes) -> Scan:
    path = folder / "fuzzed.rds"
    path.write_bytes(content)
    scan = scan_file(path, LIMITS)
    assert all(len(str(finding)) < MOST_TEXT for finding in scan.findings)
    assert sum(scan.counts.values()) <= LIMITS.items
    return scan


@pytest.fixture(scope="session")
def binary(benign: Path) -> list[bytes]:
    names = ("kinds-FALSE-2.rds", "kinds-FALSE-3.rds", "kinds-native-3.rds")
    return [(benign / name).read_bytes() for name in names]


@FEW
@given(data=st.data())
def test_bytes_changed_in_what_r_wrote(
    data: st.DataObject, binary: list[bytes], tmp_path: Path
) -> None:
    content = bytearray(data.draw(st.sampled_from(binary)))
    places = st.integers(0, min(len(content), 20_000) - 1)
    for at, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        content[at] = byte
    scanned(tmp_path, bytes(content))


@FEW
@given(data=st.data())
def test_parts_moved_in_what_r_wrote(
    data: st.DataObject, binary: list[bytes], tmp_path: Path
) -> None:
    content = data.draw(st.sampled_from(binary))
    at, start, end = (4 * data.draw(st.integers(0, 4_000)) + 14 for _ in range(3))
    scanned(tmp_path, content[:at] + content[min(start, end) : max(start, end)] + content[at:])


@FEW
@given(words=st.lists(WORDS, max_size=200))
def test_any_words_after_a_head(words: list[int], tmp_path: Path) -> None:
    scanned(tmp_path, b"A\n2\n262658\n131840\n" + b"".join(b"%d\n" % word for word in words))


@FEW
@given(name=st.sampled_from(sorted(CRAFTED)), data=st.data())
def test_words_changed_in_hostile_files(name: str, data: st.DataObject, tmp_path: Path) -> None:
    words = CRAFTED[name].split(b"\n")
    for _ in range(data.draw(st.integers(1, 4))):
        words[data.draw(st.integers(4, len(words) - 1))] = b"%d" % data.draw(WORDS)
    scanned(tmp_path, b"\n".join(words))


@FEW
@given(content=st.binary(max_size=400))
def test_any_bytes(content: bytes, tmp_path: Path) -> None:
    scanned(tmp_path, content)
    scanned(tmp_path, b"X\n\0\0\0\2\0\4\2\2\0\2\3\0" + content)
