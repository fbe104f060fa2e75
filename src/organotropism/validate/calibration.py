"""Calibration: do predicted risks agree with what happened, on average and over their range.

Observed over expected (Aalen-Johansen over the mean prediction), and intercept and slope of a regression of
pseudo-values on the predictions, both on the scale log(-log(1 - risk)): van Geloven et al., BMJ 2022;377:e069249.
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
STEPS, TOLERANCE = 50, 1e-10


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
    offset = _fit(pseudo, weights, predictor, np.zeros((0, len(risk))))[:, 0]
    if np.ptp(predictor) < 1e-6:
        nothing = np.full(len(weights), np.nan)
        return Line(offset, nothing, nothing)
    both = _fit(pseudo, weights, np.zeros(len(risk)), (predictor - centre)[None])
    return Line(offset, both[:, 1], both[:, 0] - both[:, 1] * centre)


def _fit(pseudo: Array, weights: Array, offset: Array, columns: Array) -> Array:
    """Coefficients (samples, 1 + columns) by Gauss-Newton; NaN where it does not settle."""
    design = np.concatenate([np.ones((1, len(offset))), columns])
    found = np.zeros((len(weights), len(design)))
    share = np.clip(ratio((weights * pseudo).sum(1), weights.sum(1)), 1e-6, 1 - 1e-6)
    found[:, 0] = cloglog(share) - (weights @ offset) / weights.sum(1)
    if len(design) > 1:
        found[:, 1] = 1.0
    active = np.arange(len(weights))
    for _ in range(STEPS):
        eta = np.clip(found[active] @ design + offset, -30, 3)
        slope = np.exp(eta - np.exp(eta))
        residual = pseudo[active] + np.expm1(-np.exp(eta))
        weighted = weights[active] * slope
        score = (weighted * residual) @ design.T
        information = np.einsum("sn,in,jn->sij", weighted * slope, design, design, optimize=True)
        step = _solve(information, score)
        found[active] += step
        active = active[~(np.abs(step).max(1) < TOLERANCE)]
        if not len(active):
            return found
    found[active] = np.nan
    return found


def _solve(information: Array, score: Array) -> Array:
    """Bounded Gauss-Newton steps; NaN where the information is singular."""
    bad = ~(np.linalg.det(information) > 0)
    safe = np.where(bad[:, None, None], np.eye(information.shape[1]), information)
    step = np.linalg.solve(safe, score[:, :, None])[:, :, 0]
    step = np.where(bad[:, None], np.nan, step)
    return np.clip(step, -2.0, 2.0)
