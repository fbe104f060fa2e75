"""Every usable row of evidence is a measurement or is set aside with a reason."""

from __future__ import annotations

import numpy as np
import pytest

from organotropism import evidence
from organotropism.evidence.readings import SetAside
from organotropism.learn.literature import Evidence, measurements


@pytest.fixture(scope="module")
def source() -> Evidence:
    """All rows."""
    return measurements()


def test_no_usable_row_is_lost(source: Evidence) -> None:
    """Rows for a model = used + set aside, each once."""
    ids = [m.id for m in source.rows] + [a.id for a in source.aside]
    assert len(ids) == len(set(ids))
    expected = {a.record_id for a in evidence.associations() if a.usable == "model"}
    expected |= {c.count_id for c in evidence.counts() if c.usable == "model"}
    expected |= {row.record_id for row in (*evidence.baseline(), *evidence.course())}
    assert set(ids) == expected
    assert all(a.reason for a in source.aside)


def test_only_human_breast_evidence_moves_a_number(source: Evidence) -> None:
    """Grades C, D and E never enter, nor race, treatment or markers."""
    by_id = {a.record_id: a for a in evidence.associations()}
    used = [by_id[m.id] for m in source.rows if m.id in by_id]
    assert len(used) > 100
    assert {a.evidence_grade for a in used} <= {"A", "B"}
    assert not {a.factor_std for a in used} & {"race", "treatment", "marker", "other"}


def test_a_source_counts_once_per_overlap_group(source: Evidence) -> None:
    """No row that the curators marked as another reading of the same patients is used."""
    by_id = {a.record_id: a for a in evidence.associations()}
    assert not [m.id for m in source.rows if m.id in by_id and by_id[m.id].independent_set == "no"]
    counts = {m.id for m in source.rows}
    both = [m.id for m in source.rows if m.id in by_id and by_id[m.id].count_id in counts]
    assert not both


def test_every_reason_is_of_the_closed_list(source: Evidence) -> None:
    """What is set aside, in the tables or while reading, has one of the listed reasons."""
    assert {entry.reason for entry in source.aside} <= set(SetAside)


def test_identifiers_do_not_depend_on_the_order_of_rows() -> None:
    """They are columns, so a row that is inserted renames no other."""
    records = [*evidence.baseline(), *evidence.course()]
    assert len({row.record_id for row in records}) == len(records)


def test_values_and_errors_are_those_printed(source: Evidence) -> None:
    """Spot checks by hand: an odds ratio, a count and a conditional risk."""
    rows = {m.id: m for m in source.rows}
    ratio = rows["xiao2018-13"]  # brain, TNBC: OR 1.95 (1.61-2.35), adjusted
    assert ratio.value == pytest.approx(np.log(1.95), abs=1e-4)
    assert ratio.se == pytest.approx((np.log(2.35) - np.log(1.61)) / 3.92, abs=1e-4)
    count = rows["c014"]  # bone: 5128 of 7117
    assert count.value == pytest.approx(np.log(5128.5 / 1989.5))
    assert (count.kind, count.presentation) == ("share", "diagnosis")
    risk = rows["baseline-036"]
    assert risk.kind == "net_risk"
    assert (risk.from_years, risk.years) in [(0.0, 5.0), (5.0, 10.0), (10.0, 15.0)]


def test_small_counts_are_large_enough_for_the_normal_approximation(source: Evidence) -> None:
    """The standard error of the smallest count used: 1/sqrt(8) without extra spread is .35."""
    counts = {c.count_id: c for c in evidence.counts()}
    events = [
        min(counts[m.id].n_with_site, counts[m.id].n_patients - counts[m.id].n_with_site)
        for m in source.rows
        if m.id in counts
    ]  # type: ignore[operator, type-var]
    assert min(events) >= 8


def test_a_source_whose_paper_was_not_read_stays_out() -> None:
    used = {row.study for row in measurements().rows}
    assert not used & {"brufsky2011", "bcbm_meta_p30328"}
    assert {"ebctcg2024", "holleczek2019", "vanmaaren2019", "hurvitz2019", "peerj2019_lung"} <= used
