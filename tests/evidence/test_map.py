"""The evidence map: who counts, and which way a cell points."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.evidence import cells, findings, selected
from organotropism.evidence.map import SITE_ORDER, cell_record
from toy_findings import finding


def cell(*rows):
    (found,) = cells(rows)
    return found


def test_studies_of_the_same_patients_count_once():
    found = cell(finding("a", group="SEER"), finding("b", group="SEER"), finding("c"))
    assert (found.increases, found.weight, found.studies, found.rows) == (2, 2, 3, 3)
    assert found.ids == ("a", "b", "c")


@pytest.mark.parametrize(
    "directions, expected, conflict",
    [
        (["increases"], "increases", False),
        (["increases", "none"], "increases", False),
        (["increases", "none", "none"], "none", False),
        (["increases", "decreases"], "mixed", True),
        (["increases", "decreases", "decreases"], "decreases", True),
        (["none"], "none", False),
        (["increases", "decreases", "none", "none"], "mixed", True),
    ],
)
def test_direction_of_a_cell(directions, expected, conflict):
    found = cell(*(finding(str(number), word) for number, word in enumerate(directions)))
    assert (found.direction, found.conflict) == (expected, conflict)


def test_one_group_may_find_both():
    found = cell(finding("a", group="SEER"), finding("b", "decreases", group="SEER"))
    assert (found.increases, found.decreases, found.weight, found.conflict) == (1, 1, 1, True)


words = st.sampled_from(["increases", "decreases", "none"])


@given(st.lists(st.tuples(words, st.sampled_from("abcd"), st.sampled_from(["bone", "lung"])), min_size=1))
def test_counts_hold_together(drawn):
    rows = [finding(str(n), word, group=group, site=site) for n, (word, group, site) in enumerate(drawn)]
    found = cells(rows)
    assert sum(c.rows for c in found) == len(rows)
    for c in found:
        assert max(c.increases, c.decreases, c.none) <= c.weight <= c.increases + c.decreases + c.none
        assert c.conflict == (c.increases > 0 and c.decreases > 0)
        assert c.direction in ("none", "mixed") or getattr(c, c.direction) > 0


def test_cells_are_ordered_by_factor_level_and_site():
    found = cells(selected(findings()))
    assert found[0].comparison[:2] == ("subtype", "HR+/HER2-")
    for before, after in pairwise(found):
        if before.comparison == after.comparison:
            assert SITE_ORDER.index(before.site) < SITE_ORDER.index(after.site)
    assert len({(c.comparison, c.site) for c in found}) == len(found)


def test_filters():
    everything = findings()
    assert {row.grade for row in selected(everything)} == {"A", "B"}
    assert {row.grade for row in selected(everything, grades="C")} == {"C"}
    mice = selected(everything, species="mouse or cell line")
    assert {row.usable for row in mice} == {"context"}
    assert "experimental" in {row.endpoint for row in mice}
    assert {row.compartment for row in selected(everything, grades="ABC", compartment="ctc")} == {"ctc"}
    metastatic = selected(everything, denominator="metastatic_patients", factor="subtype", site="bone")
    assert metastatic
    assert {(row.denominator, row.site, row.factor) for row in metastatic} == {
        ("metastatic_patients", "bone", "subtype")
    }
    assert {row.name for row in selected(everything, factor="PTHLH")} == {"PTHLH"}
    # a level as printed, or as the question calls it
    assert {row.level for row in selected(everything, level=">69")} == {">69"}
    assert len({row.level for row in selected(everything, level="older")}) > 3


def test_outcomes_that_are_no_spread_are_left_out_unless_asked_for():
    endpoints = {row.endpoint for row in selected(findings(), grades="ABCDE") if row.species == "human"}
    assert not endpoints & {"survival", "experimental", "expression"}
    assert selected(findings(), endpoint="survival")


def test_the_denominator_takes_the_conflict_on_bone_away():
    def bone(**filters):
        rows = selected(findings(), factor="subtype", level="HR-/HER2+", site="bone", **filters)
        return cell(*rows).conflict

    assert bone()
    assert not bone(denominator="all_patients")
    assert not bone(denominator="metastatic_patients")


def test_record_is_flat():
    record = cell_record(cell(finding("a")))
    assert (record["factor"], record["level"], record["against"]) == ("subtype", "TNBC", "other subtypes")
    assert "comparison" not in record
