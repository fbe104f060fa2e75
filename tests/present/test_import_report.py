"""The account of an import as text and as a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np
import polars as pl

from cohorts import small_cohort
from organotropism.cohort.columns import Column
from organotropism.cohort.report import Account, Report
from organotropism.present.import_report import import_report_html, import_report_text


def report() -> Report:
    account = Account("a<b>.csv", "patients", 1234)
    account.set_aside("no id & no <name>", range(2, 12))
    made = Report("table", [account])
    flags = np.array([True, False, True])
    read = Column(
        pl.Series([None, "x", None]), flags, ~flags, ~flags & False, pl.Series([None] * 3, dtype=pl.String)
    )
    made.column("er", "ER.Status", read, np.array([2, 3, 4]), np.ones(3, bool))
    made.note("day 0", [7])
    made.note("assumed of all")
    made.describe(small_cohort())
    return made


def test_text_says_every_count() -> None:
    text = import_report_text(report().to_dict(), width=80)
    assert "1,234 rows read = 1,224 used + 10 set aside (a<b>.csv)." in text
    assert "4 patients, 3 with distant disease (1 of them at diagnosis), 2 died." in text
    lines = [line.split() for line in text.splitlines()]
    assert ["er:", "ER.Status", "3", "0", "2", "1"] in lines
    assert ["bone", "1", "2", "1"] in lines
    assert max(map(len, text.splitlines())) <= 80
    assert "Row numbers" not in text


def test_parts_of_a_cohort_add_up() -> None:
    made = report()
    once = made.cohort
    made.describe(small_cohort())
    assert made.cohort["patients"] == 2 * once["patients"]
    assert made.cohort["sites"]["bone"] == {kind: 2 * n for kind, n in once["sites"]["bone"].items()}
    assert made.cohort["window_days"] == once["window_days"]


def test_row_numbers_on_request() -> None:
    text = import_report_text(report().to_dict(rows=True), width=100)
    assert "2, 3, 4, 5, 6, 7, 8, 9, 10, 11" in text
    assert "Cells by row" in text


def test_rare_kinds_are_shown_where_there_are_any() -> None:
    made = report()
    assert "Contradictory" not in import_report_text(made.to_dict())
    made.contradictory("er", [3])
    assert "Contradictory" in import_report_text(made.to_dict())


def test_a_report_without_a_cohort() -> None:
    made = report()
    made.cohort = {}
    text = import_report_text(made.to_dict())
    assert text.startswith("Import report\n")
    assert "No patient can be used" in text


def test_kinds_of_series_are_said() -> None:
    made = report()
    made.cohort = {}
    made.describe(small_cohort(followed=np.zeros(4, bool)))
    assert "it teaches where" in import_report_text(made.to_dict())
    assert "1 came under observation after diagnosis" in import_report_text(made.to_dict())


class Page(HTMLParser):
    """Open elements, and what a screen reader needs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_can_be_read_aloud() -> None:
    html = import_report_html(report().to_dict(rows=True))
    page = Page()
    page.feed(html)
    assert page.open == []
    tags = [tag for tag, _ in page.seen]
    assert ("html", {"lang": "en"}) in page.seen
    assert tags.count("h1") == tags.count("title") == tags.count("main") == 1
    assert tags.count("caption") == tags.count("table") > 4
    assert all(attrs.get("scope") in {"col", "row"} for tag, attrs in page.seen if tag == "th")
    # One file: nothing runs, nothing is loaded from elsewhere.
    assert "script" not in tags
    assert not {"src", "href"} & {name for _, attrs in page.seen for name in attrs}
    assert "no id &amp; no &lt;name&gt;" in html
    assert "<name>" not in html
    assert "a&lt;b&gt;.csv" in html
