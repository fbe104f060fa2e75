"""All scores of one set of predictions for one outcome and horizon, with intervals and curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from organotropism.validate import accuracy, discrimination
from organotropism.validate.aalen_johansen import (
    incidence,
    log_log_interval,
    ones,
    pseudo_values,
    standard_error,
)
from organotropism.validate.calibration import calibration_line, mean_risk
from organotropism.validate.censoring import known_at
from organotropism.validate.concordance import concordance
from organotropism.validate.counting import Clock, ratio
from organotropism.validate.decision import DecisionCurve, decision_curve, thresholds
from organotropism.validate.outcome import CENSORED, DEATH, EVENT, Outcome
from organotropism.validate.resample import Estimate, band, blocks, estimate
from organotropism.validate.smooth import Curve, distances, smooth_curve

Array = NDArray[np.float64]
Band = tuple[Array, Array]
Depth = Literal["basic", "calibration", "full"]

LEAST_EVENTS: Final = 10
"""Fewer events by the horizon than this, and only counts and observed risk are given."""

SCORES: Final[tuple[str, ...]] = (
    "auc",
    "c_index",
    "brier",
    "ipa",
    "log_score",
    "expected",
    "o_e",
    "intercept",
    "slope",
    "ici",
    "e50",
    "e90",
)
"""Scores in the order of the tables; docs/validate.md defines each."""

DISTANCES: Final = ("ici", "e50", "e90")
"""Scores that are absolute differences."""

BINS: Final = 40
"""Bins of the histogram of predicted risks."""


@dataclass(frozen=True)
class Counts:
    """Patients by their state at the horizon."""

    patients: int
    events: int
    deaths: int
    censored: int


@dataclass(frozen=True, eq=False)
class Curves:
    """What the figures show; bands are None without resampling."""

    calibration: Curve
    calibration_band: Band | None
    decision: DecisionCurve
    decision_band: Band | None
    roc: discrimination.Roc
    histogram: tuple[Array, NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of one outcome at one horizon.

    Attributes
    ----------
    outcome, horizon : a site or any; years
    counts : patients by their state at the horizon
    observed : cumulative incidence (Aalen-Johansen) with its log-log interval
    scores : by name, of `SCORES`; empty with fewer than `LEAST_EVENTS` events
    curves : None where not asked for or with too few events
    """

    outcome: str
    horizon: float
    counts: Counts
    observed: Estimate
    scores: dict[str, Estimate]
    curves: Curves | None = None


def count(outcome: Outcome, horizon: float) -> Counts:
    """Patients by their state at the horizon."""
    by_then = outcome.time <= horizon
    return Counts(
        len(outcome),
        int((by_then & (outcome.kind == EVENT)).sum()),
        int((by_then & (outcome.kind == DEATH)).sum()),
        int((by_then & (outcome.kind == CENSORED)).sum()),
    )


def observed_risk(outcome: Outcome, horizon: float) -> Estimate:
    """Cumulative incidence with its interval."""
    clock = Clock(outcome)
    value = float(incidence(clock, ones(outcome)).at(horizon)[0])
    return Estimate(value, *_finite(log_log_interval(value, standard_error(clock, horizon))))


def score(
    outcome: Outcome, risk: Array, horizon: float, counts: NDArray[np.uint16], depth: Depth = "full"
) -> Scored:
    """Score predictions.

    Parameters
    ----------
    outcome : Outcome, n patients
    risk : (N,) predictions of the patients of the cohort
    horizon : years
    counts : (samples, N) as `resample.samples` gives them
    depth : how much; "basic" leaves out the calibration line, "full" adds C-index and curves
    """
    own = risk[outcome.rows]
    numbers, observed = count(outcome, horizon), observed_risk(outcome, horizon)
    if numbers.events < LEAST_EVENTS:
        return Scored(outcome.name, horizon, numbers, observed, {})
    clock = Clock(outcome)
    steps = thresholds(observed.value)
    parts = [
        _sample_scores(clock, weights, own, horizon, depth)
        for weights in blocks(counts, outcome.rows, outcome.weight)
    ]
    found = {name: np.concatenate([part[0][name] for part in parts]) for name in parts[0][0]}
    curves = None
    if depth == "full":
        decisions, ranks = [], []
        for weights in blocks(counts, outcome.rows, outcome.weight):
            ranks.append(concordance(clock, weights, own, horizon))
            decisions.append(decision_curve(clock, weights, own, horizon, steps))
        found["c_index"] = np.concatenate(ranks)
        smooth = Curve(parts[0][1].risk, np.concatenate([part[1].observed for part in parts]))
        curves = _curves(clock, own, horizon, smooth, decisions)
    scores = {name: estimate(found[name], distance=name in DISTANCES) for name in SCORES if name in found}
    return Scored(outcome.name, horizon, numbers, observed, scores, curves)


def quick_scores(clock: Clock, risk: Array, horizon: float, weights: Array) -> dict[str, Array]:
    """AUC, Brier score, IPA, log score, mean prediction and O/E per sample of weights (samples, n)."""
    known = known_at(clock, weights, horizon)
    expected = mean_risk(weights, risk)
    return {
        "auc": discrimination.auc(known, risk),
        "brier": accuracy.brier(known, risk),
        "ipa": accuracy.ipa(known, risk),
        "log_score": accuracy.log_score(known, risk),
        "expected": expected,
        "o_e": ratio(incidence(clock, weights).at(horizon), expected),
    }


def _sample_scores(
    clock: Clock, weights: Array, risk: Array, horizon: float, depth: Depth
) -> tuple[dict[str, Array], Curve]:
    found = quick_scores(clock, risk, horizon, weights)
    pseudo = pseudo_values(clock, weights, horizon)
    curve = smooth_curve(pseudo, weights, risk)
    found |= distances(curve, weights, risk)
    if depth != "basic":
        line = calibration_line(pseudo, weights, risk)
        found |= {"intercept": line.intercept, "slope": line.slope}
    return found, curve


def _curves(
    clock: Clock, risk: Array, horizon: float, smooth: Curve, decisions: list[DecisionCurve]
) -> Curves:
    model = np.concatenate([part.model for part in decisions])
    everyone = np.concatenate([part.everyone for part in decisions])
    edges = np.linspace(0, max(float(risk.max()), 1e-6), BINS + 1)
    return Curves(
        calibration=Curve(smooth.risk, smooth.observed[:1]),
        calibration_band=band(smooth.observed),
        decision=DecisionCurve(decisions[0].threshold, model[:1], everyone[:1]),
        decision_band=band(model),
        roc=discrimination.roc(known_at(clock, ones(clock.outcome), horizon), risk),
        histogram=(edges, np.histogram(risk, edges)[0]),
    )


def _finite(limits: tuple[float, float]) -> tuple[float | None, float | None]:
    low, high = limits
    return (None, None) if np.isnan(low) or np.isnan(high) else (low, high)
