"""Learning from a cohort: what is learned, what is not, what is refused and what is said."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from organotropism import InputError
from organotropism.cohort import Cohort, Flaws, simulate_cohort
from organotropism.cohort.tabulate import tabulate
from organotropism.learn.cohort import CohortFit, learn_cohort
from organotropism.learn.cohort_prior import (
    between_studies,
    from_literature,
    mean_over_studies,
    own_deviation,
)
from organotropism.learn.score import log_density
from organotropism.learn.update import Gaussian
from organotropism.process.model import Between, load_model
from toy import toy_model


@cache
def cohort(count: int = 1500, seed: int = 1, **flaws: float) -> Cohort:
    return simulate_cohort(toy_model(), count, seed, flaws=Flaws(**flaws), name="simulated")  # type: ignore[arg-type]


@cache
def fitted() -> CohortFit:
    return learn_cohort(cohort(), toy_model())


def test_the_estimate_lies_between_literature_and_cohort_in_precision() -> None:
    """Both together know more than either, coefficient by coefficient."""
    fit = fitted()
    assert fit.literature is not None
    assumed = from_literature(toy_model())
    assert (fit.both.sd <= assumed.sd * (1 + 1e-9)).all()
    assert (fit.both.sd <= fit.alone.sd * (1 + 1e-6)).all()


def test_the_table_holds_every_coefficient() -> None:
    fit = fitted()
    rows = fit.table()
    assert [row["coefficient"] for row in rows] == list(toy_model().layout.names)
    assert all(row[f"{source}_se"] > 0 for row in rows for source in ("literature", "alone", "both"))
    alone = learn_cohort(cohort(), None).table()
    assert all(row["literature"] is None and row["both"] == row["alone"] for row in alone)


def test_the_model_speaks_of_the_cohort_and_counts_no_spread_twice() -> None:
    model = fitted().model
    assert model.between == ()
    assert "simulated" in model.speaks_of
    np.testing.assert_allclose(model.spread() @ model.spread().T, model.covariance, atol=1e-9)


def test_effects_of_treatment_stay_as_they_are() -> None:
    """Not close: the same object of the same numbers, whatever the treatments of the patients."""
    treated = cohort().covariates.with_columns(pl.lit(True).alias("endocrine_therapy"))
    patients = replace(cohort(), covariates=treated)
    prior = toy_model()
    for model in (learn_cohort(patients, prior).model, learn_cohort(patients, None).model):
        assert model.index.coefficients["treatment"] == prior.index.coefficients["treatment"]
        cells = [
            m.population.expand(patients.patients(), m.index, [2010.0] * len(patients))
            for m in (model, prior)
        ]
        assert cells[0].offset.tobytes() == cells[1].offset.tobytes()


def test_treatment_shifts_the_level_and_not_the_effects() -> None:
    """A treatment given to everyone is an offset: the level rises by as much as it should have lowered."""
    treated = cohort().covariates.with_columns(
        pl.lit("none").alias("chemotherapy"),
        pl.lit(False).alias("endocrine_therapy"),
        pl.lit(False).alias("radiotherapy"),
        pl.lit(False).alias("anti_her2_therapy"),
        pl.lit(False).alias("bisphosphonate"),
    )
    plain, told = (
        learn_cohort(cohort(), None).both,
        learn_cohort(replace(cohort(), covariates=treated), None).both,
    )
    layout = toy_model().layout
    for er, stratum in ((0, "er_negative"), (1, "er_positive")):
        adjustment = toy_model().index.coefficients[stratum]["adjustment"]
        moved = layout.block(told.mean, "rate.level")[er] - layout.block(plain.mean, "rate.level")[er]
        # Trastuzumab is a treatment of HER2-positive disease alone, whose effects take most of that up; the
        # weak prior pulls on them, and late bands of ER-negative disease have few events.
        np.testing.assert_allclose(moved, -adjustment, atol=0.08)


def test_unknown_covariates_are_averaged_over_not_dropped() -> None:
    """Half the receptors unknown: still all patients teach, and the truth stays within four SE."""
    missing = simulate_cohort(toy_model(), 6000, 8, flaws=Flaws(missing={"her2": 0.5, "grade": 0.3}))
    fit = learn_cohort(missing, None)
    assert fit.counts["patients"] == 6000
    away = (fit.both.mean - toy_model().theta) / fit.both.sd
    silent = np.isin(np.arange(len(away)), np.flatnonzero(fit.both.sd > 1.4))
    assert np.abs(away[~silent]).max() < 4
    complete = learn_cohort(simulate_cohort(toy_model(), 6000, 8, flaws=Flaws()), None)
    layout = toy_model().layout
    her2 = layout.names.index("pattern.effects[HR+/HER2+, brain]")
    assert fit.both.sd[her2] > 1.05 * complete.both.sd[her2]


def test_an_incident_series_learns_where_and_not_whether() -> None:
    followed = cohort(4000)
    series = followed.take(followed.presented)
    series = replace(series, followed=np.zeros(len(series), bool), entry=series.distant.copy())
    toy = toy_model()
    levels = [Between((name,), 0.5) for name in toy.layout.names if name.startswith("pattern.level")]
    prior = replace(toy, between=(*toy.between, *levels))
    fit = learn_cohort(series, prior)
    assumed, layout = from_literature(prior), prior.layout
    rate = slice(layout.slices["rate.level"].start, layout.slices["rate.effects"].stop)
    np.testing.assert_allclose(fit.both.mean[rate], prior.theta[rate], atol=1e-6)
    np.testing.assert_allclose(fit.both.sd[rate], assumed.sd[rate], rtol=1e-6)
    level = layout.slices["pattern.level"]
    assert (fit.both.sd[level] < 0.5 * assumed.sd[level]).all()


@pytest.mark.parametrize("prior", [None, "literature"])
def test_few_events_are_refused_with_a_reason(prior: str | None) -> None:
    few = cohort().take(np.flatnonzero(~cohort().presented)[:400])
    with pytest.raises(InputError, match="0 metastatic patients"):
        learn_cohort(few, None if prior is None else toy_model())


def test_tables_of_other_sites_are_refused() -> None:
    tables = replace(tabulate(cohort()), bands=(0.0, 3.0))
    with pytest.raises(InputError, match="bands"):
        learn_cohort(tables, toy_model())


def test_separation_is_told_and_stays_finite() -> None:
    """No lobular cancer with liver metastases: without the penalty the estimate runs off to the ridge."""
    patients = cohort(2500, 2)
    lobular = (patients.covariates["histology"] == "lobular").to_numpy()
    patients = patients.take(~(lobular & patients.found_at_presentation[:, 2]))
    fit = learn_cohort(patients, None)
    assert "pattern.effects[lobular, liver]" in fit.separated
    estimate = fit.both.mean[toy_model().layout.names.index("pattern.effects[lobular, liver]")]
    assert -3.5 < estimate < -0.5


def test_conflict_is_found_where_it_is() -> None:
    """The literature is told that triple-negative disease spares the brain; the cohort knows otherwise."""
    theta = toy_model().theta.copy()
    theta[toy_model().layout.names.index("pattern.effects[TNBC, brain]")] -= 2.5
    fit = learn_cohort(cohort(4000), replace(toy_model(), theta=theta))
    p = {conflict.block: conflict.p for conflict in fit.conflicts}
    assert p["pattern.effects[TNBC]"] < 1e-4
    others = [value for name, value in p.items() if name != "pattern.effects[TNBC]" and not np.isnan(value)]
    # Some twenty tests of true blocks.
    assert min(others) > 0.01 / len(others)


def test_a_silent_cohort_is_in_no_conflict() -> None:
    silent = {conflict.block: conflict.degrees for conflict in fitted().conflicts}
    assert silent["prevalence.level"] == silent["pattern.de_novo"] == 0


def test_with_the_prior_held_out_patients_are_foreseen_better() -> None:
    """In 150 patients, prior knowledge outweighs: the mean log density of 3,000 others says so."""
    held = cohort(3000, 9)
    small = cohort(150, 4)
    with_prior = log_density(learn_cohort(small, toy_model()).model, held).mean()
    alone = log_density(learn_cohort(small, None).model, held).mean()
    assert with_prior > alone + 0.01


def test_log_density_is_best_at_the_truth() -> None:
    """A proper score: no other coefficients do better on many patients (difference over its own error)."""
    held, model = cohort(3000, 9), toy_model()
    best = log_density(model, held)
    for block, change in (
        ("rate.level", 0.3),
        ("pattern.pair", 0.5),
        ("progression.level", 0.6),
        ("death.level", 0.6),
    ):
        theta = model.theta.copy()
        theta[model.layout.slices[block]] += change
        gain = best - log_density(replace(model, theta=theta), held)
        assert gain.mean() / (gain.std() / len(gain) ** 0.5) > 3, block


def test_the_mean_over_studies_is_that_of_the_joint_normal() -> None:
    """Worked out a second way: mean and own together, conditioned on own ones seen with error."""
    model = load_model("literature")
    v, t = model.covariance, own_deviation(model)
    rng = np.random.default_rng(2)
    seen = model.theta + rng.standard_normal(len(model.theta)) * 0.3
    information = np.diag(rng.uniform(1.0, 50.0, len(seen)))
    own_cov = np.linalg.inv(np.linalg.inv(v + t) + information)
    own = Gaussian(model.theta + own_cov @ information @ (seen - model.theta), own_cov)
    found = mean_over_studies(model, own)
    total = v + t + np.linalg.inv(information)
    expected = model.theta + v @ np.linalg.solve(total, seen - model.theta)
    held = model.layout.slices["rate.year"]  # taken from its source, whatever a cohort says
    np.testing.assert_array_equal(found.mean[held], model.theta[held])
    np.testing.assert_array_equal(found.covariance[held, held], v[held, held])
    free = np.setdiff1d(np.arange(len(v)), np.arange(held.start, held.stop))
    # Inverses of matrices whose condition is about 1e5.
    np.testing.assert_allclose(found.mean[free], expected[free], atol=1e-8)
    both = np.ix_(free, free)
    np.testing.assert_allclose(found.covariance[both], (v - v @ np.linalg.solve(total, v))[both], atol=1e-8)


def test_levels_differ_freely_between_populations() -> None:
    model = load_model("literature")
    stated, own = np.diag(between_studies(model)), np.diag(own_deviation(model))
    level = model.layout.slices["rate.level"]
    assert (own[level] > 4 * stated[level]).all()
    # Sites and effects as far as the model itself says.
    for block in ("pattern.level", "pattern.effects"):
        place = model.layout.slices[block]
        np.testing.assert_array_equal(own[place], stated[place])
