"""Resampling: bootstrap intervals, folds, optimism."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)
Fitted = TypeVar("Fitted")

#: Numbers (samples times patients) worked on at once, to bound memory.
AT_ONCE: Final = 400_000
#: Share of the bootstrap samples in which a score may be missing and still have an interval.
MAY_MISS: Final = 0.05


@dataclass(frozen=True)
class Estimate:
    """A score with its 95 % interval; None where there is no interval, NaN where there is no score."""

    value: float
    low: float | None = None
    high: float | None = None


def samples(patients: int, bootstrap: int, seed: int) -> NDArray[np.uint16]:
    """How often each patient is drawn, (1 + bootstrap, patients); the first row is the sample itself."""
    rng = np.random.default_rng(seed)
    drawn = np.ones((1 + bootstrap, patients), np.uint16)
    for row in drawn[1:]:
        row[:] = np.bincount(rng.integers(0, patients, patients), minlength=patients)
    return drawn


def blocks(counts: NDArray[np.uint16], rows: Ints, weight: Array | None = None) -> Iterator[Array]:
    """Weights (samples, n) of some of the patients, so many samples at a time as fit into memory.

    Parameters
    ----------
    counts : (samples, N) as `samples` gives them
    rows : (n,) numbers of the patients
    weight : (n,) how many patients each stands for, None: one
    """
    at_once = max(1, AT_ONCE // max(1, len(rows)))
    for first in range(0, len(counts), at_once):
        drawn = counts[first : first + at_once, rows].astype(float)
        yield drawn if weight is None else drawn * weight


def estimate(values: Array, *, distance: bool = False) -> Estimate:
    """Score of the sample itself (first value) with the percentile interval of the others.

    No interval without resampling, or where the score is missing in more than 5 % of the samples.

    Parameters
    ----------
    values : (1 + samples,)
    distance : the score is a mean of absolute differences, which resampling makes larger: its interval is
        moved down by that excess, to 0 at least
    """
    own, others = float(values[0]), values[1:]
    missing = np.isnan(others)
    if not len(others) or missing.mean() > MAY_MISS or np.isnan(own):
        return Estimate(own)
    limits = np.quantile(others[~missing], (0.025, 0.975))
    if distance:
        limits = np.maximum(limits - max(float(np.median(others[~missing])) - own, 0.0), 0.0)
    return Estimate(own, float(limits[0]), float(limits[1]))


def band(values: Array) -> tuple[Array, Array] | None:
    """Pointwise 95 % band of curves (samples, points) whose first row is the sample itself."""
    if len(values) < 2:
        return None
    low, high = np.nanquantile(values[1:], (0.025, 0.975), axis=0)
    return low, high


def folds(cohort: Cohort, count: int, seed: int) -> Ints:
    """Fold of each patient, (N,): at random, those with and without distant disease in equal parts."""
    rng = np.random.default_rng(seed)
    fold = np.empty(len(cohort), np.int64)
    for group in (cohort.presented, ~cohort.presented):
        rows = rng.permutation(np.flatnonzero(group))
        fold[rows] = (np.arange(len(rows)) + rng.integers(count)) % count
    return fold


def optimism(
    cohort: Cohort,
    fit: Callable[[Cohort], Fitted],
    score: Callable[[Fitted, Cohort], Mapping[Key, float]],
    bootstrap: int,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> dict[Key, tuple[float, float]]:
    """Scores of a model learnt from the cohort itself: apparent, and corrected for optimism.

    Harrell's bootstrap: the model is learnt from each bootstrap sample and scored there and in the
    cohort; the mean difference is the optimism (Harrell, Lee and Mark, Stat Med 1996;15:361).

    Parameters
    ----------
    fit : learns a model from a cohort
    score : scores a learnt model in a cohort, by key
    bootstrap : samples
    advance : called after each fit
    """
    apparent = score(fit(cohort), cohort)
    advance()
    rng = np.random.default_rng(seed)
    gaps: dict[Key, list[float]] = {key: [] for key in apparent}
    for _ in range(bootstrap):
        sample = cohort.take(rng.integers(0, len(cohort), len(cohort)))
        fitted = fit(sample)
        own, whole = score(fitted, sample), score(fitted, cohort)
        for key, found in gaps.items():
            if key in own and key in whole and np.isfinite(own[key] - whole[key]):
                found.append(own[key] - whole[key])
        advance()
    return {
        key: (value, value - float(np.mean(gaps[key])) if gaps[key] else float("nan"))
        for key, value in apparent.items()
    }
