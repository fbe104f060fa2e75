"""Simulated cohorts agree with the model they come from, and their flaws are those asked for."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts import same
from organotropism.cohort import Flaws, check, simulate_cohort
from organotropism.cohort.simulate_covariates import RECORDED, WORDS, draw_covariates, record
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.cells import Cells
from organotropism.process.population import TYPICAL
from process.cases import certain
from toy import toy_model

N = 20_000
#: Everybody is seen for twenty years.
WHOLE = Flaws(follow_up=(20.0, 20.0))


def test_the_seed_decides() -> None:
    first = simulate_cohort(toy_model(), 300, seed=1)
    assert same(first, simulate_cohort(toy_model(), 300, seed=1))
    assert not same(first, simulate_cohort(toy_model(), 300, seed=2))
    assert first.covariates["id"].to_list() == [str(number) for number in range(1, 301)]


@settings(max_examples=25)
@given(st.data())
def test_any_simulated_cohort_is_consistent(data: st.DataObject) -> None:
    late = data.draw(st.sampled_from([0.0, 1.5]))
    flaws = Flaws(
        follow_up=data.draw(st.sampled_from([(5.0, 20.0), (2.0, 2.0)])),
        lost=data.draw(st.sampled_from([0.0, 0.2])),
        late_entry=late,
        missing=data.draw(st.floats(0, 1)),
        sites_missing=data.draw(st.floats(0, 1)),
        miscoded=data.draw(st.floats(0, 1)),
    )
    seed = data.draw(st.integers(0, 2**32))
    cohort = simulate_cohort(toy_model(), 150, seed, flaws=flaws, stage_iv=not late)
    assert len(cohort) == 150
    assert check(cohort) == []
    assert cohort.stage_iv.any() == (not late)
    assert len(cohort.patients()) == 150


# 20,000 patients: a share of p is off by 4 sqrt(p (1 - p) / 20,000), .014 at most, with probability 6e-5;
# the expected share is the mean over 2,000 of them: their forecasts (sd below .2) add 4 * .2 / 45 = .018.
def test_shares_are_those_of_the_forecasts() -> None:
    """Any distant disease and each site by 5 and 10 years, against the mean of the patients' forecasts."""
    model = toy_model()
    cohort = simulate_cohort(model, N, seed=3, flaws=WHOLE)
    some = cohort.take(np.arange(2000))
    # The cohort was drawn at the coefficients, so they are what is forecast from.
    table = certain(model).forecast(list(some.patients()), [5.0, 10.0], intervals=False).to_frame()
    for years in (5.0, 10.0):
        for quantity, times in [("any", cohort.distant), *zip(cohort.sites, cohort.site_time.T, strict=True)]:
            rows = table.filter((pl.col("years") == years) & (pl.col("site") == quantity))
            rows = rows.filter(pl.col("quantity") == ("any" if quantity == "any" else "ever"))
            assert len(rows) == 2000
            assert np.mean(times <= years) == pytest.approx(rows["risk"].mean(), abs=0.032)


def test_covariates_are_those_of_the_reference_population() -> None:
    model = toy_model()
    cells, numbers = draw_covariates(model, N, (2010, 2010), np.random.default_rng(4))
    shares = model.population.shares
    assert np.bincount(cells.subtype) / N == pytest.approx(shares["subtype"], abs=0.014)
    for subtype in range(4):
        of = cells.subtype == subtype
        n = of.sum()
        for name, drawn, known in (
            ("grade", cells.grade - 1, shares["grade"][subtype]),
            ("lobular", cells.lobular, shares["lobular"][subtype]),
            ("er", cells.er_positive, shares["er"][subtype]),
        ):
            found = np.bincount(drawn[of].astype(int), minlength=len(known)) / n
            assert found == pytest.approx(known, abs=2 / np.sqrt(n)), name
    # Hormone receptor positive is ER or PR positive; the others are neither.
    hormone = cells.er_positive | cells.pr_positive
    assert np.array_equal(hormone, cells.subtype < 2)
    # Around the value that stands for the class: its mean.
    young = numbers["age"][numbers["age"] < 40]
    assert young.mean() == pytest.approx(TYPICAL["age"][0], abs=0.4)
    assert numbers["age"].min() >= 18
    assert numbers["positive_nodes"].dtype.kind == "i"


def test_the_model_sees_the_simulated_patients_as_the_records_say() -> None:
    """A record without gaps has one cell, and it is the one that was simulated."""
    model = toy_model()
    cells, numbers = draw_covariates(model, 200, (2000, 2015), np.random.default_rng(5))
    frame = record(numbers, {}, 0.0, np.random.default_rng(0))
    patients = [Patient.parse(row) for row in frame.iter_rows(named=True)]
    seen = model.population.expand(patients, model.index, cells.year)
    assert len(seen) == 200
    for name in Cells.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(seen, name), getattr(cells, name), err_msg=name)


def test_stage_iv_is_as_frequent_as_the_model_says() -> None:
    model = toy_model()
    cohort = simulate_cohort(model, N, seed=6, stage_iv=True)
    # Log odds of the toy model: -3, and .3, .4, .1 more by subtype; shares of 4.7 to 6.9 %.
    assert 1 / (1 + np.exp(3.0)) - 0.006 < cohort.stage_iv.mean() < 1 / (1 + np.exp(2.6)) + 0.006
    found = cohort.found_at_presentation[cohort.stage_iv]
    assert found.any(1).all()
    # De novo disease has another mix: more bone, by the model's kappa of .6.
    relapsed = cohort.presented & ~cohort.stage_iv
    assert found[:, 0].mean() > cohort.found_at_presentation[relapsed, 0].mean() + 0.03
    assert not simulate_cohort(model, 500, seed=6).stage_iv.any()


def test_follow_up_ends_as_asked() -> None:
    whole = simulate_cohort(toy_model(), 4000, seed=7, flaws=WHOLE)
    assert ((whole.follow_up == 20.0) ^ whole.died).all()
    lost = simulate_cohort(toy_model(), 4000, seed=7, flaws=replace(WHOLE, lost=0.5))
    # A hazard of one half: exp(-1) are still seen at two years, but for the few who die before.
    assert np.mean((lost.follow_up > 2.0) | (lost.died & (lost.follow_up <= 2.0))) == pytest.approx(
        np.exp(-1), abs=0.06
    )
    assert simulate_cohort(toy_model(), 500, 7, flaws=Flaws(follow_up=(2.0, 3.0))).follow_up.max() < 3.0


def test_late_entry_leaves_out_who_was_gone_by_then() -> None:
    flaws = replace(WHOLE, late_entry=4.0)
    cohort = simulate_cohort(toy_model(), 4000, seed=8, flaws=flaws)
    assert len(cohort) == 4000
    assert 0 < cohort.entry.min() < cohort.entry.max() < 4.0
    assert (cohort.entry < cohort.follow_up).all()
    assert (cohort.distant > cohort.entry).all()
    # Fewer early relapses than among those seen from diagnosis: that is the bias to be modelled.
    from_start = simulate_cohort(toy_model(), 4000, seed=8, flaws=WHOLE)
    assert np.mean(cohort.distant <= 2.0) < 0.6 * np.mean(from_start.distant <= 2.0)


def test_missing_and_miscoded_shares() -> None:
    clean = simulate_cohort(toy_model(), 4000, seed=9)
    assert clean.covariates.null_count().sum_horizontal().item() == 0
    gaps = simulate_cohort(toy_model(), 4000, seed=9, flaws=Flaws(missing=0.25, sites_missing=0.5))
    nulls = gaps.covariates.null_count().row(0, named=True)
    assert nulls.pop("id") == nulls.pop("age") == 0
    assert all(count / 4000 == pytest.approx(0.25, abs=0.03) for count in nulls.values())
    assert set(nulls) | {"age"} == set(RECORDED)
    unseen = ~gaps.sites_recorded[gaps.presented]
    assert unseen.mean() == pytest.approx(0.5, abs=0.08)
    assert gaps.sites_recorded[~gaps.presented].all()
    one = simulate_cohort(toy_model(), 4000, seed=9, flaws=Flaws(missing={"age": 0.5}))
    assert one.covariates["age"].null_count() / 4000 == pytest.approx(0.5, abs=0.03)
    assert one.covariates["er"].null_count() == 0


def test_miscoding_replaces_a_value_by_another() -> None:
    numbers = draw_covariates(toy_model(), 4000, (2010, 2010), np.random.default_rng(10))[1]
    right = record(numbers, {}, 0.0, np.random.default_rng(0))
    wrong = record(numbers, {}, 0.1, np.random.default_rng(0))
    for name in right.columns:
        differ = (right[name] != wrong[name]).mean()
        assert differ == pytest.approx(0.1 if name in WORDS else 0.0, abs=0.02), name


@pytest.mark.parametrize(
    "flaws, message",
    [
        ({"missing": 1.5}, "missing: 1.5 is not a share"),
        ({"missing": {"grad": 0.5}}, 'did you mean "grade"'),
        ({"sites_missing": -0.1}, "sites_missing: -0.1 is not a share"),
        ({"miscoded": float("nan")}, "miscoded: nan is not a share"),
        ({"lost": -1.0}, "lost: -1 is out of range"),
        ({"late_entry": 25.0}, "late_entry: 25 is out of range"),
        ({"follow_up": (5.0, 30.0)}, "follow_up: cannot be simulated"),
        ({"follow_up": (0.0, 3.0)}, "follow_up: cannot be simulated"),
    ],
)
def test_impossible_flaws_are_refused(flaws: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Flaws(**flaws)


def test_impossible_cohorts_are_refused() -> None:
    with pytest.raises(InputError, match="n: 0 is not a number of patients"):
        simulate_cohort(toy_model(), 0, seed=1)
    with pytest.raises(InputError, match="years: cannot be simulated"):
        simulate_cohort(toy_model(), 5, seed=1, years=(2015, 2010))
    with pytest.raises(InputError, match="late_entry: cannot be combined with stage_iv"):
        simulate_cohort(toy_model(), 5, seed=1, flaws=Flaws(late_entry=1.0), stage_iv=True)
    doomed = Flaws(follow_up=(0.01, 19.0), lost=1000.0, late_entry=18.0)
    with pytest.raises(InputError, match="late_entry: 18 leaves too few patients"):
        simulate_cohort(toy_model(), 5000, seed=1, flaws=doomed)
