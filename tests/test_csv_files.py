"""CSV that no spreadsheet takes for formulas, and that reads back unchanged."""

import csv
from io import StringIO

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.csv_files import (
    SWITCH,
    escaped,
    frame_csv,
    records_csv,
    unescaped,
    unescaped_frame,
)

FORMULAS = [
    "-5",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\uff1d1+1",
    "'=1",
    "'",
]
PLAIN = ["", "P-001", "HR+/HER2-", "0.5", "1e-5", "’", "ER positive"]
# Text as identifiers have it, with the characters that matter more often than by chance.
TEXT = st.text(st.sampled_from("=+-@\t'0123 eE.aÄ\uff1d\"\n,;")) | st.text()


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_made_text(text: str) -> None:
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_stays(text: str) -> None:
    assert escaped(text) == text


@given(TEXT)
def test_what_was_escaped_reads_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


@given(st.lists(TEXT.filter(lambda text: "\0" not in text), min_size=1))
def test_frames_and_records_are_escaped_alike_and_read_back(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    frame = pl.DataFrame({"id": texts, "risk": [-0.5] * len(texts)})
    records = [{"id": text, "risk": -0.5} for text in texts]
    for content in (frame_csv(frame), records_csv(records, ["id", "risk"])):
        header, *rows = csv.reader(StringIO(content, newline=""))
        assert header == ["id", "risk"]
        assert [row[0] for row in rows] == [escaped(text) for text in texts]
        back = unescaped_frame(pl.DataFrame({"id": [row[0] for row in rows]}))
        assert back["id"].to_list() == texts
        assert {row[1] for row in rows} == {"-0.5"}


def test_names_of_columns_are_escaped_too() -> None:
    assert frame_csv(pl.DataFrame({"=1+1": [1]})) == "'=1+1\n1\n"
    assert records_csv([{"=1+1": -1, "b": None}], ["=1+1", "b"]) == "'=1+1,b\n-1,\n"


def test_programs_can_have_the_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "raw")
    assert frame_csv(pl.DataFrame({"id": ["=1"]})) == "id\n=1\n"
    assert records_csv([{"id": "=1"}], ["id"]) == "id\n=1\n"
