"""Descriptions: counts by hand, what cannot be said is left out, small cells cannot be worked out."""

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cohorts import cohorts, small_cohort
from followed import simulated
from organotropism.cohort import Cohort
from organotropism.describe import Description, describe
from organotropism.describe.baseline import baseline
from organotropism.describe.disclosure import hidden
from organotropism.describe.factors import factor_of
from organotropism.describe.groups import groups_of
from organotropism.describe.intervals import at_times, incidence_of
from organotropism.describe.sites import independent_shares
from organotropism.errors import InputError
from organotropism.present.description import sections, write_description
from organotropism.validate.aalen_johansen import incidence
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import outcome_of
from organotropism.vocabulary import SUBTYPES


def rows(description: Description, table: str, **where: object) -> list[dict]:
    found = description.tables[table].records
    return [row for row in found if all(row.get(key) == value for key, value in where.items())]


def without_deaths(cohort: Cohort) -> Cohort:
    return small_cohort_of(cohort, died=np.zeros(len(cohort), bool))


def small_cohort_of(cohort: Cohort, **changes: object) -> Cohort:
    fields = {name: getattr(cohort, name) for name in Cohort.__dataclass_fields__}
    return Cohort(**(fields | changes))


def test_counts_by_hand() -> None:
    found = describe(small_cohort(window_years=0.1))
    assert rows(found, "sites", when="at diagnosis", site="brain")[0]["found"] == 1
    first = rows(found, "sites", when="first relapse", site="bone")[0]
    # Of the two relapses one has no site recorded; her liver came a year after the bone.
    assert (first["patients"], first["found"]) == (1, 1)
    assert rows(found, "sites", when="first relapse", site="liver")[0]["found"] == 0
    assert rows(found, "sites", when="ever", site="liver")[0]["found"] == 1
    assert rows(found, "next_site", first_site="bone", next_site="liver")[0]["count"] == 1
    assert rows(found, "only_site", when="first relapse", site="bone")[0]["only_this_site"] == 1
    assert rows(found, "flow", reason="distant disease at diagnosis (stage IV)")[0]["left_out"] == 1


def test_subtypes_are_those_of_the_patient_record() -> None:
    cohort = simulated(300)
    factor = factor_of(cohort, "subtype")
    expected = [patient.clinical_subtype for patient in cohort.patients()]
    assert [None if code < 0 else factor.levels[code] for code in factor.codes] == expected
    assert set(factor.levels) <= set(SUBTYPES)


def test_late_entry_by_weights_and_by_risk_sets_agree_for_any_distant_disease() -> None:
    # The product-limit estimate of having entered and that of having left are dual: equal but for rounding.
    cohort = simulated(1500, late_entry=0.4)
    weighted = outcome_of(cohort, "any")
    weights = weighted.weight[None]
    grid = np.array([2.0, 5.0, 10.0])
    by_weight = incidence(Clock(weighted), weights)
    table = describe(cohort).tables["incidence"].records
    told = {row["years"]: row for row in table if (row["outcome"], row["group"]) == ("any", "all")}
    np.testing.assert_allclose(
        [told[years]["incidence"] for years in grid],
        at_times(by_weight.times, by_weight.event[0], grid, 0.0),
        rtol=1e-9,
    )
    assert "at risk from entry on" in " ".join(describe(cohort).tables["incidence"].notes)


def test_numbers_at_risk_and_parts_of_the_incidence() -> None:
    cohort = simulated(800)
    outcome = outcome_of(cohort, "bone")
    found = incidence_of(Clock(outcome))
    for row in rows(describe(cohort), "incidence", outcome="bone", group="all"):
        assert row["at_risk"] == (outcome.time >= row["years"]).sum()
        assert 0 <= row["incidence"] <= row["incidence"] + row["death_without"] <= 1 + 1e-9
    assert found.event[0, -1] >= row["incidence"]


@pytest.mark.parametrize(
    "change, table, says",
    [
        ("one site", "sites", "One site is recorded"),
        ("no deaths", "survival_after_metastasis", "No death after distant disease is recorded"),
        ("no follow-up", "incidence", "no incidence can be given"),
        ("no metastasis", "sites", "nothing can be said of where"),
        ("thirty", "flow", "from the cohort to each analysis"),
    ],
)
def test_what_cannot_be_said_is_left_out_and_said_so(
    change: str, table: str, says: str, tmp_path: Path
) -> None:
    cohort = simulated(30 if change == "thirty" else 400)
    nothing = np.full(len(cohort), np.inf)
    if change == "one site":
        cohort = small_cohort_of(cohort, sites=("bone",), site_time=cohort.site_time[:, :1])
    elif change == "no deaths":
        cohort = without_deaths(cohort)
    elif change == "no follow-up":
        zero = np.zeros(len(cohort))
        presented = np.where(np.isfinite(cohort.distant), 0.0, np.inf)
        times = np.where(np.isfinite(cohort.site_time), 0.0, np.inf)
        cohort = small_cohort_of(cohort, entry=zero, follow_up=zero, distant=presented, site_time=times)
    elif change == "no metastasis":
        times = np.full(cohort.site_time.shape, np.inf)
        cohort = small_cohort_of(cohort, distant=nothing, site_time=times)
    found = describe(cohort, "subtype")
    write_description(found, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert says in page
    assert "nan" not in page.lower().split("</style>")[1].replace("finance", "")
    for name, written in found.tables.items():
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == len(written.records)
    assert found.tables[table].name == table


@settings(max_examples=25)
@given(cohorts())
def test_every_consistent_cohort_can_be_described(cohort: Cohort) -> None:
    assert list(sections(describe(cohort, "er" if "er" in cohort.covariates.columns else None)))


@given(arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 40)))
def test_no_hidden_cell_follows_from_the_totals(counts: np.ndarray) -> None:
    masked = hidden(counts, 5)
    assert masked[(counts > 0) & (counts < 5)].all()
    for lines, masks in ((counts, masked), (counts.T, masked.T)):
        for line, mask in zip(lines, masks, strict=True):
            # Either the whole line is hidden, or what is hidden speaks of five or more in two or more cells.
            assert not mask.any() or mask.all() or (mask.sum() > 1 and line[mask].sum() >= 5)


def test_nothing_small_is_shown_with_a_minimum() -> None:
    cohort = simulated(400)
    found = describe(cohort, "subtype", 5)
    for name, table in found.tables.items():
        for row in table.records:
            for key in (
                "count",
                "found",
                "only_this_site",
                "both",
                "events",
                "deaths",
                "at_risk",
                "patients",
            ):
                value = row.get(key)
                assert not isinstance(value, int) or value == 0 or value >= 5, (name, key)
    groups = groups_of(cohort, "subtype", 60)
    assert min(np.bincount(groups.codes)) >= 60


def test_independent_sites_are_recovered() -> None:
    # Independent sites seen only where at least one is found: their chances come back.
    chance = np.array([0.3, 0.2, 0.1])
    somewhere = 1 - np.prod(1 - chance)
    np.testing.assert_allclose(independent_shares(chance / somewhere), chance, rtol=1e-9)


def test_table_one_counts_the_unknown() -> None:
    cohort = small_cohort()
    table = baseline(cohort, groups_of(cohort, None))
    er = {row["level"]: row for row in table.records if row["field"] == "er"}
    assert (er["positive"]["count"], er["not known"]["count"], er["positive"]["share_of_known"]) == (
        1,
        2,
        0.5,
    )
    age = next(row for row in table.records if row["field"] == "age")
    assert (age["median"], age["missing"]) == (50.5, 1)


def test_a_factor_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="did you mean"):
        describe(small_cohort(), "subtyp")
    many = simulated(100)
    many = small_cohort_of(many, extra=pl.DataFrame({"number": [str(k) for k in range(100)]}))
    with pytest.raises(InputError, match="at most 12"):
        describe(many, "number")
