"""From prior and likelihood to mode and covariance: Newton.

    covariance = A^-1 B A^-T,  A = minus the derivative of the score,  B = its variance + prior precision

which is the inverse of the information where every row both teaches and weighs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.learn.likelihood import derivatives
from organotropism.learn.parts import Jeffreys
from organotropism.learn.units import Design

Array = NDArray[np.float64]
_STEPS, _MEMORY = 1000, 6
#: Steps after which the accelerated iteration is taken to go round in circles.
_CIRCLING = 60
#: A step by the incomplete data may be so much longer than the one by complete data before it.
_PART_OF_THE_WAY = 10.0
_LARGEST_STEP = 2.0
#: Largest last step, in posterior SD; with a penalty, which only leaves a constant factor each step.
_TOLERANCE, _TOLERANCE_OF_PENALTY = 1e-6, 1e-4
#: Steps smaller than this, in posterior SD, use the information of the incomplete data.
_NEAR = 0.5
Progress = Callable[[int, float], None]


@dataclass(frozen=True)
class Gaussian:
    """A distribution of the coefficients: mean (size,) and covariance (size, size)."""

    mean: Array
    covariance: Array

    @property
    def sd(self) -> Array:
        """(size,) standard deviations."""
        return np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True)
class Updated:
    """Result of an update.

    Attributes
    ----------
    posterior : mode and covariance
    data_slope : (size, size) minus the derivative of the cohort's own scores, the prior apart
    data_variance : (size, size) variance of these scores
    log_likelihood : of the cohort at the mode
    steps : of Newton
    """

    posterior: Gaussian
    data_slope: Array
    data_variance: Array
    log_likelihood: float
    steps: int


def _covariance(slope: Array, variance: Array) -> Array:
    """Sandwich: variance of the scores, carried to the coefficients."""
    values, vectors = np.linalg.eigh(variance)
    # With few patients the estimate of the scores' variance may fall below zero in some direction.
    half = np.linalg.solve(slope, vectors * np.sqrt(np.maximum(values, 0.0)))
    covariance: Array = half @ half.T
    return covariance


def _updated(data: Design, precision: Array, theta: Array, steps: int) -> Updated:
    """Result at the mode."""
    found = derivatives(data, theta)
    covariance = _covariance(found.slope + precision, found.variance + precision)
    return Updated(Gaussian(theta, covariance), found.slope, found.variance, found.log_likelihood, steps)


def accelerated(past: Sequence[tuple[Array, Array]]) -> Array:
    """Next point of a fixed-point iteration from its last changes and images (Anderson 1965)."""
    change, image = past[-1]
    if len(past) == 1:
        return image
    changes = np.array([change - older for older, _ in past[:-1]]).T
    images = np.array([image - older for _, older in past[:-1]]).T
    mixing = np.linalg.lstsq(changes, change, rcond=1e-6)[0]
    moved: Array = image - images @ mixing
    return moved


class _Walk:
    """Where each step leads; Anderson's acceleration remembers the last ones."""

    def __init__(self) -> None:
        self.past: list[tuple[Array, Array]] = []
        self.last = np.inf

    def onward(self, step: int, theta: Array, change: Array, sd: Array, mixing: bool) -> Array:
        """Coefficients after a step; with `mixing` it is accelerated once small.

        The second derivatives of a penalty are left out, so its fixed point is neared slowly by plain steps.
        """
        size = float(np.abs(change / sd).max())
        # What has not settled by now goes round in circles: a quarter of each step.
        share = 1.0 if step < _CIRCLING else 0.25
        step_to: Array = theta + change * min(share, _LARGEST_STEP / max(np.abs(change).max(), 1e-300))
        # From then on what led to a longer step is forgotten, and in the end nothing is remembered.
        kept = self.past[-_MEMORY:] if step < _CIRCLING or size < self.last else []
        remembers = mixing and size < _NEAR and step < 4 * _CIRCLING
        self.past, self.last = [*kept, (change / sd, step_to)] if remembers else [], size
        return accelerated(self.past) if remembers else step_to


def update(
    data: Design,
    prior: Gaussian,
    start: Array,
    jeffreys: tuple[str, ...] = (),
    progress: Progress = lambda step, change: None,
) -> Updated:
    """Update a prior with a cohort.

    Parameters
    ----------
    data : Design
    prior : Gaussian
    start : (size,) first guess
    jeffreys : parts whose score gets the Jeffreys penalty
    progress : called with the number of the step and its size in posterior SD

    Raises
    ------
    InputError
        When the iterations do not settle.
    """
    precision, theta = np.asarray(np.linalg.inv(prior.covariance), float), start.copy()
    penalty = Jeffreys(jeffreys, precision) if jeffreys else None
    later = np.array([name.startswith("progression.") for name in data.layout.names])
    # The second derivatives of the penalty are left out: its fixed point is accelerated, not stepped to.
    close_enough = _NEAR if penalty is None else 0.0
    tolerance = _TOLERANCE if penalty is None else _TOLERANCE_OF_PENALTY
    near, settled, before, walk = False, False, np.inf, _Walk()
    for step in range(1, _STEPS + 1):
        # Far off, the information of incomplete data may point anywhere, that of complete data uphill.
        found = derivatives(data, theta, penalty, far=not near)
        slope = found.slope + precision
        score = found.score - precision @ (theta - prior.mean)
        change = np.linalg.solve(slope, score)
        variance = np.diag(np.linalg.inv(slope))
        if near and (variance.min() <= 0 or np.abs(change / np.sqrt(variance)).max() > before):
            near, close_enough = False, close_enough / 10
            continue
        sd = np.sqrt(variance)
        if not settled:
            # The slope of the later course has no meaning until there are effects to multiply.
            early = np.linalg.solve(slope[np.ix_(~later, ~later)], score[~later])
            settled = bool(np.abs(early / sd[~later]).max() < _NEAR)
            if not settled:
                change[~later], change[later] = early, 0.0
        size = float(np.abs(change / sd).max())
        progress(step, size)
        if settled and size < tolerance:
            return _updated(data, precision, theta, step)
        theta = walk.onward(step, theta, change, sd, mixing=penalty is not None and settled)
        # A step by the complete data goes only part of the way that one by the incomplete data then goes.
        before = size if near else _PART_OF_THE_WAY * size
        near = settled and size < close_enough
    raise InputError("the fit to the cohort does not settle", expected="more patients or events, or a prior")
