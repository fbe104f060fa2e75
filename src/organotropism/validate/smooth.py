"""Smooth calibration curve and its distances ICI, E50 and E90.

Local linear regression (loess of degree 1, tricube weights, nearest neighbours) of pseudo-values on the
predictions, the span of van Geloven et al. (BMJ 2022). ICI, E50 and E90 are mean, median and 90 % point of
the absolute difference of curve and prediction over the patients (Austin and Steyerberg, Stat Med
2019;38:4051).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.counting import ratio

Array = NDArray[np.float64]

SPAN: Final = 0.33
"""Share of the patients, nearest in predicted risk, that each point of the curve rests on."""

POINTS: Final = 100
"""Points at which the curve is computed, at even ranks of the predictions; linear between them."""


@dataclass(frozen=True)
class Curve:
    """Smooth calibration curve.

    Attributes
    ----------
    risk : (points,) predicted risks, ascending
    observed : (samples, points) smoothed observed risk, between 0 and 1
    """

    risk: Array
    observed: Array


def smooth_curve(pseudo: Array, weights: Array, risk: Array, span: float = SPAN) -> Curve:
    """Calibration curve per sample; the neighbourhoods are those of the sample as a whole.

    Parameters
    ----------
    pseudo, weights : (samples, n)
    risk : (n,) predictions
    span : share of patients in a neighbourhood
    """
    at = np.unique(np.quantile(risk, np.linspace(0, 1, POINTS)))
    return Curve(at, np.clip(local_lines(at, risk, pseudo, weights, span), 0.0, 1.0))


def local_lines(at: Array, risk: Array, pseudo: Array, weights: Array, span: float) -> Array:
    """Local linear fits (samples, points) at the risks `at`, not held between 0 and 1."""
    near = max(2, int(np.floor(len(risk) * span + 1e-5)))
    away = risk - at[:, None]
    reach = np.partition(np.abs(away), near - 1, axis=1)[:, near - 1 : near]
    reach = np.maximum(reach, 1e-12)
    kernel = np.clip(1 - np.abs(away / reach) ** 3, 0, None) ** 3
    value = weights * pseudo
    first, second = kernel * away, kernel * away**2
    s0, s1, s2 = (weights @ part.T for part in (kernel, first, second))
    y0, y1 = value @ kernel.T, value @ first.T
    determinant = s0 * s2 - s1**2
    # Neighbours that are all alike carry a mean and no slope.
    flat = determinant <= 1e-12 * s0 * s0 * reach[:, 0] ** 2
    fitted: Array = np.where(flat, ratio(y0, s0), ratio(s2 * y0 - s1 * y1, np.where(flat, 1.0, determinant)))
    return fitted


def distances(curve: Curve, weights: Array, risk: Array) -> dict[str, Array]:
    """ICI, E50 and E90 per sample, (samples,)."""
    apart = np.abs(_at_risks(curve, risk) - risk)
    order = np.argsort(apart, axis=1)
    ranked = np.take_along_axis(apart, order, axis=1)
    share = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    share = share / share[:, -1:]
    found = {"ici": (weights * apart).sum(1) / weights.sum(1)}
    for name, part in (("e50", 0.5), ("e90", 0.9)):
        place = np.argmax(share >= part - 1e-12, axis=1)
        found[name] = ranked[np.arange(len(ranked)), place]
    return found


def _at_risks(curve: Curve, risk: Array) -> Array:
    """Curve (samples, n) at the prediction of each patient."""
    if len(curve.risk) == 1:
        return np.broadcast_to(curve.observed, (len(curve.observed), len(risk)))
    right = np.clip(np.searchsorted(curve.risk, risk), 1, len(curve.risk) - 1)
    left = right - 1
    part = (risk - curve.risk[left]) / (curve.risk[right] - curve.risk[left])
    value: Array = curve.observed[:, left] * (1 - part) + curve.observed[:, right] * part
    return value
