"""METABRIC through the shipped mapping: the patients and relapses that the shared reference prepares."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import metabric
from organotropism.cohort.mapping import read_mapping
from organotropism.cohort.table import Import, import_table

MAPPING = Path(__file__).resolve().parents[2] / "examples" / "metabric.toml"


@cache
def imported(folder: Path) -> Import:
    return import_table(folder / "clinical_relapse.tsv", read_mapping(MAPPING))


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "data" / "metabric"


def test_patients_and_times_are_those_of_the_reference(folder: Path) -> None:
    cohort = imported(folder).cohort
    assert cohort is not None
    reference = metabric.load(folder)
    assert len(cohort) == len(reference.patients) == 2340
    assert cohort.presented.sum() == 524
    # Both divide days by 365.25: the same numbers, to the last bit.
    np.testing.assert_array_equal(cohort.site_time, reference.event[:, :5])
    np.testing.assert_array_equal(cohort.distant, reference.event[:, 5])
    np.testing.assert_array_equal(cohort.follow_up, reference.years)
    np.testing.assert_array_equal(cohort.died, reference.dead)
    assert not cohort.entry.any()
    assert cohort.followed.all()


def test_covariates_are_those_of_the_reference(folder: Path) -> None:
    cohort = imported(folder).cohort
    assert cohort is not None
    ours, theirs = cohort.patients(), metabric.load(folder).patients
    for name in ("age", "her2", "size_mm", "positive_nodes", "grade", "year_of_diagnosis"):
        assert [getattr(p, name) for p in ours] == [getattr(p, name) for p in theirs], name
    # The reference reads an ER status that is not recorded as negative, a histology as other; here both
    # stay unknown.
    pairs = list(zip(ours, theirs, strict=True))
    assert [(p.er, q.er) for p, q in pairs if p.er != q.er] == [(None, "negative")] * 41
    assert [(p.histology, q.histology) for p, q in pairs if p.histology != q.histology] == [
        (None, "other")
    ] * 4
    assert sum(p.pr is not None for p in ours) > 1000


def test_every_row_is_accounted_for(folder: Path) -> None:
    report = imported(folder).report
    assert [table.read for table in report.tables] == [2940, 2271, 1301]
    for table in report.tables:
        assert table.read == table.used + sum(map(len, table.aside.values()))
    assert report.patients.used == 2340
    aside = {reason: len(rows) for reason, rows in report.patients.aside.items()}
    assert aside["Complete.Rec.History is not YES"] == 570
    assert aside["Stage is 4"] == 11
    # The relapse on the day of diagnosis.
    assert [len(rows) for text, rows in report.notes.items() if "on the day of diagnosis" in text] == [1]


def test_the_centre_stays_at_hand(folder: Path) -> None:
    cohort = imported(folder).cohort
    assert cohort is not None
    assert cohort.extra is not None
    assert set(cohort.extra["centre"]) == {"1", "2", "3", "5"}
    later = (cohort.covariates["year_of_diagnosis"] >= 2000).to_numpy()
    training = (cohort.extra["centre"] == "1").to_numpy() & later
    assert training.sum() == metabric.load(folder).training_centre.sum() > 0
