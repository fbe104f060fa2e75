"""Forest plots as data: who is pooled with whom, and the model's value beside them."""

import pytest

from organotropism.evidence import findings, forest_groups, random_effects, selected, shipped_residuals
from organotropism.evidence.forest import META_ANALYSES, forest_record, independent, numbers
from toy_findings import finding, fitted


def test_one_finding_of_each_group_of_patients_is_pooled():
    rows = [
        finding("a", ratio=2.0, group="SEER", adjusted="no"),
        finding("b", ratio=2.4, group="SEER"),
        finding("c", ratio=3.0),
    ]
    (group,) = forest_groups(rows, {})
    assert [entry.finding.id for entry in group.entries] == ["b", "c", "a"]
    assert [entry.left_out for entry in group.entries] == ["", "", "same patients as b"]
    expected = random_effects(*zip(numbers(rows[1]), numbers(rows[2]), strict=True))
    assert group.pooled == expected
    assert [entry.weight for entry in group.entries] == [*expected.weights, None]


@pytest.mark.parametrize(
    "better, worse",
    [
        ({}, {"independent": "no"}),
        ({}, {"records": ("x", "y")}),
        ({"adjusted": "yes"}, {"adjusted": "no"}),
        ({}, {"population": "HER2+"}),
        ({"se": 0.1}, {"se": 0.2}),
    ],
)
def test_which_of_the_same_patients(better, worse):
    pair = [finding("w", ratio=2.0, group="g", **worse), finding("b", ratio=2.0, group="g", **better)]
    assert independent(pair)["g"].id == "b"
    assert independent(pair[::-1])["g"].id == "b"


def test_different_questions_are_not_pooled():
    rows = [
        finding("a", ratio=2.0),
        finding("b", ratio=2.0, comparator="other"),
        finding("c", ratio=2.0, endpoint="first_relapse"),
        finding("d", ratio=2.0, denominator="metastatic_patients"),
        finding("e", ratio=2.0, site="lung"),
        finding("f", ratio=2.0, level="HER2+"),
        finding("g"),
    ]
    groups = forest_groups(rows, {})
    assert len(groups) == 6
    assert {group.pooled for group in groups} == {None}
    assert all(group.entries[0].weight == 1 for group in groups)


def test_a_published_meta_analysis_is_not_pooled_with_what_it_may_hold():
    meta = finding("m", ratio=2.0, group=META_ANALYSES)
    (alone,) = forest_groups([meta], {})
    assert alone.entries[0].weight == 1
    (group,) = forest_groups([meta, finding("a", ratio=3.0), finding("b", ratio=2.5)], {})
    assert group.pooled.k == 2
    assert group.entries[-1].left_out == "a pooled analysis, which may hold the other studies"


def test_the_value_of_the_model_is_weighted_like_the_studies():
    rows = [finding("a", ratio=2.0), finding("b", ratio=4.0, se=0.3)]
    (group,) = forest_groups(rows, {"a": fitted("a", 1.5), "b": fitted("b", 2.5)})
    weights = group.pooled.weights
    values = [entry.fitted for entry in group.entries]
    assert group.model == pytest.approx(weights[0] * values[0] + weights[1] * values[1])
    (group,) = forest_groups(rows, {"a": fitted("a", 1.5)})
    assert group.model is None


def test_shipped_groups_pool_no_patient_twice():
    groups = forest_groups(selected(findings()), shipped_residuals())
    assert any(group.pooled for group in groups)
    for group in groups:
        pooled = [entry for entry in group.entries if entry.weight is not None]
        assert len({entry.finding.group for entry in pooled}) == len(pooled)
        assert sum(entry.weight for entry in pooled) == pytest.approx(1)
        assert (group.pooled is not None) == (len(pooled) > 1)
        assert all(bool(entry.left_out) == (entry.weight is None) for entry in group.entries)
        assert META_ANALYSES not in {entry.finding.group for entry in pooled} or len(pooled) == 1


def test_context_is_never_pooled():
    rows = [finding("a", ratio=2.0), finding("b", ratio=2.0, usable="context", grade="C")]
    (group,) = forest_groups(rows, {})
    assert [entry.finding.id for entry in group.entries] == ["a"]
    everything = forest_groups(selected(findings(), grades="ABCDE"), {})
    assert {entry.finding.grade for group in everything for entry in group.entries} <= {"A", "B"}


def test_record_is_plain():
    (group,) = forest_groups([finding("a", ratio=2.0), finding("b", ratio=2.5)], {"a": fitted("a", 1.5)})
    record = forest_record(group)
    assert [entry["id"] for entry in record["entries"]] == ["a", "b"]
    assert record["entries"][0]["fitted"] == pytest.approx(0.405, abs=5e-4)
    assert record["pooled"]["k"] == 2
