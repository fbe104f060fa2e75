"""Recalibration: adjust predicted risks to a cohort's level, or level and spread, apart from validation.

On the scale log(-log(1 - risk)) the risk is shifted by an intercept (level), or first multiplied by the
calibration slope (level and spread), per outcome and horizon; the intercept makes the mean the observed
risk. What a recalibrated model reaches is estimated on patients who took no part in it, by cross-fitting
over folds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.aalen_johansen import incidence, ones, pseudo_values
from organotropism.validate.calibration import calibration_line, cloglog, inverse_cloglog
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import EVENT, Outcome
from organotropism.validate.score import LEAST_EVENTS, Scored, score

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

METHODS: Final = ("level", "level and spread")


@dataclass(frozen=True)
class Recalibrated:
    """One outcome and horizon after recalibration.

    Attributes
    ----------
    method : one of `METHODS`
    intercept, slope : of the whole cohort, to be used elsewhere
    scored : scores of cross-fitted predictions
    """

    method: str
    intercept: float
    slope: float
    scored: Scored


def recalibrate(
    outcome: Outcome, risk: Array, horizon: float, fold: Ints, counts: NDArray[np.uint16]
) -> list[Recalibrated]:
    """Recalibrate predictions (N,) by each method; `fold` (N,) is the fold of each patient of the cohort.

    Empty where a fold leaves fewer than ten events to learn from, or the line cannot be fitted.
    """
    found = []
    for method in METHODS:
        line = _line(outcome, risk, horizon, method)
        held = np.full(len(risk), np.nan)
        for number in np.unique(fold):
            mine = fold[outcome.rows] == number
            part = _line(outcome.take(~mine), risk, horizon, method)
            if part is not None:
                rows = outcome.rows[mine]
                held[rows] = apply_line(risk[rows], *part)
        if line is not None and not np.isnan(held[outcome.rows]).any():
            scored = score(outcome, held, horizon, counts, "calibration")
            found.append(Recalibrated(method, *line, scored))
    return found


def apply_line(risk: Array, intercept: float, slope: float) -> Array:
    """Recalibrated risks."""
    return inverse_cloglog(intercept + slope * cloglog(risk))


def _line(outcome: Outcome, risk: Array, horizon: float, method: str) -> tuple[float, float] | None:
    if ((outcome.kind == EVENT) & (outcome.time <= horizon)).sum() < LEAST_EVENTS:
        return None
    own, clock, weights = risk[outcome.rows], Clock(outcome), ones(outcome)
    slope = 1.0
    if method == METHODS[1]:
        slope = float(calibration_line(pseudo_values(clock, weights, horizon), weights, own).slope[0])
    if not slope > 0:
        return None
    return level_shift(own, slope, float(incidence(clock, weights).at(horizon)[0])), slope


def level_shift(risk: Array, slope: float, observed: float) -> float:
    """Intercept with which the mean recalibrated risk is the observed one, by bisection."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if apply_line(risk, middle, slope).mean() < observed:
            low = middle
        else:
            high = middle
    return (low + high) / 2
