"""Random-effects meta-analysis against R metafor (tests/oracles/pool.R), closed forms and known truth."""

import json
from math import isclose, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.meta_analysis import Pooled, common_mean, heterogeneity, random_effects, reml

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
SETS = json.loads((ORACLES / "pool_input.json").read_text(encoding="utf-8"))["sets"]
RESULTS = json.loads((ORACLES / "pool.json").read_text(encoding="utf-8"))["sets"]
NUMBERS = (
    "mean", "se", "low", "high", "prediction_low", "prediction_high", "tau2", "q", "q_p", "i2"
)  # fmt: skip

ratios = st.floats(-3, 3)
errors = st.floats(0.02, 1.5)
studies = st.lists(st.tuples(ratios, errors), min_size=2, max_size=12).map(
    lambda rows: list(zip(*rows, strict=True))
)


@pytest.mark.oracle
@pytest.mark.parametrize(
    "given_set, result", list(zip(SETS, RESULTS, strict=True)), ids=[s["name"] for s in SETS]
)
def test_equals_metafor(given_set, result):
    pooled = random_effects(given_set["y"], given_set["se"])
    assert given_set["name"] == result["name"]
    # Both maximise the same likelihood to about 1e-13; 1e-6 is what issue and readers ask for, 1e-9 what
    # holds with room for the order of sums. Relative for Q, which reaches thousands.
    for name in NUMBERS:
        assert getattr(pooled, name) == pytest.approx(result[name], rel=1e-9, abs=1e-9), name
    assert pooled.weights == pytest.approx(result["weights"], abs=1e-9)
    assert pooled.k == len(given_set["y"])


def test_oracle_holds_the_boundary_and_large_spread():
    assert sum(result["tau2"] == 0 for result in RESULTS) >= 10
    assert sum(result["i2"] > 0.95 for result in RESULTS) >= 10
    assert {len(s["y"]) for s in SETS} >= set(range(2, 31))


@given(ratios, ratios, errors)
def test_two_studies_of_equal_error_by_hand(a, b, se):
    pooled = random_effects([a, b], [se, se])
    # With equal errors REML is the sample variance less the error variance, and Hartung-Knapp's error the
    # sample's: both by arithmetic, so equal to rounding.
    variance = (a - b) ** 2 / 2
    assert pooled.mean == pytest.approx((a + b) / 2, abs=1e-12)
    assert pooled.tau2 == pytest.approx(max(0.0, variance - se**2), abs=1e-9)
    assert pooled.se == pytest.approx(sqrt(variance / 2), abs=1e-9)
    assert pooled.high - pooled.mean == pytest.approx(12.706204736 * pooled.se, rel=1e-8, abs=1e-9)


@given(studies, st.floats(-2, 2))
def test_shift_and_mirror(rows, shift):
    y, s = (np.array(column) for column in rows)
    pooled, moved, mirrored = random_effects(y, s), random_effects(y + shift, s), random_effects(-y, s)
    # Rounding of y moves a flat likelihood's maximum by about its square root.
    for name in ("mean", "low", "high", "prediction_low", "prediction_high"):
        assert getattr(moved, name) - shift == pytest.approx(getattr(pooled, name), abs=1e-5)
    assert (mirrored.mean, mirrored.low) == pytest.approx((-pooled.mean, -pooled.high), abs=1e-5)


@given(studies)
def test_intervals_and_weights(rows):
    pooled = random_effects(*rows)
    assert pooled.prediction_low <= pooled.low <= pooled.mean <= pooled.high <= pooled.prediction_high
    assert min(rows[0]) - 1e-12 <= pooled.mean <= max(rows[0]) + 1e-12
    assert sum(pooled.weights) == pytest.approx(1, abs=1e-12)
    assert 0 <= pooled.i2 < 1
    assert 0 <= pooled.q_p <= 1


@given(studies)
def test_reml_is_at_the_maximum(rows):
    y, v = np.array(rows[0]), np.square(rows[1])
    best = reml(y, v)

    def likelihood(tau2):
        # by the determinant and the inverse of the full covariance, not by the sums of the code
        covariance = np.diag(v + tau2)
        one = np.ones((len(y), 1))
        inverse = np.linalg.inv(covariance)
        information = (one.T @ inverse @ one).item()
        rest = y - (one.T @ inverse @ y).item() / information
        determinant = np.linalg.slogdet(covariance)[1]
        return -(determinant + np.log(information) + rest @ inverse @ rest) / 2

    others = [best * factor for factor in (0.0, 0.5, 0.9, 1.1, 2.0, 10.0)] + [1e-4, 0.01, 0.1, 1.0]
    # 1e-9 is the rounding of a sum of a dozen terms of order 10 or less
    assert all(likelihood(other) <= likelihood(best) + 1e-9 for other in others)


def test_known_truth_is_covered():
    # 400 meta-analyses of 15 studies with a spread of .4 between them: the 95 % intervals hold the true mean,
    # and the effect in a new study, in .95 of them, give or take three standard errors of a share of 400.
    # (With a handful of studies the prediction interval is known to hold less: Partlett & Riley 2017.)
    rng = np.random.default_rng(3)
    mean_held = new_held = 0
    for _ in range(400):
        s = rng.uniform(0.1, 0.4, 15)
        pooled = random_effects(rng.normal(0.7, np.sqrt(s**2 + 0.16)), s)
        mean_held += pooled.low <= 0.7 <= pooled.high
        new_held += pooled.prediction_low <= rng.normal(0.7, 0.4) <= pooled.prediction_high
    for held in (mean_held, new_held):
        assert abs(held / 400 - 0.95) < 3 * sqrt(0.95 * 0.05 / 400)


def test_common_mean_and_heterogeneity():
    assert common_mean([1.0, 2.0], [1.0, 0.5]) == pytest.approx(1.8)
    # (1 - 1.8)^2 + 4 (2 - 1.8)^2
    assert heterogeneity([1.0, 2.0], [1.0, 0.5]) == pytest.approx(0.8)
    assert heterogeneity([0.4], [0.1]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "y, s, message",
    [
        ([0.1], [0.2], "at least two"),
        ([0.1, 0.2], [0.2], "at least two"),
        ([0.1, 0.2], [0.2, 0.0], "positive"),
        ([0.1, float("nan")], [0.2, 0.1], "finite"),
    ],
)
def test_what_cannot_be_pooled(y, s, message):
    with pytest.raises(ValueError, match=message):
        random_effects(y, s)


def test_result_is_plain_numbers():
    pooled = random_effects([0.1, 0.4, 0.2], [0.1, 0.2, 0.1])
    assert isinstance(pooled, Pooled)
    # numpy scalars would not go into JSON
    assert {type(getattr(pooled, name)) for name in NUMBERS} == {float}
    assert isclose(pooled.weights[0], pooled.weights[2])
