"""Known truth, a small version of `benchmarks/known_truth.py`: bias and coverage over simulated cohorts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2

from organotropism.cohort import Flaws, simulate_cohort
from organotropism.learn.cohort import learn_cohort
from toy import toy_model

COHORTS, PATIENTS = 24, 5000
FLAWS = Flaws(lost=0.01, missing={"her2": 0.2, "pr": 0.2, "grade": 0.1})


@pytest.mark.slow
def test_estimates_and_intervals_hold_the_truth() -> None:
    """Rate, pattern, progression, death and prevalence together."""
    truth = toy_model()
    found = []
    for seed in range(COHORTS):
        cohort = simulate_cohort(truth, PATIENTS, seed, flaws=FLAWS, years=(1992, 2015), stage_iv=True)
        fit = learn_cohort(cohort, None)
        found.append((fit.both.mean, fit.both.sd))
    mean, sd = np.array(found).swapaxes(0, 1)
    z = (mean - truth.theta) / sd
    covered = np.abs(z) <= 1.959963984540054
    # 104 coefficients in 24 cohorts, some correlated: as if a fifth of the intervals were independent.
    low, high = binom.ppf([0.0005, 0.9995], covered.size // 5, 0.95) / (covered.size // 5)
    assert low <= covered.mean() <= high
    # Mean of 24 standard normal deviates, the largest of 104; the weak prior may add a tenth of a SE.
    assert np.abs(z.mean(0)).max() < 0.1 + 4.5 / COHORTS**0.5
    slope = truth.layout.slices["progression.slope"]
    assert np.abs(z[:, slope]).max() < 4
    # The slope's standard error is that of its estimates: their ratio, chi-squared at 99.9 %.
    low, high = np.sqrt(chi2.ppf([0.0005, 0.9995], COHORTS - 1) / (COHORTS - 1))
    assert low < float(mean[:, slope].std(ddof=1) / sd[:, slope].mean()) < high
