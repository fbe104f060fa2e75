"""Discrimination: does the risk of those with the event exceed that of the others.

Time-dependent AUC with death competing, as in riskRegression: cases have the event by the horizon,
controls are free of it then or have died without it; both are weighted for censoring (Blanche, Dartigues
and Jacqmin-Gadda, Stat Med 2013;32:5381, definition 2). Equal risks count one half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.censoring import Known
from organotropism.validate.counting import ratio

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Roc:
    """Points of the ROC curve from (0, 0) to (1, 1).

    Attributes
    ----------
    false_positive, true_positive : (points,) shares of controls and of cases above each cut-off
    """

    false_positive: Array
    true_positive: Array


def auc(known: Known, risk: Array) -> Array:
    """AUC per sample, NaN without cases or without controls.

    Parameters
    ----------
    known : weighted states at the horizon
    risk : (n,) predicted risks
    """
    cases, controls = _by_risk(known, risk)
    below = np.cumsum(controls, axis=1) - controls
    wins = (cases * (below + controls / 2)).sum(1)
    pairs = cases.sum(1) * controls.sum(1)
    return np.where(pairs > 0, ratio(wins, pairs), np.nan)


def roc(known: Known, risk: Array) -> Roc:
    """ROC curve of the first sample, at every hundredth of the controls."""
    cases, controls = (np.flip(part[0]) for part in _by_risk(known, risk))
    false, true = (np.r_[0.0, np.cumsum(part) / part.sum()] for part in (controls, cases))
    grid = np.linspace(0, 1, 101)
    return Roc(grid, np.interp(grid, false, true))


def _by_risk(known: Known, risk: Array) -> tuple[Array, Array]:
    """Weight of cases and of controls at each distinct risk, ascending, (samples, distinct)."""
    order = np.argsort(risk, kind="stable")
    starts = np.flatnonzero(np.diff(risk[order], prepend=-np.inf))
    weight = known.weight[:, order]
    case = known.case[order]
    return (
        np.add.reduceat(weight * case, starts, axis=1),
        np.add.reduceat(weight * ~case, starts, axis=1),
    )
