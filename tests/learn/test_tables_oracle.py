"""The fits from tables against R's (tests/oracles/rate.R and pattern.R)."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from organotropism.learn.tables import PatternFit, fit_pattern, fit_rate

pytestmark = pytest.mark.oracle

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
Array = NDArray[np.float64]


def stored(name: str) -> Any:
    return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))


RATE_INPUT, RATE = stored("rate_input"), stored("rate")
PATTERN_INPUT, PATTERN = stored("pattern_input"), stored("pattern")
SEVERAL_SITES = [
    ("three_sites", "coxph"),
    ("three_sites", "glm"),
    ("five_sites", "coxph"),
    ("five_sites", "coxph_ridge"),
]


def person_time() -> tuple[Array, Array, Array]:
    """Events, years and design of every patient in every band entered; an event at a cut ends its band."""
    starts = np.array(RATE_INPUT["bands"])
    years, event = np.array(RATE_INPUT["years"])[:, None], np.array(RATE_INPUT["event"])[:, None]
    time = np.clip(years, starts, np.r_[starts[1:], np.inf]) - starts
    patient, band = np.nonzero(time > 0)
    last = band == (years > starts).sum(1)[patient] - 1
    x = np.array(RATE_INPUT["x"]).T
    design = np.hstack([np.eye(len(starts))[band], x[patient]])
    return (event[patient, 0] * last).astype(float), time[patient, band], design


def found_and_design(name: str) -> tuple[NDArray[np.bool_], Array, Array]:
    data = PATTERN_INPUT[name]
    found = np.array([[digit == "1" for digit in row] for row in data["found"]])
    return found, np.array(data["x"], float).T, np.array(data["weight"], float)


def set_probabilities(fit: PatternFit, design: Array, sets: list[str]) -> Array:
    """P(set | x), (n, sets), written out from the definition; all non-empty sets must be listed."""
    held = np.array([[int(digit) for digit in row] for row in sets])
    pairs = itertools.combinations(range(held.shape[1]), 2)
    both = np.array([held[:, a] * held[:, b] for a, b in pairs]).T
    weight = np.exp((fit.alpha + design @ fit.delta) @ held.T + both @ fit.J)
    share: Array = weight / weight.sum(1, keepdims=True)
    return share


def test_person_time_is_that_of_the_oracle() -> None:
    # Sums of some hundred exact decimals; R rounds to 15 digits when it writes.
    events, years, design = person_time()
    assert len(events) == RATE["rows"]
    np.testing.assert_array_equal(events @ design[:, :4], RATE["events"])
    np.testing.assert_allclose(years @ design[:, :4], RATE["person_years"], rtol=1e-12)


def test_rate_equals_glm() -> None:
    # Both climb the same concave likelihood by Newton. glm stops at 1e-14 of a deviance of 1e3, that is some
    # 1e-6 standard errors (of .1 to .3) before its last, quadratic step; its covariance is that step's.
    fit = fit_rate(*person_time())
    np.testing.assert_allclose(fit.coef, RATE["coef"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(fit.cov, RATE["vcov"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name, model", SEVERAL_SITES)
def test_pattern_equals_r(name: str, model: str) -> None:
    # One likelihood on all sides (see pattern.R). coxph stops at 1e-13 of a log likelihood of 1e3, that is
    # 1e-5 standard errors (of .1 to .4) before its last, quadratic step.
    expected = PATTERN[name][model]
    fit = fit_pattern(*found_and_design(name), ridge=expected["ridge"])
    for part in ("alpha", "J", "delta", "cov"):
        np.testing.assert_allclose(getattr(fit, part), expected[part], rtol=0, atol=1e-5, err_msg=part)


def test_probabilities_equal_fitted_counts() -> None:
    # Probabilities move by at most a quarter of a log odds, so they are at least as close as coefficients.
    expected = PATTERN["three_sites"]["glm"]
    fit = fit_pattern(*found_and_design("three_sites"))
    probability = set_probabilities(fit, np.array(expected["strata"]), expected["sets"])
    np.testing.assert_allclose(probability, expected["share"], rtol=0, atol=1e-5)


def test_two_sites_equal_multinom() -> None:
    # Without an empty set two levels and a pair are one coefficient too many (tests/oracles/README.md), so a
    # ridge must choose among equal fits. Precision 1e-6 against variances under .05 and effects under 1 moves
    # what is identified by less than 5e-8; multinom's quasi-Newton stops within 1e-7.
    expected = PATTERN["two_sites"]["multinom"]
    found, design, weight = found_and_design("two_sites")
    fit = fit_pattern(found, design, weight, ridge=1e-6)
    np.testing.assert_allclose(fit.delta, expected["delta"], rtol=0, atol=1e-6)
    assert fit.alpha[1] - fit.alpha[0] == pytest.approx(expected["alpha_b_minus_alpha_a"], abs=1e-6)
    assert fit.alpha[1] + fit.J[0] == pytest.approx(expected["alpha_b_plus_J"], abs=1e-6)
    probability = set_probabilities(fit, design[:20], expected["sets"])
    np.testing.assert_allclose(probability, expected["share_of_first_20"], rtol=0, atol=1e-6)


def test_weights_count_patients() -> None:
    # Weighted sums differ from repeated rows only by rounding and by where Newton stops (1e-10).
    found, design, weight = found_and_design("five_sites")
    times = weight.astype(int)
    once = fit_pattern(found, design, weight)
    repeated = fit_pattern(np.repeat(found, times, axis=0), np.repeat(design, times, axis=0))
    np.testing.assert_allclose(once.delta, repeated.delta, rtol=0, atol=1e-8)
    np.testing.assert_allclose(once.cov, repeated.cov, rtol=0, atol=1e-8)
