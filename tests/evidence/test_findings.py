"""Findings: what is printed, and what follows from two printed shares."""

from math import log, sqrt

import pytest

from organotropism.evidence import associations, findings, shipped_residuals, studies
from organotropism.evidence.findings import by_comparison, patients_of, species_of
from organotropism.evidence.levels import Comparison
from organotropism.evidence.residuals import Residual, fitted_value, read_residuals, residual_of

BY_ID = {row.id: row for row in findings()}


def test_a_printed_ratio_as_it_stands():
    found = BY_ID["xiao2018-05"]
    assert (found.level, found.comparator, found.site) == ("HR+/HER2+", "HR+/HER2-", "bone")
    # ln 1.30, and (ln 1.39 - ln 1.22) / 3.92, to the four decimals of the table
    assert found.log_ratio == pytest.approx(log(1.30), abs=5e-5)
    assert found.se == pytest.approx(log(1.39 / 1.22) / 3.92, abs=5e-5)
    assert (found.direction, found.group, found.adjusted) == ("increases", "SEER", "yes")
    assert found.comparison == Comparison("subtype", "HR+/HER2+", "other subtypes")
    assert not found.derived


def test_a_printed_ratio_that_is_turned():
    # HR+/HER2- against triple negative, HR 0.479 (0.224-1.025), bone
    found = BY_ID["liny2009-02"]
    assert (found.level, found.comparator, found.was_turned) == ("TNBC", "HR+/HER2-", True)
    assert found.log_ratio == pytest.approx(log(1 / 0.479), abs=5e-5)
    assert found.direction == "none"


def test_two_printed_shares():
    # Bone among metastatic patients (xiong2018): 1150 of 1805 HR+/HER2+, 5128 of 7117 HR+/HER2-.
    found = BY_ID["c017:c014"]
    cells = (1150.5, 655.5, 5128.5, 1989.5)  # with half corrections
    assert found.log_ratio == pytest.approx(log(cells[0] * cells[3] / cells[1] / cells[2]))
    assert found.se == pytest.approx(sqrt(sum(1 / cell for cell in cells)))
    assert (found.direction, found.measure, found.derived) == ("decreases", "derived OR", True)
    assert found.records == ("c017", "c014")


def test_derived_ratios_are_those_of_the_shares_that_the_model_reads():
    residuals = shipped_residuals()
    compared = 0
    for row in findings():
        known = [residuals.get(record) for record in row.records]
        if row.derived and all(r is not None and r.status == "used" and r.scale == "logit" for r in known):
            published = known[0].published - known[1].published
            # four decimals each
            assert row.log_ratio == pytest.approx(published, abs=1.1e-4), row.id
            compared += 1
    assert compared > 10


def test_what_is_left_out():
    rows = {row.record_id: row for row in associations()}
    printed = [rows[row.id] for row in findings() if not row.derived]
    assert printed
    assert not any(row.duplicate_of for row in printed)
    assert not any(row.conditional == "group_given_site" for row in printed)
    context = {row.usable_reason for row in printed if row.usable == "context"}
    assert context == {
        "mouse or cell line",
        "other cancer",
        "endpoint is not a site of spread in patients",
        "review statement only",
    }
    assert "westbrook2016-03" not in BY_ID


def test_ids_are_unique_and_directions_agree_with_ratios():
    assert len(BY_ID) == len(findings())
    for row in findings():
        if row.log_ratio is not None and row.direction in ("increases", "decreases"):
            assert (row.log_ratio > 0) == (row.direction == "increases"), row.id
        assert row.direction or row.log_ratio is not None


def test_derived_findings_compare_within_one_study_and_setting():
    shares = {row.record_id: row for row in associations()}
    for row in findings():
        if row.derived and all(record in shares for record in row.records):
            sides = [shares[record] for record in row.records]
            for column in ("study_id", "site_std", "endpoint_std", "denominator", "horizon_years"):
                assert len({getattr(side, column) for side in sides}) == 1, row.id


def test_patients_that_two_registries_share():
    assert patients_of(studies()["xiao2018"]) == "SEER"
    assert {patients_of(study) for study in studies().values() if study.overlap_group == "NCDB"} == {"SEER"}
    assert patients_of(studies()["kennecke2010"]) == "kennecke2010"


def test_species_and_years():
    study = studies()["pavlovic2015"]
    assert [species_of(grade, study) for grade in "ABCDE"] == [
        "human",
        "human",
        "mouse or cell line",
        "other cancer",
        "human",
    ]
    assert studies()["kennecke2010"].middle_year == 1989
    assert studies()["xiong2018"].middle_year is None


def test_grouping_keeps_every_finding():
    grouped = by_comparison(findings())
    assert sum(len(rows) for rows in grouped.values()) == len(findings())
    for (question, site), rows in grouped.items():
        assert {(row.comparison, row.site) for row in rows} == {(question, site)}


def residual_row(name: str, fitted: str, residual: str, status: str) -> dict[str, str]:
    """A row of the residuals table, as text."""
    same = {"study": "s", "kind": "share", "site": "bone", "scale": "logit", "published": "0.5", "se": "0.1"}
    own = {"id": name, "fitted": fitted, "residual": residual, "status": status}
    return {**same, **own, "weight": "1", "reason": ""}


RESIDUALS = read_residuals(
    [
        residual_row("xiao2018-05", "0.2", "1.5", "used"),
        residual_row("liny2009-02", "-0.3", "-2.5", "used"),
        residual_row("c017", "0.1", "0.4", "used"),
        residual_row("c014", "0.6", "0.2", "used"),
        residual_row("c016", "0.1", "0.4", "used"),
        residual_row("c013", "", "", "set aside"),
    ]
)


def test_what_the_model_expects_of_a_finding():
    assert isinstance(RESIDUALS["c017"], Residual)
    assert fitted_value(BY_ID["xiao2018-05"], RESIDUALS) == 0.2
    assert residual_of(BY_ID["xiao2018-05"], RESIDUALS) == 1.5
    # turned like the finding
    assert fitted_value(BY_ID["liny2009-02"], RESIDUALS) == 0.3
    assert residual_of(BY_ID["liny2009-02"], RESIDUALS) == 2.5
    assert fitted_value(BY_ID["c017:c014"], RESIDUALS) == pytest.approx(-0.5)
    assert residual_of(BY_ID["c017:c014"], RESIDUALS) is None
    assert fitted_value(BY_ID["c016:c013"], RESIDUALS) is None
    assert fitted_value(BY_ID["dent2009-05"], RESIDUALS) is None
