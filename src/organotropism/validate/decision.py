"""Decision curves with death competing: net benefit of acting on a predicted risk.

Net benefit at threshold p: share of true positives minus share of false positives times p / (1 - p), where
the true positives are those at or above the threshold times their cumulative incidence (Aalen-Johansen
among them): Vickers et al., BMC Med Inform Decis Mak 2008;8:53.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.aalen_johansen import incidence
from organotropism.validate.counting import Clock, ratio

Array = NDArray[np.float64]

THRESHOLDS: Final = 25
"""Thresholds of a curve."""

HIGHEST: Final = 0.5
"""Highest threshold shown: nobody would wait for more than an even chance."""


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit over thresholds.

    Attributes
    ----------
    threshold : (thresholds,)
    model : (samples, thresholds) acting on those at or above the threshold
    everyone : (samples, thresholds) acting on all; acting on nobody has net benefit 0
    """

    threshold: Array
    model: Array
    everyone: Array


def thresholds(observed: float) -> Array:
    """Thresholds up to three times the observed risk, where choices between acting or not are made."""
    top = min(HIGHEST, max(0.02, 3 * observed))
    return np.round(np.linspace(0, top, THRESHOLDS + 1)[1:], 4)


def decision_curve(
    clock: Clock, weights: Array, risk: Array, horizon: float, threshold: Array
) -> DecisionCurve:
    """Net benefit per sample of weights (samples, n).

    Parameters
    ----------
    risk : (n,) predicted risks of the event by `horizon`
    threshold : (thresholds,) between 0 and 1
    """
    odds = threshold / (1 - threshold)
    total = weights.sum(1)
    model = [
        _net(clock, np.where(risk >= cut, weights, 0.0), horizon, total, rate)
        for cut, rate in zip(threshold, odds, strict=True)
    ]
    all_treated = incidence(clock, weights).at(horizon)[:, None]
    return DecisionCurve(threshold, np.stack(model, axis=1), all_treated - (1 - all_treated) * odds)


def _net(clock: Clock, chosen: Array, horizon: float, total: Array, odds: float) -> Array:
    share = ratio(chosen.sum(1), total)
    event = incidence(clock, chosen).at(horizon)
    net: Array = share * event - share * (1 - event) * odds
    return net
