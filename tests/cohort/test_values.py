"""Codes, units, unknowns and misspellings of single columns."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.clinical_terms import MENOPAUSE, RECEPTOR
from organotropism.cohort.numbers import Marks
from organotropism.cohort.schema import COVARIATES
from organotropism.cohort.times import DEATH, YES_NO, read_dates, read_duration, read_status, read_years
from organotropism.cohort.values import Coding, covariate_type, misspelt, read_covariate
from organotropism.errors import InputError
from organotropism.patient import Patient


def test_every_text_is_read_refused_or_missing() -> None:
    column = read_covariate("er", pl.Series(["pos", "NEG", "NA", None, "Positve", "1.0"]))
    assert column.values.to_list() == ["positive", "negative", None, None, None, "positive"]
    assert column.missing.tolist() == [False, False, True, True, False, False]
    assert column.unknown_code.tolist() == [False, False, False, False, True, False]
    column = read_covariate("age", pl.Series(["17", "44.5", "150", "x", "-1"]))
    assert column.values.to_list() == [None, 44.5, None, None, None]
    assert column.out_of_range.tolist() == [False, False, True, False, True]
    assert column.refused.to_list() == ["age is below 18 years", None, None, None, None]
    assert column.failed.tolist() == [True, False, True, True, True]


@given(
    st.sampled_from(COVARIATES), st.text(max_size=8) | st.sampled_from(["1", "2", "yes", "T2", "50", "ILC"])
)
def test_a_column_reads_what_a_record_reads(field: str, text: str) -> None:
    """The reader of columns and the record of a patient never disagree."""
    value = read_covariate(field, pl.Series([text])).values.to_list()[0]
    receptor: dict[str, Any] = {} if field in {"er", "her2"} else {"her2": "negative"}
    try:
        expected = getattr(Patient.parse({field: text} | receptor), field)
    except InputError:
        expected = None
    if value is not None:
        assert getattr(Patient.parse({field: value} | receptor), field) == value
    if field != "subtype" or value is None or value.endswith("HER2-") or value == "TNBC":
        assert value == expected


def test_codes_units_and_unknowns_of_the_mapping() -> None:
    coding = Coding(codes={"2": "positive", "9": "unknown", "*": "negative"}, unknown=frozenset({"x"}))
    texts = pl.Series(["2", "2.0", "9", "x", "7", "NA"])
    assert read_covariate("her2", texts, coding).values.to_list() == ["positive"] * 2 + [
        None,
        None,
        "negative",
        None,
    ]
    sizes = read_covariate(
        "size_mm", pl.Series(["2,1", "2.1", "31"]), Coding(factor=10, marks=Marks(frozenset(".,")))
    )
    assert sizes.values.to_list() == [21.0, 21.0, None]
    assert sizes.out_of_range.tolist() == [False, False, True]


@pytest.mark.parametrize(
    "word, meant",
    [
        ("Positve", "positive"),
        ("positie", "positive"),
        ("Negatvie", "negative"),
        ("negaXtive", "negative"),
        ("pos", None),
        ("postive", "positive"),
        ("possitivve", None),
        ("", None),
        ("positive or negative", None),
    ],
)
def test_misspelt_words(word: str, meant: str | None) -> None:
    assert misspelt(word, RECEPTOR) == meant
    tolerant = read_covariate("er", pl.Series([word]), Coding(misspelt=True))
    assert tolerant.misspelt.tolist() == [meant is not None]


def test_a_word_that_could_mean_two_things_is_not_guessed() -> None:
    # One letter from both premenopausal and perimenopausal.
    assert misspelt("permenopausal", MENOPAUSE) is None
    assert misspelt("premenopausl", MENOPAUSE) == "pre"


def test_statuses() -> None:
    texts = pl.Series(
        ["1:DECEASED", "0:LIVING", "Alive", "dead", "1:whatever", "0 : x", "2:x", "", None, "?"]
    )
    read = read_status(texts, DEATH)
    assert read.values.to_list() == [True, False, False, True, True, False, None, None, None, None]
    assert read.unknown_code.tolist() == [False] * 6 + [True] + [False] * 3
    relapse = read_status(pl.Series(["0:Not Recurred", "1:Recurred", "DiseaseFree"]), YES_NO)
    assert relapse.values.to_list() == [False, True, False]


def test_durations() -> None:
    texts = pl.Series(["365.25", "-18262.5", "not found", "inf", "NA", "x", "99999999"])
    read = read_duration(texts, "days")
    assert read.values.to_list() == [1.0, -50.0, float("inf"), float("inf"), None, None, None]
    assert read.out_of_range.tolist() == [False] * 6 + [True]
    assert read_duration(pl.Series(["18"]), "months").values.to_list() == [1.5]
    assert read_duration(pl.Series(["18"]), "30-day months").values.to_list() == [pytest.approx(540 / 365.25)]


def test_dates() -> None:
    texts = [
        "1970-01-02",
        "1970/01",
        "1970",
        "31.12.1970",
        "1970-01-02 00:00:00",
        "1970-02-30",
        "1870-01-01",
        "not found",
    ]
    read = read_dates(pl.Series(texts), ("%d.%m.%Y",))
    # Of a month its 15th, of a year the first of July.
    assert read.values.to_list() == [1.0, 14.0, 181.0, 364.0, 1.0, None, None, float("inf")]
    assert read.unknown_code.tolist() == [False] * 5 + [True, False, False]
    assert read.out_of_range.tolist() == [False] * 6 + [True, False]
    years = read_years(pl.Series(["2001/12", "2003", "x"]), ("%Y/%m",))
    assert years.to_list() == ["2001", "2003", "x"]


def test_types_of_covariates_are_those_of_the_record() -> None:
    for name in COVARIATES:
        kind = covariate_type(name)
        assert kind in (pl.String, pl.Float64, pl.Int64, pl.Boolean)
    assert covariate_type("grade") == covariate_type("positive_nodes") == pl.Int64
    assert covariate_type("neoadjuvant") == pl.Boolean
