"""Cohorts written as bundles of mCODE and read again: nothing is lost, and bundles follow their profiles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from cohorts import small_cohort
from organotropism.cohort import Cohort, Flaws, simulate_cohort
from organotropism.cohort.mcode_import import import_mcode
from organotropism.cohort.mcode_write import CARRIED, bundles, left_out, write_mcode
from organotropism.errors import InputError
from organotropism.process.model import load_model

DAY = 1 / 365.25


def again(cohort: Cohort, path: Path) -> Cohort:
    write_mcode(cohort, path)
    result = import_mcode(path, name=cohort.name)
    assert result.cohort is not None, result.problem
    assert result.report.patients.aside == {}
    # Of all resources only the tumours that sizes refer to are not read.
    assert set(result.report.tables[1].aside) <= {"type BodyStructure, which is not read"}
    return result.cohort


def assert_nothing_lost(a: Cohort, b: Cohort) -> None:
    for name in ("id", *CARRIED):
        if name not in a.covariates.columns:
            continue
        before, after = a.covariates[name], b.covariates[name]
        if name == "age":
            # Birth and diagnosis are days.
            assert (before.is_null() == after.is_null()).all()
            assert ((before - after).abs().drop_nulls() <= DAY).all()
        else:
            assert before.equals(after, null_equal=True), name
    for name in ("follow_up", "distant", "site_time"):
        before, after = getattr(a, name), getattr(b, name)
        np.testing.assert_array_equal(np.isnan(before), np.isnan(after))
        np.testing.assert_array_equal(np.isinf(before), np.isinf(after))
        found = np.isfinite(before)
        # A time is rounded to the nearest day.
        assert (np.abs(before[found] - after[found]) <= DAY).all()
    np.testing.assert_array_equal(a.died, b.died)
    np.testing.assert_array_equal(a.stage_iv, b.stage_iv)


def test_a_simulated_cohort_loses_nothing(tmp_path: Path) -> None:
    flaws = Flaws(missing=0.2, sites_missing=0.3, lost=0.05)
    cohort = simulate_cohort(load_model("literature"), 1500, 1, flaws=flaws, stage_iv=True)
    # Every state of a site must be among them, or the test could not fail.
    assert {"nan", "inf"} <= {str(time) for time in cohort.site_time.ravel()}
    assert cohort.stage_iv.any()
    assert left_out(cohort) == ()
    assert_nothing_lost(cohort, again(cohort, tmp_path / "c.ndjson"))


def test_categories_sex_and_histologies_are_carried(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "sex": ["female", "male", None, "female"],
            "t": ["T1", "T2", "T3", "T4"],
            "n": ["N0", "N1", "N2", "N3"],
            "histology": ["ductal", "lobular", "mixed", "other"],
        }
    )
    cohort = small_cohort(covariates=frame, entry=np.zeros(4))
    cohort.follow_up[2] = 1.0
    assert_nothing_lost(cohort, again(cohort, tmp_path / "c.ndjson"))


def test_sites_that_are_partly_recorded(tmp_path: Path) -> None:
    cohort = small_cohort(entry=np.zeros(4))
    cohort.follow_up[2] = 1.0
    cohort.site_time[0] = [2.0, np.nan, np.inf, 3.0, np.nan]
    assert_nothing_lost(cohort, again(cohort, tmp_path / "c.ndjson"))


def test_what_is_not_carried_is_named() -> None:
    assert left_out(small_cohort()) == ("radiotherapy", "extra.centre")


@pytest.mark.parametrize(
    "changes",
    [{}, {"entry": np.zeros(4), "followed": np.zeros(4, bool)}],
    ids=["late entry", "metastatic series"],
)
def test_what_mcode_cannot_say_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="seen from diagnosis on"):
        write_mcode(small_cohort(**changes), tmp_path / "c.ndjson")


def test_ids_must_be_those_of_fhir(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a b", "b", "c", "d"]})
    with pytest.raises(InputError, match="row 1, id: is not an id of FHIR"):
        write_mcode(small_cohort(covariates=frame, entry=np.zeros(4)), tmp_path / "c.ndjson")


#: Elements that the profiles, and US Core on which they build, demand (cardinality 1 and up).
REQUIRED = {
    "Patient": {"identifier", "name", "gender"},
    "Condition": {"clinicalStatus", "verificationStatus", "category", "code", "subject"},
    "Observation": {"status", "category", "code", "subject", "effectiveDateTime"},
    "Procedure": {"status", "code", "subject", "performedDateTime"},
    "Encounter": {"status", "class", "type", "subject"},
    "BodyStructure": {"identifier", "location", "patient"},
}


def test_bundles_hold_what_the_profiles_demand() -> None:
    cohort = simulate_cohort(load_model("literature"), 200, 2, stage_iv=True)
    kinds = set()
    for content in bundles(cohort):
        assert content["type"] == "collection"
        resources = [entry["resource"] for entry in content["entry"]]
        names = [entry["fullUrl"] for entry in content["entry"]]
        assert len(names) == len(set(names))
        known = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
        for resource in resources:
            kinds.add(resource["resourceType"])
            assert REQUIRED[resource["resourceType"]] <= resource.keys()
            assert len(resource["id"]) <= 64
        text = json.dumps(content)
        for reference in text.split('"reference": "')[1:]:
            assert reference.partition('"')[0] in known
        profiles = {
            profile for resource in resources for profile in resource.get("meta", {}).get("profile", ())
        }
        for resource in resources:
            if any("tnm-" in profile for profile in resource.get("meta", {}).get("profile", ())):
                assert "method" in resource
            if any(profile.endswith("tumor-size") for profile in resource.get("meta", {}).get("profile", ())):
                assert "focus" in resource
                assert len(resource["component"]) == 1
        assert any(profile.endswith("mcode-primary-cancer-condition") for profile in profiles)
    assert kinds == set(REQUIRED)
