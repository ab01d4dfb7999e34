"""CSV that is split: its cells are those that ``csv`` reads, or it is left to that."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.codecs import csv_split

SPLIT = [
    b"x,g\n1,F\n2,M\n",
    b"x,g\n1,F",
    b"x\n1\n2",
    b"7",
    b"\xef\xbb\xbfx,g\r\n1,F\r\n",
    b"x,g\n,\n , \n",
    "größe,x\n日本,\0\n".encode(),
    b"x,y\n" + b"a" * 131_072 + b",b",
]
LEFT = [
    b"",
    b"\n",
    b"\xef\xbb\xbf",
    b'x\n"1"\n',
    b"x\r1\r2\r",
    b"x\r\n1\r",
    b"x\n\n1\n",
    b"x\n1\n\n",
    b"\nx\n1",
    b"x,y\n1\n",
    b"x\n1,2\n3",
    b"x,y\n1,2,3\n4",
    b"x,y\n\n1,2\n",
    b"x\n\xff\n",
    b"x,y\n" + b"a" * 131_073 + b",b",
]


def by_csv(body: bytes) -> list[list[str]]:
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    return [line for line in csv.reader(text, strict=True) if line]


def lines(found: tuple[list[str], int]) -> list[list[str]]:
    cells, width = found
    return [cells[start : start + width] for start in range(0, len(cells), width)]


@pytest.mark.parametrize("body", SPLIT)
def test_plain_lines_of_one_width_are_split(body: bytes) -> None:
    found = csv_split.cells(body)
    assert found is not None and lines(found) == by_csv(body)


@pytest.mark.parametrize("body", LEFT)
def test_what_csv_may_read_otherwise_is_left_to_it(body: bytes) -> None:
    assert csv_split.cells(body) is None


@given(st.text('a1,,,\n\n\r" \0\x0b\x1c\x85\u2028é', max_size=20))
@example("a,1\n1,a\n")
def test_cells_are_those_of_csv(text: str) -> None:
    found = csv_split.cells(text.encode())
    assert found is None or lines(found) == by_csv(text.encode())
