"""visit: serves one case and asks it in every way; what differs from R is told."""

import csv
import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from . import requests
from .case import Case, Expected, Missing, NoCase, read_case, read_expected
from .server import NotServed, serving
from .table import Column, Mismatch, Table, differing, from_csv, from_json

WAYS = ("single", "batch", "csv", "concurrent", "missing")
JSON = "application/json"
CSV = "text/csv"


@dataclass(slots=True)
class Visit:
    """What came out for one case; ``differing`` counts values per way of asking."""

    case: Case | None = None
    expected: Expected | None = None
    compared: int = 0
    differing: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def visit(folder: Path, logs: Path, client: httpx.Client) -> Visit:
    """Serves the case in ``folder``."""
    seen = Visit()
    try:
        seen.case = read_case(folder)
        if seen.case.refused or seen.case.never:
            _must_not_answer(seen, seen.case, logs, client)
        else:
            seen.expected = read_expected(folder)
            _must_answer(seen, seen.case, seen.expected, logs, client)
    except NoCase as error:
        seen.problems.append(str(error))
    return seen


def _must_answer(
    seen: Visit, case: Case, wanted: Expected, logs: Path, client: httpx.Client
) -> None:
    try:
        with serving(case.model, logs, client) as server:
            _Questions(seen, case, wanted, client, server.url + "/invocations").ask_all()
    except NotServed as error:
        seen.problems.append("does not start (exit {}): {}".format(*error.args))


class _Questions:
    """Asks one server and notes what differs."""

    def __init__(
        self, seen: Visit, case: Case, wanted: Expected, client: httpx.Client, url: str
    ) -> None:
        self.seen, self.case, self.wanted = seen, case, wanted
        self.client, self.url = client, url
        assert case.request is not None
        self.request: Table = case.request

    def ask_all(self) -> None:
        rows = range(self.request.rows)
        single = [self._post(requests.one(self.request, row)) for row in rows]
        self._note("single", zip(single, self.wanted.single, strict=True))
        self._note("batch", [(self._post(requests.batch(self.request)), self.wanted.batch)])
        text = self._post(requests.as_csv(self.request), CSV)
        self._note("csv", [(text, self.wanted.batch)])
        with ThreadPoolExecutor(self.request.rows) as together:
            bodies = [requests.backwards(self.request, row) for row in rows]
            self._note(
                "concurrent",
                zip(together.map(self._post, bodies), self.wanted.single, strict=True),
            )
        if self.wanted.missing is not None:
            self._missing(self.wanted.missing)
        self._alike()
        for refusal in self.case.refuses:
            self._refused(**refusal)

    def _post(self, body: bytes, kind: str = JSON) -> httpx.Response:
        accept = f"{CSV}; header=present" if kind == CSV else kind
        headers = {"Content-Type": kind, "Accept": accept}
        return self.client.post(self.url, content=body, headers=headers)

    def _note(self, way: str, pairs: Iterable[tuple[httpx.Response, Table]]) -> None:
        count = 0
        for response, wanted in pairs:
            told = compare(response, wanted)
            count += len(told)
            self.seen.compared += wanted.values
            if told and not any(text.startswith(f"{way}:") for text in self.seen.problems):
                self.seen.problems.append(f"{way}: {told[0]}")
        self.seen.differing[way] = count

    def _alike(self) -> None:
        for pair in self.case.alike:
            told = compare(self._post(pair["body"].encode()), self.wanted.single[pair["row"]])
            self.seen.problems += [f"{pair['body']}: {text}" for text in told[:1]]

    def _refused(self, body: str, status: int, text: str) -> None:
        response = self._post(body.encode())
        if response.status_code != status or text not in response.text:
            self.seen.problems.append(
                f"{body}: {_told(response)} instead of {status} with {text!r}"
            )

    def _missing(self, wanted: Missing) -> None:
        """Where R stops or leaves out rows, a refusal is right; so are nulls in their places."""
        response = self._post(requests.batch(requests.without_a_cell(self.request)))
        rows = self.request.rows
        whole = wanted.table is not None and len(wanted.kept) == rows
        if 400 <= response.status_code < 500 and not whole:
            self.seen.differing["missing"] = 0
        elif wanted.table is None:
            text = f"missing: R stops ({wanted.error}), the answer is {_told(response)}"
            self.seen.problems.append(text)
            self.seen.differing["missing"] = self.wanted.batch.values
        else:
            self._note("missing", [(response, spread(wanted.table, wanted.kept, rows))])


def spread(table: Table, kept: list[int], rows: int) -> Table:
    """The table with NA in the rows that R left out."""
    columns = []
    for column in table.columns:
        cells = dict(zip(kept, column.cells, strict=True))
        columns.append(Column(column.kind, [cells.get(row) for row in range(rows)]))
    return Table(table.layout, table.names, columns)


def compare(response: httpx.Response, wanted: Table) -> list[str]:
    """What differs, a text per value; one text for each value if nothing can be compared."""
    if response.status_code != 200:
        return [_told(response)] * wanted.values
    read: Callable[[], Table] = lambda: from_json(response.content, wanted)  # noqa: E731
    if response.headers["content-type"].startswith(CSV):
        lines = list(csv.reader(io.StringIO(response.text, newline="")))
        read = lambda: from_csv(lines, wanted)  # noqa: E731
    try:
        return differing(read(), wanted)
    except Mismatch as error:
        return [str(error)] * wanted.values


def _told(response: httpx.Response) -> str:
    return f"status {response.status_code}: {response.text[:400]}"


def _must_not_answer(seen: Visit, case: Case, logs: Path, client: httpx.Client) -> None:
    try:
        with serving(case.model, logs, client) as server:
            if case.refused:
                seen.problems.append("is served, but must be refused at start")
            elif case.request is not None:
                url = server.url + "/invocations"
                response = client.post(url, content=requests.batch(case.request))
                if response.status_code < 400:
                    seen.problems.append(f"must not be answered: {_told(response)}")
    except NotServed as error:
        status, log = error.args
        lacking = [text for text in case.refused if text not in log]
        if status != 2 or lacking or "Traceback" in log:
            seen.problems.append(f"exit {status} without {lacking}: {log}")
