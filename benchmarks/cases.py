"""cases: the models that are compared, fitted anew with a fixed seed, and what R answers."""

import csv
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks import truth
from benchmarks.contenders import MODEL
from benchmarks.dialects import Record

RECORDS = 100
TITLES = {
    "marathon": "lm with hooks (marathon)",
    "glm": "glm, binomial, 6 fields",
    "gam": "gam, 3 smooths, 4 fields",
    "randomForest": "randomForest, 500 trees, 8 fields",
    "wide": "lm, 50 fields",
}
FITTED = tuple(TITLES)[1:]
_FLOOR_CALLS = {"randomForest": 100}


@dataclass(frozen=True)
class Case:
    """A model folder, records, and R's answer to each."""

    key: str
    folder: str
    records: list[Record]
    answers: list[str | float]

    def floor_us(self, rows: int) -> float:
        """Microseconds (mean) of ``predict()`` for so many rows, in a loop of R's own."""
        calls = _FLOOR_CALLS.get(self.key, 300)
        return float(_rscript("floor", self.folder, str(rows), str(calls)))


def marathon() -> Case:
    """The model that is shipped."""
    known = truth.exchanges(RECORDS)
    records = [json.loads(exchange.request) for exchange in known]
    answers = [json.loads(exchange.expected)["marathon_time"][0] for exchange in known]
    return Case("marathon", MODEL, records, answers)


def fitted(key: str, under: Path) -> Case:
    """One of ``FITTED``, in a folder of its own."""
    folder = under / key
    folder.mkdir()
    _rscript("fit", key, str(folder))
    with (folder / "rows.csv").open() as file:
        records = [
            {name: _cell(text) for name, text in row.items()} for row in csv.DictReader(file)
        ]
    answers = [float.fromhex(line) for line in _rscript("answers", str(folder)).splitlines()]
    return Case(key, str(folder), records, list(answers))


def _cell(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _rscript(*arguments: str) -> str:
    command = ["Rscript", "benchmarks/cases.R", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
