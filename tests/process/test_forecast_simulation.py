"""Forecasts against courses simulated event by event, which share none of the forecast's numerics."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from organotropism.cohort import Simulated, simulate
from organotropism.patient import Patient
from organotropism.process.model import Model
from process.cases import KNOWN, QUANTITIES, risks_at_coefficients
from toy import toy_model

COPIES = 200_000
HORIZONS = np.array([2.0, 5.0, 10.0])
#: 54 numbers per patient and 8 patients: if all were independent and right, the largest of the 432 would
#: pass 4 standard errors with probability 432 x 6.3e-5 = 2.7 %. Seeds are fixed, so a pass stays a pass.
LIMIT = 4.0

LUMINAL = {**KNOWN, "er": "positive", "pr": "positive", "her2": "positive", "age": 71, "histology": "lobular"}
PATIENTS = {
    "TNBC, all known": KNOWN,
    "luminal, all known, treated": {**LUMINAL, "endocrine_therapy": True, "chemotherapy": "none"},
    "subtype and half of the rest unknown": {"er": "positive", "grade": 2, "age": 61, "size_mm": 22},
    "only HER2 known": {"her2": "negative", "n": "N2", "year_of_diagnosis": 1996},
}


def standard_errors(found: dict[str, NDArray[np.bool_]], model: Model, patient: Patient) -> float:
    """Largest distance of a forecast from simulated frequencies, in binomial standard errors.

    `found` holds, per quantity, a row of outcomes per simulated course.
    """
    risks = risks_at_coefficients(model, patient, *HORIZONS)
    worst = 0.0
    for quantity in QUANTITIES:
        expected = getattr(risks, quantity)[0, 0]
        courses = found[quantity]
        error = np.sqrt(expected * (1 - expected) / len(courses))
        certain = error == 0.0
        distance = np.abs(courses.mean(0) - expected)
        assert np.all(distance[certain] < 1e-12), quantity
        worst = max(worst, float((distance[~certain] / error[~certain]).max(initial=0.0)))
    return worst


def outcomes(
    courses: Simulated, rows: NDArray[np.bool_], now: NDArray[np.float64]
) -> dict[str, NDArray[np.bool_]]:
    """What happened after `now` (n,), per quantity, among the courses picked by `rows`."""
    until = now[rows, None] + HORIZONS
    at_presentation = courses.at_presentation[rows]
    presented = courses.any_time[rows, None] <= until
    alone = at_presentation & (at_presentation.sum(1) == 1)[:, None]
    ever_presents = np.isfinite(courses.any_time[rows])
    return {
        "any": presented,
        "first": at_presentation[:, :, None] & presented[:, None],
        "only": alone[:, :, None] & presented[:, None],
        "ever": courses.site_time[rows][:, :, None] <= until[:, None],
        "given": at_presentation[ever_presents],
        "several": at_presentation[ever_presents].sum(1) > 1,
    }


@pytest.mark.parametrize("years_free", [0.0, 3.3])
@pytest.mark.parametrize("name", PATIENTS)
def test_forecast_equals_simulated_frequencies(name: str, years_free: float) -> None:
    model, stated = toy_model(), PATIENTS[name]
    courses = simulate(model, [Patient(**stated)] * COPIES, seed=20 + round(years_free))
    free = (courses.any_time > years_free) & (courses.death_time > years_free)
    assert free.sum() > COPIES / 3
    found = outcomes(courses, free, np.full(COPIES, years_free))
    assert standard_errors(found, model, Patient(**stated, free_for=years_free)) < LIMIT


def frequent() -> Model:
    """The toy model with bone first and then liver so frequent that enough courses share a history."""
    toy = toy_model()
    theta = toy.theta[None].copy()
    toy.layout.block(theta, "rate.level")[...] += np.log(3.0)
    toy.layout.block(theta, "death.level")[...] -= np.log(2.0)
    toy.layout.block(theta, "pattern.level")[0, 1:] -= 1.0
    toy.layout.block(theta, "progression.level")[0, toy.layout.sites.index("liver")] += 1.5
    return replace(toy, theta=theta[0])


# Weights of unknown covariates move with the time of presentation; over the quarter year on either side
# they do so evenly, which leaves (rate difference x .25)^2 / 6, below 1e-3, to the mean of the weights.
UNKNOWN_PATTERN = {key: value for key, value in LUMINAL.items() if key not in ("histology", "grade", "her2")}


@pytest.mark.parametrize("stated", [LUMINAL, UNKNOWN_PATTERN], ids=["known", "partly unknown"])
def test_forecast_after_a_presentation(stated: dict[str, object]) -> None:
    model = frequent()
    courses = simulate(model, [Patient(**stated)] * COPIES, seed=31)
    bone = np.array(model.layout.sites) == "bone"
    around = (courses.any_time > 2.0) & (courses.any_time < 2.5)
    now = courses.any_time + 0.75
    unchanged = (courses.site_time[:, ~bone] > now[:, None]).all(1) & (courses.death_time > now)
    rows = around & (courses.at_presentation == bone).all(1) & unchanged
    assert rows.sum() > 1_000
    patient = Patient(**stated, involved=[{"site": "bone", "years": 2.25}], as_of=3.0)
    assert standard_errors(outcomes(courses, rows, now), model, patient) < LIMIT


@pytest.mark.parametrize("stated", [LUMINAL, UNKNOWN_PATTERN], ids=["known", "partly unknown"])
def test_forecast_after_a_further_site(stated: dict[str, object]) -> None:
    model = frequent()
    courses = simulate(model, [Patient(**stated)] * COPIES, seed=32)
    sites = np.array(model.layout.sites)
    bone, liver = sites == "bone", sites == "liver"
    since = courses.site_time[:, liver][:, 0] - np.where(np.isinf(courses.any_time), 0.0, courses.any_time)
    now = courses.any_time + 1.9
    unchanged = (courses.site_time[:, ~bone & ~liver] > now[:, None]).all(1) & (courses.death_time > now)
    # Within one band since presentation the year of the liver metastasis tells no more.
    rows = (courses.at_presentation == bone).all(1) & (since > 1.0) & (since < 1.8) & unchanged
    rows &= (courses.any_time > 0.5) & (courses.any_time < 1.5)
    assert rows.sum() > 500
    involved = [{"site": "bone", "years": 1.0}, {"site": "liver", "years": 2.4}]
    patient = Patient(**stated, involved=involved, as_of=2.9)
    assert standard_errors(outcomes(courses, rows, now), model, patient) < LIMIT
