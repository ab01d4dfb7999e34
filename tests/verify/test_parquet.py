"""Parquet files, as pyarrow writes them."""

import importlib
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.verify.cannot import CannotVerify
from bridge.verify.data import read_data


def parquet(path: Path, columns: dict[str, Any]) -> Path:
    table = importlib.import_module("pyarrow").table(columns)
    importlib.import_module("pyarrow.parquet").write_table(table, path)
    return path


def test_cells_become_what_json_has(tmp_path: Path) -> None:
    pyarrow = importlib.import_module("pyarrow")
    columns = {
        "x": [0.1, None, 1 / 3],
        "n": [1, None, 3],
        "b": [True, None, False],
        "g": pyarrow.array(["a", None, "ü"]).dictionary_encode(),
        "day": [date(2024, 2, 29), None, date(1, 1, 1)],
        "at": [datetime(2024, 2, 29, 12, 30, 0, 250000, UTC), None, datetime(2024, 1, 1)],
        "price": [Decimal("1.25"), None, Decimal("3.00")],
    }
    data = read_data(parquet(tmp_path / "d.parquet", columns))
    assert (data.rows, data.text) == (3, False)
    assert data.columns == {
        "x": [0.1, None, 1 / 3],
        "n": [1, None, 3],
        "b": [True, None, False],
        "g": ["a", None, "ü"],
        "day": ["2024-02-29", None, "0001-01-01"],
        "at": ["2024-02-29T12:30:00.250000Z", None, "2024-01-01T00:00:00Z"],
        "price": [1.25, None, 3.0],
    }


def test_nan_stays_nan(tmp_path: Path) -> None:
    (cell,) = read_data(parquet(tmp_path / "d.parquet", {"x": [math.nan]})).columns["x"]
    assert isinstance(cell, float) and math.isnan(cell)


def test_a_file_that_is_not_parquet(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    path.write_text("x\n1\n")
    with pytest.raises(CannotVerify, match=r"d\.parquet cannot be read as Parquet"):
        read_data(path)


def test_no_rows(tmp_path: Path) -> None:
    with pytest.raises(CannotVerify, match="holds no rows"):
        read_data(parquet(tmp_path / "d.parquet", {"x": []}))
