"""Sufficient statistics against numbers worked out by hand, and against the patients they count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from organotropism import InputError
from organotropism.cohort import Cohort, Flaws, simulate_cohort
from organotropism.cohort.share import GIVEN_UP
from organotropism.cohort.tables_file import added, read_tables, write_tables
from organotropism.cohort.tabulate import FIELDS, KEYS, TABLES, Tables, tabulate
from organotropism.vocabulary import SITES
from toy import toy_model

INF = np.inf
KNOWN = {
    "age": 50.0,
    "er": "positive",
    "pr": "positive",
    "her2": "negative",
    "ki67": 20.0,
    "grade": 2,
    "size_mm": 15.0,
    "positive_nodes": 0,
    "histology": "ductal",
    "detection": "symptoms",
    "year_of_diagnosis": 2005,
}
Row = tuple[float, float, bool, float, tuple[float, ...], bool]
FREE = (INF,) * 5


def cohort(*rows: Row, **changes: Any) -> Cohort:
    """Patients alike in every covariate, from (entry, follow-up, died, distant, site times, followed)."""
    entry, follow_up, died, distant, sites, followed = zip(*rows, strict=True)
    covariates = pl.DataFrame([{"id": str(i)} | KNOWN | changes for i in range(len(rows))])
    return Cohort(
        name="by hand",
        covariates=covariates,
        sites=tuple(map(str, SITES)),
        entry=np.array(entry),
        follow_up=np.array(follow_up),
        died=np.array(died),
        distant=np.array(distant),
        site_time=np.array(sites, float),
        followed=np.array(followed),
    )


def by_key(tables: Tables, name: str, *values: str) -> dict[Any, Any]:
    frame = getattr(tables, name)
    return {tuple(row[k] for k in KEYS[name]): tuple(row[v] for v in values) for row in frame.to_dicts()}


def test_a_course_by_hand() -> None:
    """Bone at 2.5 years, liver and lung together a year later, dead at 4: each number as counted by hand."""
    tables = tabulate(cohort((0.0, 4.0, True, 2.5, (2.5, 3.5, 3.5, INF, INF), True)))
    rate = by_key(tables, "rate", "years", "events", "deaths")
    assert rate == {(0, 1, True): (1, 0, 0), (1, 2, True): (1, 0, 0), (2, 3, True): (0.5, 1, 0)}
    assert by_key(tables, "pattern", "patients") == {(2.0, 1): (1,)}
    course = by_key(
        tables, "progression", "years", "later_years", "deaths", "gained_lung", "gained_liver", "gained_bone"
    )
    window = 30 / 365.25
    assert set(course) == {(1, 0.0), (1, 0.5), (7, 1.0)}
    # Exact up to rounding of differences of years.
    assert course[1, 0.0] == pytest.approx((0.5, 0.5 - window, 0, 0, 0, 0))
    assert course[1, 0.5] == pytest.approx((0.5, 0.5, 0, 1, 1, 0))
    assert course[7, 1.0] == pytest.approx((0.5, 0.5, 1, 0, 0, 0))
    assert tables.prevalence.is_empty()


def test_an_event_at_a_cut_belongs_to_the_band_that_ends_there() -> None:
    tables = tabulate(cohort((0.0, 2.0, False, 2.0, (2.0, *FREE[1:]), True)))
    assert by_key(tables, "rate", "events")[1, 2, True] == (1,)
    assert by_key(tables, "pattern", "patients") == {(0.0, 1): (1,)}


def test_late_entry_is_not_observed_before() -> None:
    tables = tabulate(cohort((1.5, 3.0, True, INF, FREE, True)))
    assert by_key(tables, "rate", "years", "deaths") == {
        (0, 1, False): (1.0, 0),
        (1, 2, False): (0.5, 0),
        (1, 2, True): (0.5, 0),
        (2, 3, True): (1.0, 1),
    }


def test_entry_after_presenting_teaches_the_course_from_entry_alone() -> None:
    """Nor does she count at presentation: to be there she had to survive."""
    tables = tabulate(cohort((3.0, 5.0, True, 2.0, (2.0, *FREE[1:]), True)))
    assert tables.rate.filter("observed").is_empty()
    assert tables.pattern.is_empty()
    assert tables.progression["years"].sum() == pytest.approx(2.0)
    assert tables.progression["since"].min() == 1.0


def test_an_incident_series_teaches_where_and_not_whether() -> None:
    tables = tabulate(cohort((2.0, 5.0, False, 2.0, (2.0, *FREE[1:]), False)))
    assert not tables.rate["observed"].any()
    assert tables.rate["events"].sum() == 1
    assert tables.pattern["patients"].sum() == 1


def test_sites_not_recorded_teach_whether_and_not_where() -> None:
    tables = tabulate(cohort((0.0, 5.0, True, 2.0, (np.nan,) * 5, True)))
    assert tables.rate["events"].sum() == 1
    assert tables.pattern.is_empty()
    assert tables.progression.is_empty()


def test_distant_disease_not_recorded_teaches_nothing() -> None:
    tables = tabulate(cohort((0.0, 5.0, True, np.nan, (np.nan,) * 5, True)))
    assert all(getattr(tables, name).is_empty() for name in TABLES)


def test_stage_iv_is_prevalence_and_pattern_at_diagnosis() -> None:
    tables = tabulate(
        cohort((0.0, 2.0, True, 0.0, (0.0, *FREE[1:]), True), (0.0, 5.0, False, INF, FREE, True))
    )
    assert by_key(tables, "prevalence", "patients", "stage_iv") == {(): (2, 1)}
    assert by_key(tables, "pattern", "patients") == {(-1.0, 1): (1,)}
    assert tables.rate["years"].sum() == pytest.approx(5.0)


def test_patients_alike_share_a_stratum_and_those_with_unknowns_do_not() -> None:
    free: Row = (0.0, 4.0, False, INF, FREE, True)
    assert len(tabulate(cohort(free, free)).strata) == 1
    assert len(tabulate(cohort(free, free), apart=True).strata) == 2
    assert len(tabulate(cohort(free, free, grade=None)).strata) == 2


@pytest.fixture(scope="module")
def many() -> Cohort:
    """Simulated, with everything that is left to count."""
    flaws = Flaws(missing=0.2, lost=0.05, late_entry=2.0, sites_missing=0.1)
    return simulate_cohort(toy_model(), 3000, 5, flaws=flaws)


def test_local_tables_count_every_patient(many: Cohort) -> None:
    tables = tabulate(many)
    observed = tables.rate.filter("observed")
    years = np.minimum(np.minimum(many.distant, many.follow_up), 20.0) - many.entry
    # Sums of thousands of differences.
    assert observed["years"].sum() == pytest.approx(years.sum(), rel=1e-12)
    assert observed["events"].sum() == many.presented.sum()
    assert observed["deaths"].sum() == (many.died & ~many.presented).sum()
    recorded = many.presented & many.sites_recorded
    assert tables.pattern["patients"].sum() == recorded.sum()
    later = np.isfinite(many.site_time) & ~many.found_at_presentation & recorded[:, None]
    for k, site in enumerate(many.sites):
        assert tables.progression[f"gained_{site}"].sum() == later[:, k].sum()
    assert tables.progression["deaths"].sum() == (many.died & recorded).sum()


@pytest.mark.parametrize("smallest", [3, 8])
def test_no_shared_row_speaks_of_fewer(many: Cohort, smallest: int) -> None:
    """Counted from the outside: patients agree with a row of the pattern in all that it states."""
    tables = tabulate(many, smallest=smallest)
    assert tables.pattern["patients"].min() >= smallest  # type: ignore[operator]
    kept = tables.pattern["patients"].sum()
    everyone = (many.presented & many.sites_recorded).sum()
    assert kept + tables.suppressed["pattern"] == everyone
    whole = tables.rate.filter(pl.col("observed"))["years"].sum()
    assert whole <= tabulate(many).rate.filter("observed")["years"].sum() + 1e-6
    # Most rows give up some covariates; hardly any person-time is lost.
    assert tables.suppressed["rate"] < 0.01 * len(many)


def test_every_field_can_be_given_up() -> None:
    assert set(GIVEN_UP) == set(FIELDS)


def test_shared_tables_of_centres_add_up(many: Cohort) -> None:
    halves = [many.take(np.arange(len(many)) % 2 == k) for k in (0, 1)]
    parts = [tabulate(half, smallest=4) for half in halves]
    total = added(parts, "both")
    assert total.patients == len(many)
    for name in TABLES:
        for column in set(getattr(total, name).columns) - {"stratum", *KEYS[name]}:
            apart = sum(getattr(part, name)[column].sum() for part in parts)
            assert getattr(total, name)[column].sum() == pytest.approx(apart), (name, column)
    cells = total.rate.select("stratum", *KEYS["rate"])
    assert cells.is_unique().all()


def test_local_tables_are_not_added(many: Cohort) -> None:
    with pytest.raises(InputError, match="stay in the house"):
        added([tabulate(many)], "x")


def test_tables_of_other_bands_are_not_added(many: Cohort) -> None:
    tables = tabulate(many, smallest=4)
    with pytest.raises(InputError, match="bands"):
        added([tables, replace(tables, bands=(0.0, 3.0))], "x")


def test_tables_come_back_as_they_were_written(many: Cohort, tmp_path: Path) -> None:
    tables = tabulate(many)
    write_tables(tables, tmp_path / "tables")
    back = read_tables(tmp_path / "tables")
    for name in ("strata", *TABLES):
        assert getattr(back, name).equals(getattr(tables, name)), name
    assert (back.sites, back.bands, back.since) == (tables.sites, tables.bands, tables.since)
    write_tables(tables, tmp_path / "tables")  # replaces its like


def test_tampered_tables_are_refused(many: Cohort, tmp_path: Path) -> None:
    write_tables(tabulate(many), tmp_path / "tables")
    with (tmp_path / "tables" / "rate.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match="changed after it was written"):
        read_tables(tmp_path / "tables")


def test_a_folder_with_something_else_is_left_alone(many: Cohort, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        write_tables(tabulate(many), tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_tables(tmp_path)


def test_a_value_that_no_record_knows_is_named() -> None:
    with pytest.raises(InputError, match="grade"):
        tabulate(cohort((0.0, 4.0, False, INF, FREE, True), grade=7))
