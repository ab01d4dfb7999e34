"""Data files: CSV and JSON Lines, and what is said of a file that cannot be read."""

import sys
from pathlib import Path

import pytest

from bridge.frame import ABSENT
from bridge.verify.cannot import CannotVerify
from bridge.verify.data import read_data


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_csv_cells_are_text(tmp_path: Path) -> None:
    data = read_data(written(tmp_path, "d.CSV", '\ufeffx,g\n1,"a, ""b"""\n,\n'))
    assert data == ({"x": ["1", ""], "g": ['a, "b"', ""]}, 2, True, *data[3:])


def test_json_lines_keep_types_and_what_a_record_lacks(tmp_path: Path) -> None:
    content = '{"x": 1, "g": "a"}\n\n{"x": 0.1}\r\n{"g": null, "new": [1]}'
    data = read_data(written(tmp_path, "d.jsonl", content))
    assert (data.rows, data.text) == (3, False)
    assert data.columns["x"] == [1, 0.1, ABSENT]
    assert data.columns["g"] == ["a", ABSENT, None]
    assert data.columns["new"] == [ABSENT, ABSENT, [1]]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("d.xlsx", "", r"d\.xlsx: its name must end in one of \.csv, \.jsonl, "),
        ("d.csv", "x,g\n", "d.csv holds a header at most"),
        ("d.csv", "x,x\n1,2\n", "the header names a column twice"),
        ("d.csv", b"x\n\xff\n", "d.csv is not UTF-8 CSV"),
        ("d.jsonl", "", "d.jsonl holds no rows"),
        ("d.jsonl", '{"x": 1}\n{"x": \n', "d.jsonl, line 2: not JSON: "),
        ("d.jsonl", "[1]\n", "d.jsonl, line 1: not an object"),
        ("d.jsonl", b'{"x": "\xff"}', "d.jsonl is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said(
    name: str, content: str | bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(CannotVerify, match=said):
        read_data(written(tmp_path, name, content))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotVerify, match=r"no\.csv cannot be read: No such file"):
        read_data(tmp_path / "no.csv")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(CannotVerify, match=r"needs pyarrow, .* rbridge\[parquet\]"):
        read_data(written(tmp_path, "d.parquet", "PAR1"))
