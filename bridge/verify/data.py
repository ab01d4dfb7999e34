"""data: the rows of a CSV, JSON Lines or Parquet file, as columns of Python objects.

CSV cells stay text: what they mean, ``cells`` decides by the field's type. pyarrow is
imported only to read Parquet.
"""

import importlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bridge.codecs import csv
from bridge.errors import RequestError
from bridge.frame import ABSENT, RawFrame
from bridge.verify.cannot import CannotVerify


def read_data(path: Path) -> RawFrame:
    """Every row of the file; raises CannotVerify."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise CannotVerify(f"{path.name}: its name must end in one of {known} to be read")
    try:
        data = reader(path)
    except OSError as error:
        raise CannotVerify(f"{path} cannot be read: {error.strerror or error}") from None
    if data.rows == 0:
        raise CannotVerify(f"{path.name} holds no rows")
    return data


def _csv(path: Path) -> RawFrame:
    try:
        return csv.decode(path.read_bytes())
    except RequestError as error:
        text = str(error).replace("the body", path.name).replace("the CSV", path.name)
        raise CannotVerify(text) from None


def _json_lines(path: Path) -> RawFrame:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise CannotVerify(f"{path.name} is not UTF-8: {error}") from None
    records = [_record(path, n, line) for n, line in enumerate(lines, 1) if line.strip()]
    names = dict.fromkeys(name for record in records for name in record)
    columns = {name: [record.get(name, ABSENT) for record in records] for name in names}
    return RawFrame(columns, len(records))


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise CannotVerify(f"{path.name}, line {number}: not JSON: {error}") from None
    if not isinstance(record, dict):
        raise CannotVerify(f'{path.name}, line {number}: not an object {{"field": value, ...}}')
    return record


def _parquet(path: Path) -> RawFrame:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise CannotVerify(
            f"{path.name}: reading Parquet needs pyarrow, which is not installed; install "
            f"rbridge[parquet], or write the data as .csv or .jsonl"
        ) from None
    try:
        columns: dict[str, list[Any]] = parquet.read_table(path).to_pydict()
    except ValueError as error:  # pyarrow.ArrowInvalid is one
        raise CannotVerify(f"{path.name} cannot be read as Parquet: {error}") from None
    plain = {name: [_plain(cell) for cell in column] for name, column in columns.items()}
    return RawFrame(plain, max(map(len, plain.values()), default=0))


def _plain(cell: Any) -> Any:
    """A cell as JSON has it: dates and times as text of ISO 8601, times in UTC."""
    if isinstance(cell, datetime):
        moment = cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    return cell


_READERS: dict[str, Callable[[Path], RawFrame]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
