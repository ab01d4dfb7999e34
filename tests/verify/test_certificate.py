"""The certificate: complete, self-contained, and safe from what stands in data."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from bridge.verify.cannot import CannotVerify
from bridge.verify.certificate import as_html, as_markdown, writer
from bridge.verify.compare import Comparison, Difference, Refusal
from bridge.verify.report import SHOWN, Circumstances, HashedFile, Report, make_report

CIRCUMSTANCES = Circumstances(
    command="rbridge verify model.rds data.csv",
    date="2024-02-29 12:00:00",
    seconds=1.5,
    rows_per_request=500,
    requests=3,
    model={"model": "model.rds", "object": "fit", "class": "glm, lm", "call": "predict(...)"},
    fields=["x (number)", "g|h (factor)"],
    files=[HashedFile("model", "model.rds", 1234, "ab" * 32)],
    versions={"rbridge": "0.1.0", "R": "R version 4.2.2", "BLAS": "/usr/lib/libblas.so.3"},
    packages={"mgcv": "1.8.41"},
)
NASTY = "<script>alert('x')</script> & | [a](b)"
VOID = {"meta"}


class Page(HTMLParser):
    """Fails on tags that do not match; keeps tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def report(differing: int = 0, refused: int = 0) -> Report:
    differences = [
        Difference(i + 1, "prediction", "0.1", "0.2", 0.1, 0.5) for i in range(differing)
    ]
    refusals = [Refusal(i + 1000, 422, "unseen_level", NASTY, "NA", "NA") for i in range(refused)]
    return make_report(Comparison(2000, differences, refusals, 7), CIRCUMSTANCES)


@pytest.mark.parametrize("write", [as_html, as_markdown])
def test_it_holds_what_a_reviewer_asks_for(write: object) -> None:
    assert callable(write)
    page = write(report(differing=3, refused=12))
    text = Page(page).text if write is as_html else page.replace("\\", "")
    for part in (
        "3 of 2000 row(s) differ. 12 row(s) were refused.",
        "ab" * 32,
        "rbridge verify model.rds data.csv",
        "2024-02-29 12:00:00",
        "R version 4.2.2",
        "mgcv 1.8.41",
        "/usr/lib/libblas.so.3",
        "1985",
        NASTY,
    ):
        assert part in text


def test_the_html_needs_nothing_beside_itself_and_runs_nothing() -> None:
    page = Page(as_html(report(differing=1, refused=1)))
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert not page.attributes & {"src", "href"}


def test_the_verdict_can_be_seen() -> None:
    assert 'class="verdict identical"' in as_html(report())
    assert 'class="verdict other"' in as_html(report(differing=1))


def test_no_text_breaks_a_table_of_markdown() -> None:
    lines = as_markdown(report(refused=1)).splitlines()
    (row,) = [line for line in lines if "alert" in line]
    assert row.replace("\\|", "").count("|") == 5
    assert "<script>" not in row


def test_it_stays_one_page_however_many_rows_differ() -> None:
    page = as_markdown(report(differing=900, refused=900))
    assert page.count("| prediction |") == SHOWN
    assert page.count("alert") == SHOWN


def test_the_name_says_the_format() -> None:
    assert writer(Path("a.HTML")) is as_html
    assert writer(Path("a.md")) is as_markdown
    with pytest.raises(CannotVerify, match=r"a\.pdf must be a \.html or a \.md file"):
        writer(Path("a.pdf"))
