"""Where the literature disagrees: what counts as a conflict, what sets the sides apart, what is left."""

from math import exp, log

import numpy as np
import pytest

from organotropism.evidence import find_conflicts, findings, selected, shipped_residuals
from organotropism.evidence.conflicts import ASPECTS, aspect, conflict_record, spread
from toy_findings import finding, fitted


def one(*rows, residuals=()):
    (found,) = find_conflicts(rows, {row.id: row for row in residuals})
    return found


ALL, METASTATIC = "all_patients", "metastatic_patients"


def test_agreement_is_no_conflict():
    rows = [finding("a", ratio=2.0), finding("b", ratio=2.1), finding("c")]
    assert find_conflicts(rows, {"a": fitted("a", 1.9), "b": fitted("b", 1.9)}) == []


def test_the_denominator_keeps_directions_apart():
    found = one(
        finding("a", denominator=ALL),
        finding("b", denominator=ALL),
        finding("c", "decreases", denominator=METASTATIC),
        finding("d", "none", denominator=METASTATIC),
    )
    assert (found.kind, found.apart, found.also, found.differ) == ("direction", ("denominator",), (), ())
    assert found.verdict == "kept apart"
    assert [(side.values, side.increases, side.decreases, side.none) for side in found.sides] == [
        ((ALL,), ("a", "b"), (), ()),
        ((METASTATIC,), (), ("c",), ("d",)),
    ]


def test_aspects_that_go_together_are_all_named():
    found = one(
        finding("a", endpoint="ever", year=1990.0),
        finding("b", endpoint="ever", year=1991.0),
        finding("c", "decreases", endpoint="first_relapse", year=2010.0),
    )
    assert (found.apart, found.also) == (("endpoint",), ("era",))


def test_two_aspects_together():
    rows = [
        finding("a", denominator=ALL),
        finding("b", denominator=ALL),
        finding("c", "decreases", denominator=METASTATIC),
        finding("d", denominator=METASTATIC, comparator="other"),
    ]
    assert one(*rows).apart == ("denominator", "comparator")


def test_one_study_on_each_side_shows_nothing():
    found = one(finding("a", denominator=ALL), finding("b", "decreases", denominator=METASTATIC))
    assert (found.apart, found.differ, found.verdict) == ((), ("denominator",), "open")
    # nor do two studies of the same patients
    again = one(
        finding("a", denominator=ALL, group="SEER"),
        finding("b", denominator=ALL, group="SEER"),
        finding("c", "decreases", denominator=METASTATIC, group="SEER"),
    )
    assert (again.apart, again.differ) == ((), ("denominator",))


def test_what_is_not_stated_keeps_nothing_apart():
    found = one(
        finding("a", adjusted="yes"), finding("b", adjusted="yes"), finding("c", "decreases", adjusted="")
    )
    assert (found.apart, found.differ, found.verdict) == ((), (), "open")


def test_nothing_keeps_like_studies_apart():
    found = one(finding("a"), finding("b"), finding("c", "decreases"))
    assert (found.apart, found.differ, found.verdict) == ((), (), "open")


def test_sizes_before_and_after():
    rows = [
        finding("a", ratio=2.0, denominator=ALL),
        finding("b", ratio=2.2, denominator=ALL),
        finding("c", "decreases", ratio=0.5, denominator=METASTATIC),
    ]
    expected = [fitted("a", 2.0), fitted("b", 2.0), fitted("c", 0.55)]
    found = one(*rows, residuals=expected)
    assert found.before.gap == pytest.approx(2.2 / 0.5)
    # left are ratios of 1, 1.1 and 0.5 / 0.55
    assert found.after.gap == pytest.approx(1.1 * 0.55 / 0.5)
    assert found.verdict == "accounted for"
    assert [side.ratio for side in found.sides] == [
        pytest.approx(exp((log(2) + log(2.2)) / 2)),
        pytest.approx(0.5),
    ]


def test_before_and_after_hold_the_same_numbers():
    rows = [finding("a", ratio=2.0), finding("b", "decreases", ratio=0.5), finding("c", ratio=9.0)]
    found = one(*rows, residuals=[fitted("a", 1.0), fitted("b", 1.0)])
    assert (found.before.k, found.after.k) == (2, 2)
    # with one fitted number there is nothing to compare it with: all that is published, and no more
    found = one(*rows, residuals=[fitted("a", 1.0)])
    assert (found.before.k, found.after) == (3, None)


def test_a_model_that_explains_nothing_leaves_it_open():
    rows = [
        finding("a", ratio=2.0),
        finding("b", "decreases", ratio=0.5),
        finding("c", "decreases", ratio=0.5),
    ]
    found = one(*rows, residuals=[fitted(name, 1.0) for name in "abc"])
    assert found.after == found.before
    assert found.verdict == "open"


def test_directions_apart_but_sizes_not_is_in_part():
    rows = [
        finding("a", ratio=2.0, denominator=ALL),
        finding("b", ratio=2.0, denominator=ALL),
        finding("c", "decreases", ratio=0.5, denominator=METASTATIC),
    ]
    assert one(*rows, residuals=[fitted(name, 1.0) for name in "abc"]).verdict == "in part"


def test_a_row_that_defies_the_model_is_a_conflict_of_size():
    found = one(finding("a", ratio=4.0), residuals=[fitted("a", 1.3, residual=3.4)])
    assert (found.kind, found.verdict, found.before, found.rows[0].residual) == ("size", "open", None, 3.4)


def test_sizes_that_stay_apart_are_a_conflict():
    rows = [finding("a", ratio=1.5), finding("b", ratio=4.0)]
    found = one(*rows, residuals=[fitted("a", 2.0), fitted("b", 2.0)])
    assert (found.kind, found.verdict) == ("size", "open")


def test_found_by_some_only_is_not_judged():
    found = one(finding("a"), finding("b", "none"))
    assert (found.kind, found.verdict) == ("presence", "not judged")
    # one study with both, at two endpoints, is none
    assert find_conflicts([finding("a"), finding("a2", "none", study="a")], {}) == []


def test_a_ratio_per_year_is_not_compared_with_one_between_groups():
    rows = [
        finding("a", ratio=1.04, factor="age", name="age", level="per year", comparator=""),
        finding("b", "decreases", ratio=0.8, factor="age", name="age", level=">=50", comparator="<50"),
        finding("c", "decreases", ratio=0.7, factor="age", name="age", level=">=65", comparator="<65"),
    ]
    found = one(*rows)
    assert found.before.k == 2
    assert aspect(rows[1], "comparator") == ">=50 against <50"


def test_spread_by_hand():
    # two log ratios with equal errors: Q = d^2 / (2 s^2), tau^2 = d^2 / 2 - s^2
    found = spread([0.0, 0.6], [0.1, 0.1])
    assert found.q == pytest.approx(0.36 / 0.02)
    assert found.tau == pytest.approx((0.18 - 0.01) ** 0.5)
    assert found.i2 == pytest.approx(1 - 1 / found.q)
    assert found.gap == pytest.approx(exp(0.6))
    assert spread([0.3], [0.1]) is None


def test_known_truth():
    # Studies whose ratio is 2 among all and 0.5 among metastatic patients, with sampling error alone: as
    # published they differ; less their true value they differ by chance, and the denominator is found. The
    # p value of what is left is uniform, so one in 40 is below .01 or by chance above: at most 3 of 40.
    rng = np.random.default_rng(5)
    judged = []
    for _ in range(40):
        rows = []
        for number in range(8):
            among, true, word = ((ALL, 2.0, "increases"), (METASTATIC, 0.5, "decreases"))[number % 2]
            ratio = true * exp(rng.normal(0, 0.1))
            rows.append(finding(f"s{number}", word, ratio=ratio, denominator=among))
        expected = [fitted(row.id, 2.0 if row.denominator == ALL else 0.5) for row in rows]
        found = one(*rows, residuals=expected)
        assert found.apart == ("denominator",)
        assert found.before.q_p < 1e-6
        judged.append(found.after.q_p < 0.01)
        assert found.verdict == "accounted for"
    assert sum(judged) <= 3


def test_record_is_plain_and_complete():
    found = one(finding("a", ratio=2.0), finding("b", "decreases"))
    record = conflict_record(found)
    assert record["comparison"] == {"factor": "subtype", "level": "TNBC", "against": "other subtypes"}
    assert set(record["rows"][0]["aspects"]) == set(ASPECTS)
    assert record["rows"][0]["log_ratio"] == pytest.approx(log(2))


SHIPPED = {
    (conflict.comparison.factor, conflict.comparison.level, conflict.site): conflict
    for conflict in find_conflicts(selected(findings()), shipped_residuals())
}


def test_the_canonical_example():
    found = SHIPPED["subtype", "HR+/HER2+", "bone"]
    assert found.apart == ("denominator", "comparator")
    sides = {side.values: side for side in found.sides}
    assert "xiao2018" in sides[ALL, "HR+/HER2-"].increases
    assert {"leone2017", "xiong2018"} <= set(sides[METASTATIC, "HR+/HER2-"].decreases)
    # 63.7 against 72.1 per cent (xiong2018): the odds ratio by hand
    assert sides[METASTATIC, "HR+/HER2-"].ratio == pytest.approx(0.637 / 0.363 / (0.721 / 0.279), abs=0.01)
    assert found.before.gap > 2
    # the model, whatever its latest fit, has the two denominators on either side of one
    assert found.after.gap < found.before.gap
    assert found.after.tau < found.before.tau


@pytest.mark.parametrize(
    "factor, level, site, against_the_rest",
    [
        # the contradictions that the evidence's own account names, and who stands against the others
        ("subtype", "TNBC", "bone", {"ignatov2018"}),
        ("subtype", "TNBC", "liver", {"kennecke2010"}),
        ("subtype", "TNBC", "lung", {"wuq2017"}),
        ("her2", "positive", "bone", {"liuhm2021"}),
        ("her2", "positive", "lung", {"hess2013"}),
        ("er", "positive", "bone", {"iraq316"}),
        ("pr", "positive", "bone", {"liuhm2021"}),
        ("age", "older", "bone", {"colleoni2000"}),
        ("histology", "lobular", "liver", {"scite_ilc77", "borst1993"}),
        ("histology", "lobular", "lung", {"scite_ilc77"}),
        ("PTHLH", "high", "bone", {"henderson2006"}),
    ],
)
def test_known_contradictions_are_found(factor, level, site, against_the_rest):
    found = SHIPPED[factor, level, site]
    directions = {name: set(getattr(found, name)) for name in ("increases", "decreases", "none")}
    for study in against_the_rest:
        mine = {name for name, studies in directions.items() if study in studies}
        others = {name for name, studies in directions.items() if studies - {study}}
        assert others - mine


def test_directions_of_a_pr_positive_bone_depend_on_the_denominator():
    found = SHIPPED["pr", "positive", "bone"]
    assert found.apart == ("denominator",)
