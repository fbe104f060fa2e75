"""Explained variation of the rate: against what the definitions say in cases where that is known."""

from math import log, pi, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from organotropism.explain import prognostic
from organotropism.explain.observed import cox_slope
from organotropism.explain.shapley import shapley

EXACT = 1e-12


def equal(n: int) -> np.ndarray:
    return np.full(n, 1.0 / n)


def test_scores_of_many_equal_weights_are_the_normal_quantiles() -> None:
    index = np.random.default_rng(1).normal(size=2001)
    rank = index.argsort().argsort() + 1
    blom = norm.ppf((rank - 3 / 8) / (2001 + 1 / 4))
    inner = (rank > 20) & (rank < 1982)
    # A score is the mean over its slice of the normal, Blom's a quantile: apart at the very ends alone.
    assert prognostic.normal_scores(index, equal(2001))[inner] == pytest.approx(blom[inner], abs=5e-3)


def test_scores_of_two_levels_are_the_means_of_the_parts_of_a_normal() -> None:
    scores = prognostic.normal_scores(np.array([0.0, 1.0, 1.0]), np.array([0.5, 0.2, 0.3]))
    assert scores == pytest.approx([-sqrt(2 / pi), sqrt(2 / pi), sqrt(2 / pi)], abs=EXACT)


def test_d_of_a_normal_index_is_its_spread_and_of_two_halves_their_difference() -> None:
    grid = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    # The spread of a grid of quantiles falls short of that of the distribution by its missing ends.
    assert prognostic.separation(0.7 * grid + 3.0, equal(20_000)) == pytest.approx(
        sqrt(8 / pi) * 0.7, rel=1e-3
    )
    halves = prognostic.separation(np.array([0.0, log(2.0)]), np.array([0.5, 0.5]))
    assert halves == pytest.approx(log(2.0), abs=EXACT)
    assert prognostic.separation(np.zeros(3), equal(3)) == 0.0


def test_d_without_outcomes_is_what_outcomes_would_give() -> None:
    rng = np.random.default_rng(3)
    index = 0.9 * rng.normal(size=40_000) + 0.4 * (rng.random(40_000) < 0.3)
    years = rng.exponential(size=40_000) / np.exp(index)
    scores = prognostic.normal_scores(index, equal(40_000))
    fitted = cox_slope(scores, np.zeros(40_000), years, np.ones(40_000, bool))
    assert fitted is not None
    slope, error = fitted
    expected = prognostic.KAPPA * slope
    # Three standard errors of the simulation.
    assert prognostic.separation(index, equal(40_000)) == pytest.approx(
        expected, abs=3 * prognostic.KAPPA * error
    )


def test_explained_variation_is_that_of_the_log_of_time() -> None:
    """R2_D estimates the share of the index in the variance of log time, index plus noise."""
    rng = np.random.default_rng(4)
    index = 0.8 * rng.normal(size=400_000)
    log_time = np.log(rng.exponential(size=400_000)) - index
    share = index.var() / log_time.var()
    # Ten standard errors of the ratio of variances.
    assert prognostic.explained(prognostic.separation(index, equal(400_000))) == pytest.approx(
        share, abs=0.01
    )


def test_shares_of_the_variance_are_shapley_values() -> None:
    rng = np.random.default_rng(5)
    parts = {name: rng.normal(size=50) for name in "abcd"}
    parts["b"] += 0.5 * parts["a"]
    parts["d"] = np.zeros(50)
    weights = rng.random(50)
    weights /= weights.sum()

    def variance(coalition: int) -> float:
        index = sum(
            (part for place, part in enumerate(parts.values()) if coalition >> place & 1), np.zeros(50)
        )
        return float(weights @ (index - weights @ index) ** 2)

    values = np.array([[variance(coalition)] for coalition in range(16)])
    found = prognostic.shares_of_variance(parts, weights)
    assert list(found.values()) == pytest.approx(list(shapley(values)[:, 0] / values[-1, 0]), abs=EXACT)
    assert found["d"] == 0.0
    assert sum(found.values()) == pytest.approx(1.0, abs=EXACT)


def test_entropy_explained_of_nothing_and_of_everything() -> None:
    weights = np.array([0.3, 0.7])
    assert prognostic.entropy_explained(np.array([0.2, 0.2]), weights) == pytest.approx(0.0, abs=EXACT)
    assert prognostic.entropy_explained(np.array([1.0, 0.0]), weights) == pytest.approx(1.0, abs=EXACT)
