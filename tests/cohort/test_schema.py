"""The record of a cohort: what follows from its times, and choosing patients."""

import numpy as np
import polars as pl

from cohorts import same, small_cohort
from organotropism.cohort.schema import COVARIATES
from organotropism.patient import Patient


def test_what_follows_from_the_times() -> None:
    cohort = small_cohort()
    assert len(cohort) == 4
    assert cohort.presented.tolist() == [True, False, True, True]
    assert cohort.stage_iv.tolist() == [False, False, True, False]
    assert cohort.sites_recorded.tolist() == [True, True, True, False]
    found = cohort.found_at_presentation
    assert found.tolist()[:3] == [[True] + [False] * 4, [False] * 5, [False] * 3 + [True, False]]
    assert not found[3].any()


def test_patients_are_taken_by_number_or_mask() -> None:
    cohort = small_cohort()
    twice = cohort.take(np.array([2, 0, 0]))
    assert twice.covariates["id"].to_list() == ["c", "a", "a"]
    assert twice.extra is not None
    assert twice.extra["centre"].to_list() == ["y", "x", "x"]
    assert twice.follow_up.tolist() == [0.0, 8.0, 8.0]
    mask = np.array([True, False, True, False])
    assert same(cohort.take(mask), cohort.take(np.array([0, 2])))
    assert small_cohort(extra=None).take(mask).extra is None


def test_patients_without_a_receptor_stay() -> None:
    patients = small_cohort().patients()
    assert [patient.er for patient in patients] == ["positive", "negative", None, None]
    assert patients[2].her2 is None
    assert len(patients[2].clinical_subtypes) == 4
    assert patients[0].id == "a"


def test_covariates_are_fields_of_a_patient_that_say_nothing_of_the_course() -> None:
    assert set(COVARIATES) < set(Patient.model_fields)
    row = pl.DataFrame({name: [None] for name in COVARIATES}).row(0, named=True)
    assert small_cohort(covariates=pl.DataFrame([row | {"id": "a"}])).patients()[0].id == "a"
