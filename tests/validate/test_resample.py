"""Bootstrap intervals, folds and optimism."""

from __future__ import annotations

import numpy as np
import pytest

from followed import simulated
from organotropism.validate.resample import band, blocks, estimate, folds, optimism, samples


def test_samples_draw_as_many_patients_and_begin_with_the_sample_itself() -> None:
    drawn = samples(50, 20, 1)
    assert drawn.shape == (21, 50)
    assert (drawn[0] == 1).all()
    assert (drawn.sum(1) == 50).all()
    assert (drawn == samples(50, 20, 1)).all()
    assert (drawn != samples(50, 20, 2)).any()


def test_blocks_are_the_samples_of_some_patients() -> None:
    drawn, rows = samples(2000, 400, 1), np.arange(0, 2000, 2)
    parts = list(blocks(drawn, rows))
    assert len(parts) > 1
    np.testing.assert_array_equal(np.concatenate(parts), drawn[:, rows])


def test_interval_of_a_known_distribution() -> None:
    rng = np.random.default_rng(3)
    found = estimate(np.r_[0.1, rng.standard_normal(100_000)])
    assert found.value == 0.1
    # Quantiles of 100,000 normal draws have a standard error of .009 at 2.5 %.
    assert (found.low, found.high) == pytest.approx((-1.96, 1.96), abs=0.04)


def test_no_interval_without_samples_or_with_many_missing() -> None:
    assert estimate(np.array([0.4])).low is None
    assert estimate(np.r_[0.4, np.ones(90), np.full(10, np.nan)]).low is None
    assert estimate(np.r_[0.4, np.ones(98), np.full(2, np.nan)]).low == 1
    assert band(np.zeros((1, 5))) is None


def test_distances_lose_the_excess_of_resampling() -> None:
    """Resampled mean absolute differences lie above that of the sample: the interval has to hold it."""
    plain = estimate(np.r_[0.01, np.linspace(0.012, 0.03, 101)])
    moved = estimate(np.r_[0.01, np.linspace(0.012, 0.03, 101)], distance=True)
    assert plain.low is not None and moved.low is not None and moved.high is not None
    assert plain.low > 0.01
    assert 0 <= moved.low < 0.01 < moved.high


def test_folds_hold_everyone_once_and_metastases_evenly() -> None:
    cohort = simulated(600)
    fold = folds(cohort, 5, 1)
    for group in (cohort.presented, ~cohort.presented):
        sizes = np.bincount(fold[group], minlength=5)
        assert np.ptp(sizes) <= 1


def test_optimism_of_learning_noise_by_heart() -> None:
    """The mean of the sample as prediction of itself: squared error is optimistic by about 2 var / n."""
    cohort, noise = simulated(200), np.random.default_rng(5).standard_normal(200)
    number = {name: value for name, value in zip(cohort.covariates["id"], noise, strict=True)}

    def values(sample: object) -> np.ndarray:
        return np.array([number[name] for name in sample.covariates["id"]])

    found = optimism(
        cohort,
        lambda sample: float(values(sample).mean()),
        lambda mean, sample: {"error": float(((values(sample) - mean) ** 2).mean())},
        400,
        1,
    )
    apparent, corrected = found["error"]
    # Expected gap 2 var / n = .01; its Monte Carlo error over 400 samples is some .005.
    assert corrected - apparent == pytest.approx(2 * noise.var() / 200, abs=0.02)
    assert corrected != apparent
