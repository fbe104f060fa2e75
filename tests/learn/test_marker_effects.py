"""A cohort's own marker effect: simulated truth comes back, and the likelihood is that written out apart."""

from dataclasses import replace
from itertools import product

import numpy as np
import polars as pl
import pytest

from organotropism.cohort import Cohort, simulate
from organotropism.errors import InputError
from organotropism.learn.marker_effects import (
    BETWEEN_SD,
    PRIOR_SD,
    MarkerEffect,
    _data,
    _derivatives,
    marker_effect,
)
from organotropism.patient import Patient
from organotropism.process.offsets import Offset, shifted
from toy import toy_model

TRUTH = np.array([0.7, 0.8, -0.6, 0.0, 0.5, 0.0])
SHARE = 0.3
COMMON = {"ki67": 5.0, "grade": 2, "histology": "ductal", "detection": "symptoms"}
KINDS = [
    {"subtype": subtype, "pr": pr, "age": age, "size_mm": size, "positive_nodes": nodes, **COMMON}
    for (subtype, pr), age, size, nodes in product(
        [("HR+/HER2-", "positive"), ("TNBC", "negative")], (45.0, 65.0), (15.0, 40.0), (0, 5)
    )
]


def cohort(count: int, seed: int, truth: np.ndarray) -> tuple[Cohort, np.ndarray]:
    """Patients followed for 15 years, the marker independent of what is known of them."""
    rng = np.random.default_rng(seed)
    positive = (rng.random(count) < SHARE).astype(float)
    rows = [KINDS[i] for i in rng.integers(len(KINDS), size=count)]
    patients = [Patient.parse(row) for row in rows]
    any_time, death, sites = np.empty(count), np.empty(count), np.empty((count, 5))
    for value in (0.0, 1.0):
        factor = 1 - SHARE if value else -SHARE
        added = Offset("x", factor * truth[0], factor * truth[1:], np.zeros((6, 6)))
        mine = np.flatnonzero(positive == value)
        found = simulate(shifted(toy_model(), added), [patients[i] for i in mine], seed + int(value), 15.0)
        any_time[mine], death[mine], sites[mine] = found.any_time, found.death_time, found.site_time
    follow_up = np.minimum(death, 15.0)
    return Cohort(
        "simulated",
        pl.DataFrame({"id": [str(i) for i in range(count)], **pl.DataFrame(rows).to_dict(as_series=False)}),
        toy_model().layout.sites,
        np.zeros(count),
        follow_up,
        death <= 15.0,
        np.where(any_time <= follow_up, any_time, np.inf),
        np.where(sites <= follow_up[:, None], sites, np.inf),
        np.ones(count, bool),
    ), positive


@pytest.fixture(scope="module")
def found() -> tuple[MarkerEffect, Cohort, np.ndarray]:
    people, positive = cohort(6000, 11, TRUTH)
    # A prior so wide that the data speak alone.
    return marker_effect(toy_model(), people, positive, (np.zeros(6), 100 * np.eye(6))), people, positive


def test_truth_comes_back(found: tuple[MarkerEffect, Cohort, np.ndarray]) -> None:
    effect = found[0]
    z = (effect.mean - TRUTH) / np.sqrt(np.diag(effect.covariance))
    # Six standard normal numbers exceed 3.3 once in a thousand times.
    assert np.abs(z).max() < 3.3
    assert np.sqrt(effect.covariance[0, 0]) < 0.1
    assert effect.patients == 6000
    assert effect.share == pytest.approx(SHARE, abs=0.02)


def test_errors_have_their_size() -> None:
    scores = []
    for seed in range(12):
        people, positive = cohort(1500, 100 + 10 * seed, TRUTH)
        effect = marker_effect(toy_model(), people, positive, (np.zeros(6), 100 * np.eye(6)))
        scores.append((effect.mean - TRUTH) / np.sqrt(np.diag(effect.covariance)))
    # 72 squared standard normal numbers: mean 1, standard deviation .17 (a little more, being correlated).
    assert 0.5 < np.mean(np.square(scores)) < 1.6


def test_optimum_of_the_likelihood_written_out(found: tuple[MarkerEffect, Cohort, np.ndarray]) -> None:
    _, people, positive = found
    data = _data(toy_model(), people.take(np.arange(300)), positive[:300] - SHARE)

    def log_likelihood(theta: np.ndarray) -> float:
        total = 0.0
        for hazard, event, marker in zip(data.exposure, data.event, data.rate_marker, strict=True):
            eta = theta[0] + marker * theta[6]
            total += event * eta - hazard * np.exp(eta)
        for sets, found_, marker in zip(data.sets, data.found, data.marker, strict=True):
            by_set = [
                sets[a] + sum((theta[1 + s] + marker * theta[7 + s]) * (a >> s & 1) for s in range(5))
                for a in range(1, 32)
            ]
            number = int(sum(int(v) << s for s, v in enumerate(found_)))
            total += by_set[number - 1] - np.log(np.exp(by_set).sum())
        return total

    theta = np.linspace(-0.4, 0.5, 12)
    gradient, information = _derivatives(data, theta)
    step = 1e-5
    for place in range(12):
        up, down = (theta + sign * step * np.eye(12)[place] for sign in (1, -1))
        numeric = (log_likelihood(up) - log_likelihood(down)) / (2 * step)
        # Central differences: errors of the order of step², and of rounding (1e-13 x 1e3) over step.
        assert gradient[place] == pytest.approx(numeric, abs=1e-4)
        column = (_derivatives(data, up)[0] - _derivatives(data, down)[0]) / (2 * step)
        np.testing.assert_allclose(information[place], -column, atol=1e-4)


def test_marker_without_an_effect_has_none() -> None:
    people, positive = cohort(3000, 5, np.zeros(6))
    effect = marker_effect(toy_model(), people, positive, (np.zeros(6), 100 * np.eye(6)))
    assert np.abs(effect.mean / np.sqrt(np.diag(effect.covariance))).max() < 3.3


def test_who_entered_with_metastases_teaches_nothing() -> None:
    people, positive = cohort(1200, 5, TRUTH)
    prevalent = people.presented & (np.arange(1200) % 2 == 0)
    entered = replace(people, entry=np.where(prevalent, people.distant + 0.01, people.entry))
    wide = (np.zeros(6), 100 * np.eye(6))
    with_them = marker_effect(toy_model(), entered, positive, wide)
    without = marker_effect(toy_model(), people.take(~prevalent), positive[~prevalent], wide)
    # The share of carriers counts everybody, and the levels, which have a prior, are centred there: it moves
    # the contrast by a hundredth of its standard errors of some .15.
    np.testing.assert_allclose(with_them.mean, without.mean, atol=5e-3)


def test_few_patients_leave_the_literature_widened_by_the_spread_of_cohorts() -> None:
    people, positive = cohort(3000, 5, TRUTH)
    few = np.r_[np.flatnonzero(positive == 1)[:1], np.flatnonzero(positive == 0)[:1]]
    literature = (np.linspace(0.2, 0.7, 6), 0.1**2 * np.eye(6))
    effect = marker_effect(toy_model(), people.take(few), positive[few], literature)
    # Two patients tell next to nothing: a few hundredths of the prior's SD of .32.
    np.testing.assert_allclose(effect.mean, literature[0], atol=0.08)
    np.testing.assert_allclose(np.diag(effect.covariance), 0.1**2 + BETWEEN_SD**2, rtol=0.12)
    silent = marker_effect(toy_model(), people.take(few), positive[few])
    assert silent.covariance[1, 1] == pytest.approx(PRIOR_SD**2 + BETWEEN_SD**2, rel=0.12)


def test_more_relapses_in_the_cohort_are_not_the_markers(
    found: tuple[MarkerEffect, Cohort, np.ndarray],
) -> None:
    effect, people, positive = found
    low = shifted(toy_model(), Offset("level", -0.8, np.array([0.5, 0, 0, 0, 0]), np.zeros((6, 6))))
    other = marker_effect(low, people, positive, (np.zeros(6), 100 * np.eye(6)))
    # The cohort's own levels take up the difference; what is left is curvature.
    np.testing.assert_allclose(other.mean, effect.mean, atol=0.03)


def test_offset_enters_a_forecast(found: tuple[MarkerEffect, Cohort, np.ndarray]) -> None:
    effect = found[0]
    patient = Patient.parse(KINDS[0])
    up, down = (
        toy_model().forecast(patient, offsets=[effect.offset("M", value)], intervals=False)
        for value in (True, False)
    )
    assert up.any(10).risk > down.any(10).risk
    assert up.offset.text == "M positive"


@pytest.mark.parametrize("values", [np.ones(40), np.full(40, np.nan), np.ones(3)])
def test_markers_that_tell_nothing_are_refused(values: np.ndarray) -> None:
    people, _ = cohort(40, 1, TRUTH)
    with pytest.raises(InputError, match="does not tell patients apart"):
        marker_effect(toy_model(), people, values)


def test_unmeasured_patients_are_left_out() -> None:
    people, positive = cohort(800, 3, TRUTH)
    gaps = positive.copy()
    gaps[600:] = np.nan
    one = marker_effect(toy_model(), people, gaps)
    other = marker_effect(toy_model(), people.take(np.arange(600)), positive[:600])
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-9)
    assert one.patients == 600
