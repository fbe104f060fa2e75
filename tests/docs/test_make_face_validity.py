"""docs/face-validity.md has the form that its script gives; its numbers are of the model it was made with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from organotropism import evidence, load_model
from organotropism.evidence.published import MISS, Compared
from organotropism.learn.literature import measurements
from organotropism.learn.published import compare_published, not_compared
from scripts import script

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "face-validity.md").read_text(encoding="utf-8")
SCRIPT = script("docs/make_face_validity.py")


def headings(page: str) -> list[str]:
    return re.findall(r"^##+ (.*)$", page, re.MULTILINE)


def table_heads(page: str) -> set[str]:
    lines = page.splitlines()
    return {head for head, rule in pairwise(lines) if rule.startswith("| ---")}


@pytest.fixture(scope="module")
def rows() -> Sequence[Compared]:
    return compare_published(load_model(), study="dawood2012") + compare_published(
        load_model(), study="savci2015"
    )


def test_the_stored_page_is_of_this_script(rows: Sequence[Compared]) -> None:
    made = SCRIPT.document("default", rows)
    assert table_heads(made) == table_heads(PAGE)
    named = [name for name in headings(made) if not name.startswith("All numbers")]
    assert named == [name for name in headings(PAGE) if not name.startswith("All numbers")]
    assert PAGE.startswith("# Face validity")


def test_every_number_and_every_reason_stands_on_it(rows: Sequence[Compared]) -> None:
    page = SCRIPT.document("default", rows)
    everything, _, rest = page.partition("## All numbers")[2].partition("## Not compared")
    assert len(re.findall(r"^\| (?:dawood2012|savci2015)(?:\\\*)? \|", everything, re.MULTILINE)) == len(rows)
    for row in not_compared(measurements()):
        assert row.study in rest
        assert row.reason in rest


def test_misses_have_their_cause_or_are_open(rows: Sequence[Compared]) -> None:
    far = replace(rows[0], id="rotterdam-44", z=MISS + 1)
    other = replace(rows[0], id="no cause is known", z=-MISS - 1)
    inside = replace(rows[0], id="no miss", z=0.1)
    page = SCRIPT.document("default", [far, other, inside])
    misses = page.partition("## Misses")[2].partition("\n## ")[0]
    assert "2 of 3 numbers" in misses
    assert "no miss" not in misses
    assert SCRIPT.read_causes()["rotterdam-44"] in misses
    assert re.search(r"no cause is known .*\| \*open\* \|", misses)


def test_causes_are_of_rows_of_the_evidence() -> None:
    tables = (evidence.associations(), evidence.counts(), evidence.baseline(), evidence.course())
    known = {getattr(row, "record_id", None) or row.count_id for table in tables for row in table}
    assert set(SCRIPT.read_causes()) <= known


def test_well_known_sources_are_of_the_evidence() -> None:
    assert set(SCRIPT.WELL_KNOWN) <= set(evidence.studies())
