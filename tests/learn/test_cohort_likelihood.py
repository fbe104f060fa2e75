"""The likelihood of a cohort: derivatives against differences, parts against fits that equal R's."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from organotropism import Model
from organotropism.cohort import Cohort, Flaws, simulate_cohort
from organotropism.cohort.tabulate import Tables, tabulate
from organotropism.learn.cohort_prior import ridge
from organotropism.learn.likelihood import derivatives
from organotropism.learn.parts import Jeffreys, State, columns
from organotropism.learn.read_tables import Frame, units
from organotropism.learn.shared_units import shared_units
from organotropism.learn.tables import fit_pattern, fit_rate
from organotropism.learn.units import Design, design
from organotropism.learn.update import Gaussian, update
from organotropism.process import pattern, progression, rate
from toy import toy_model

Array = NDArray[np.float64]
MISSING = {"her2": 0.3, "pr": 0.3, "grade": 0.2, "ki67": 0.5, "histology": 0.1}


def read(tables: Tables, model: Model) -> Design:
    frame = Frame.of(model)
    found = shared_units(tables, frame) if tables.shared else units(tables, frame)
    return design(model.layout, found, frame.index, frame.centre)


@cache
def cohort(missing: bool, count: int = 600, stage_iv: bool = True) -> Cohort:
    flaws = Flaws(missing=MISSING if missing else {}, lost=0.02)
    return simulate_cohort(toy_model(), count, 3, flaws=flaws, stage_iv=stage_iv)


@pytest.mark.parametrize("missing", [False, True])
def test_score_is_the_slope_of_the_log_likelihood(missing: bool) -> None:
    model = toy_model()
    data = read(tabulate(cohort(missing)), model)
    found = derivatives(data, model.theta)
    # Central differences of a value of 1e3: error of rounding 1e-13 * 1e3 / 1e-5, of curvature 1e-10 * 1e3.
    for j in range(model.layout.size):
        step = np.zeros(model.layout.size)
        step[j] = 1e-5
        up, down = (State(data, model.theta + s).posterior()[1].sum() for s in (step, -step))
        assert found.score[j] == pytest.approx((up - down) / 2e-5, abs=1e-4), model.layout.names[j]


@pytest.mark.parametrize("smallest", [1, 4])
def test_slope_is_the_derivative_of_the_score(smallest: int) -> None:
    model = toy_model()
    data = read(tabulate(cohort(True), smallest=smallest), model)
    direction = np.random.default_rng(0).standard_normal(model.layout.size)
    up, down = (derivatives(data, model.theta + h * direction).score for h in (1e-5, -1e-5))
    difference = (down - up) / 2e-5
    slope = derivatives(data, model.theta).slope @ direction
    # Differences of scores of 1e2 to 1e4, exact to 1e-8 of the largest.
    np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-7 * np.abs(difference).max())


def test_log_likelihood_is_that_of_the_forecast() -> None:
    """Known covariates: presentation, set and course as the process states them, patient by patient."""
    model = toy_model()
    patients = cohort(False, 80, stage_iv=False)
    data = read(tabulate(patients, apart=True), model)
    found = State(data, model.theta).posterior()[1]
    by_patient = np.empty(len(patients))
    by_patient[data.units.stratum] = found
    layout, theta = model.layout, model.theta[None]
    years = [float(p.year_of_diagnosis or 0) for p in patients.patients()]
    cells = model.population.expand(patients.patients(), model.index, years)
    assert len(cells) == len(patients)
    rows = rate.design(cells, model.index, model.centre, layout.bands)
    log_rate = rate.log_hazard(layout, theta, rows)[0]
    scores = pattern.scores(cells)
    sets = pattern.probabilities(layout, theta, scores)[0]
    effects = pattern.site_effects(layout, theta, scores)
    for i in range(len(patients)):
        at, end = patients.distant[i], patients.follow_up[i]
        until = min(at, end)
        free = rate.free_until(layout.bands, log_rate[i], rows.other[i], until)
        expected = np.log(free)
        if np.isfinite(at):
            expected += log_rate[i, np.searchsorted(layout.bands, at, side="left") - 1]
            number = int(patients.found_at_presentation[i] @ (1 << np.arange(5)))
            expected += np.log(sets[i, number])
            hazards = progression.hazards(layout, theta, effects[:, i : i + 1], cells.subtype[i : i + 1])
            later = sorted(
                (t - at, k)
                for k, t in enumerate(patients.site_time[i])
                if np.isfinite(t) and not patients.found_at_presentation[i, k]
            )
            path = [(0.0, number)]
            for since, site in later:
                path.append((since, path[-1][1] | 1 << site))
            expected += progression.log_likelihood(layout, hazards, path, end - at)[0]
            if patients.died[i]:
                band = np.searchsorted(layout.since, end - at, side="left") - 1
                expected += hazards.death[0, band] + hazards.death_by_set[0, path[-1][1]]
        elif patients.died[i]:
            expected += np.log(rows.other[i, int(np.ceil(end)) - 1])
        # Sums of some ten terms of order one.
        assert by_patient[i] == pytest.approx(float(expected), abs=1e-9)


def mode(data: Design, model: Model, sd: float) -> Gaussian:
    """Mode under a ridge with the given SD, as `ridge` in the fits that were checked against R."""
    prior = Gaussian(np.zeros(model.layout.size), np.eye(model.layout.size) * sd**2)
    return update(data, prior, model.theta).posterior


@pytest.mark.oracle
def test_rate_equals_the_fit_that_equals_glm() -> None:
    """`fit_rate` equals R's glm (test_tables_oracle.py); here on the design of the process, with a ridge."""
    model = toy_model()
    data = read(tabulate(cohort(False)), model)
    rows = data.rate
    # What is fixed (treatment in use at the time) multiplies the years at risk.
    expected = fit_rate(rows.events, rows.years * np.exp(rows.offset), rows.design, ridge=1.0)
    place = columns(data, "rate.")
    found = mode(data, model, 1.0)
    # Both are Newton on the same concave function, stopped at 1e-6 posterior SD or better.
    np.testing.assert_allclose(found.mean[place], expected.coef, atol=1e-6)
    np.testing.assert_allclose(found.covariance[place, place], expected.cov, atol=1e-8)


@pytest.mark.oracle
def test_pattern_equals_the_fit_that_equals_coxph() -> None:
    """`fit_pattern` equals R's coxph; it puts no ridge on the levels, so theirs is made flat here."""
    model = toy_model()
    layout = model.layout
    data = read(tabulate(cohort(False, stage_iv=False)), model)
    found = data.units.found
    held = layout.sets.membership[found.set_number[data.found_row]] > 0
    expected = fit_pattern(held, data.scores[data.group[data.found_cell]], found.patients, ridge=4.0)
    variance = np.full(layout.size, 0.25)
    variance[layout.slices["pattern.level"]] = 1e6
    # Held at 0, the later course tells nothing of the effects.
    variance[layout.slices["progression.slope"]] = 1e-12
    result = update(data, Gaussian(np.zeros(layout.size), np.diag(variance)), model.theta).posterior
    for name, value in (("level", expected.alpha), ("pair", expected.J), ("effects", expected.delta)):
        # A variance of 1e6 moves the levels by less than 1e-6 of their values.
        np.testing.assert_allclose(layout.block(result.mean, f"pattern.{name}"), value, atol=1e-5)
    effects = layout.slices["pattern.effects"]
    # The variance of 1e-12 left to the slope lets through its square of a score of 1e3.
    np.testing.assert_allclose(result.covariance[effects, effects], expected.cov[15:, 15:], atol=1e-5)


def test_jeffreys_score_is_the_derivative_of_half_the_log_determinant() -> None:
    model = toy_model()
    data = read(tabulate(cohort(False)), model)
    size, precision = model.layout.size, 0.1 * np.eye(model.layout.size)

    def half_log_determinant(theta: Array, part: str) -> float:
        place = columns(data, part)
        information = derivatives(data, theta).slope[place, place] + precision[place, place]
        return float(np.linalg.slogdet(information)[1] / 2)

    plain = derivatives(data, model.theta).score
    for part, prefix, block in (("rate", "rate.", "rate.effects"), ("pattern", "pattern.", "pattern.pair")):
        penalised = derivatives(data, model.theta, Jeffreys((part,), precision)).score
        for j in range(model.layout.slices[block].start, model.layout.slices[block].stop):
            step = np.zeros(size)
            step[j] = 1e-5
            up, down = (half_log_determinant(model.theta + s, prefix) for s in (step, -step))
            # Differences of a log determinant of some tens.
            assert penalised[j] - plain[j] == pytest.approx((up - down) / 2e-5, abs=1e-6)


def test_strata_and_patients_give_the_same() -> None:
    """Cost grows with strata: patients alike are one, and the derivatives do not tell."""
    model = toy_model()
    rounded = cohort(False)
    alike = rounded.covariates.with_columns(
        pl.lit(50.0).alias("age"), pl.lit(15.0).alias("size_mm"), pl.lit(2010).alias("year_of_diagnosis"),
        pl.lit(5.0).alias("ki67"), pl.lit(1).alias("positive_nodes")
    )  # fmt: skip
    patients = Cohort(**{**vars(rounded), "covariates": alike})
    together, apart = (read(tabulate(patients, apart=flag), model) for flag in (False, True))
    assert len(together.units.times) < len(apart.units.times) / 3
    few, many = derivatives(together, model.theta), derivatives(apart, model.theta)
    # Sums in another order.
    np.testing.assert_allclose(few.score, many.score, rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(few.slope, many.slope, rtol=1e-9, atol=1e-8)


def test_without_data_the_prior_stays() -> None:
    model = toy_model()
    empty = cohort(False).take(np.zeros(600, bool))
    weak = ridge(model.layout, {})
    nobody = read(tabulate(cohort(False, 600).take(np.arange(600) < 1)), model)
    found = update(nobody, weak, weak.mean).posterior
    assert len(empty) == 0
    silent = model.layout.slices["death.subtype"]
    np.testing.assert_allclose(found.mean[silent], weak.mean[silent], atol=1e-6)
    np.testing.assert_allclose(found.sd[silent], weak.sd[silent], rtol=1e-6)
