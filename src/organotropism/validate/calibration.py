"""Calibration: do predicted risks agree with what happened, on average and over their range.

Observed over expected (Aalen-Johansen over the mean prediction), and intercept and slope of a regression of
pseudo-values on the predictions, both on the scale log(-log(1 - risk)): van Geloven et al., BMJ
2022;377:e069249.
An intercept below 0 means risks too high, a slope below 1 risks too far apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.counting import ratio

Array = NDArray[np.float64]

#: Predictions nearer to 0 or 1 than this are held there: their complementary log-log is infinite.
EXTREME = 1e-8
STEPS, TOLERANCE = 60, 1e-9
#: Predictions that differ by less than this on that scale give no slope.
SPREAD = 1e-6


@dataclass(frozen=True)
class Line:
    """Fitted calibration line per sample; NaN where it cannot be fitted.

    Attributes
    ----------
    intercept : (samples,) with slope 1: calibration in the large
    slope : (samples,)
    slope_intercept : (samples,) intercept that belongs to `slope`
    """

    intercept: Array
    slope: Array
    slope_intercept: Array


def cloglog(risk: Array) -> Array:
    """Complementary log-log of risks, held off 0 and 1."""
    held = np.clip(risk, EXTREME, 1 - EXTREME)
    value: Array = np.log(-np.log1p(-held))
    return value


def inverse_cloglog(value: Array) -> Array:
    """Risk of a complementary log-log value."""
    risk: Array = -np.expm1(-np.exp(np.minimum(value, 30.0)))
    return risk


def mean_risk(weights: Array, risk: Array) -> Array:
    """Mean prediction per sample of weights (samples, n)."""
    return ratio(weights @ risk, weights.sum(1))


def calibration_line(pseudo: Array, weights: Array, risk: Array) -> Line:
    """Fit intercept and slope by least squares of pseudo-values on the inverse complementary log-log.

    Parameters
    ----------
    pseudo : (samples, n) pseudo-values of the event by the horizon
    weights : (samples, n)
    risk : (n,) predictions
    """
    predictor = cloglog(risk)
    centre = predictor.mean()
    offset = _fit(pseudo, weights, predictor, slope=False)[0]
    if np.ptp(predictor) < SPREAD:
        nothing = np.full(len(weights), np.nan)
        return Line(offset, nothing, nothing)
    level, slope = _fit(pseudo, weights, predictor - centre, slope=True)
    return Line(offset, slope, level - slope * centre)


def _fit(pseudo: Array, weights: Array, predictor: Array, *, slope: bool) -> tuple[Array, Array]:
    """Intercept and slope (samples,) by damped Gauss-Newton; NaN where it does not settle.

    Without `slope` the slope stays 1. A step that does not lower the sum of squares is halved.
    """
    count = len(weights)
    share = np.clip(ratio((weights * pseudo).sum(1), weights.sum(1)), 1e-6, 1 - 1e-6)
    found = np.stack([cloglog(share) - mean_risk(weights, predictor), np.ones(count)])
    step, lowest = np.zeros((2, count)), np.full(count, np.inf)
    powers = np.stack([np.ones_like(predictor), predictor, predictor**2], axis=1)
    active = np.arange(count)
    for _ in range(STEPS):
        weight, trial = weights[active], found[:, active] + step[:, active]
        hazard = np.exp(np.clip(trial[0, :, None] + trial[1, :, None] * predictor, -30, 3))
        free = np.exp(-hazard)
        residual = pseudo[active] - 1 + free
        loss = (weight * residual**2).sum(1)
        better = loss <= lowest[active]
        gradient = hazard * free
        moved = _step((weight * gradient * residual) @ powers, (weight * gradient**2) @ powers, slope)
        found[:, active] = np.where(better, trial, found[:, active])
        lowest[active] = np.where(better, loss, lowest[active])
        step[:, active] = np.where(better, moved, step[:, active] / 2)
        active = active[~(np.abs(step[:, active]).max(0) < TOLERANCE)]
        if not len(active):
            break
    found[:, active] = np.nan
    return found[0], found[1]


def _step(first: Array, second: Array, slope: bool) -> Array:
    """Bounded Gauss-Newton step (2, samples) from sums over powers of the predictor; NaN where singular."""
    if not slope:
        step = np.stack([ratio(first[:, 0], second[:, 0]), np.zeros(len(first))])
    else:
        determinant = second[:, 0] * second[:, 2] - second[:, 1] ** 2
        level = second[:, 2] * first[:, 0] - second[:, 1] * first[:, 1]
        tilt = second[:, 0] * first[:, 1] - second[:, 1] * first[:, 0]
        step = np.where(
            determinant > 0, np.stack([level, tilt]) / np.where(determinant > 0, determinant, 1), np.nan
        )
    return np.clip(step, -2.0, 2.0)
