"""Cumulative incidence with death competing: the Aalen-Johansen estimator, its influence and variance.

Aalen and Johansen, Scand J Stat 1978;5:141. The variance is the sum of squared influences (infinitesimal
jackknife), as `survfit` of R's survival has it for several states. The infinitesimal jackknife also
gives pseudo-values: estimate + n * influence (Parner, Andersen and Overgaard, Lifetime Data Anal 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.counting import Clock, ratio
from organotropism.validate.outcome import EVENT, Outcome

Array = NDArray[np.float64]
Z95 = 1.959963984540054


def ones(outcome: Outcome) -> Array:
    """Weights of the sample itself, (1, n)."""
    return outcome.weight[None]


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of the event and the chance to be free and alive, per weighting.

    Attributes
    ----------
    times : (m,) distinct times of leaving
    event : (samples, m) cumulative incidence just after each time
    free : (samples, m) P(neither event nor death) just after each time
    at_risk : (samples, m)
    hazard : (samples, m) of the event; `either`: of event or death
    """

    times: Array
    event: Array
    free: Array
    at_risk: Array
    hazard: Array
    either: Array

    def at(self, horizon: float) -> Array:
        """(samples,) cumulative incidence at `horizon`."""
        place = int(np.searchsorted(self.times, horizon, side="right"))
        return self.event[:, place - 1] if place else np.zeros(len(self.event))


def incidence(clock: Clock, weights: Array) -> Incidence:
    """Aalen-Johansen estimates under weights (samples, n)."""
    at_risk = clock.at_risk(weights)
    hazard = ratio(clock.events(weights, EVENT), at_risk)
    either = ratio(clock.ended(weights), at_risk)
    free = np.cumprod(1 - either, axis=1, dtype=np.float64)
    event = np.cumsum(_before(free, 1.0) * hazard, axis=1)
    return Incidence(clock.times, event, free, at_risk, hazard, either)


def influence(clock: Clock, weights: Array, horizon: float) -> Array:
    """Derivative of the cumulative incidence at `horizon` by the weight of each patient, (samples, n)."""
    k = max(clock.place(horizon), 1)
    if not clock.place(horizon):
        return np.zeros_like(weights)
    found = incidence(clock, weights)
    at_risk, hazard, either = found.at_risk[:, :k], found.hazard[:, :k], found.either[:, :k]
    rest = found.event[:, k - 1 : k] - found.event[:, :k]
    # What a departure of either kind takes from the incidence still to come, and what an event adds.
    taken = ratio(rest, at_risk * (1 - either))
    added = ratio(_before(found.free[:, :k], 1.0), at_risk)
    flow = np.cumsum(added * hazard - taken * either, axis=1)
    flow = np.concatenate([np.zeros((len(weights), 1)), flow], axis=1)
    out, into = np.minimum(clock.leaves + 1, k), np.minimum(clock.enters, k)
    value = flow[:, into] - flow[:, out]
    kind, left = clock.outcome.kind, clock.leaves
    ended = np.flatnonzero((kind != 0) & (left < k))
    value[:, ended] -= taken[:, left[ended]]
    event = np.flatnonzero((kind == EVENT) & (left < k))
    value[:, event] += added[:, left[event]]
    return value


def pseudo_values(clock: Clock, weights: Array, horizon: float) -> Array:
    """Pseudo-values (samples, n) of the event by `horizon`; their weighted mean is the estimate."""
    estimate = incidence(clock, weights).at(horizon)
    values: Array = estimate[:, None] + weights.sum(1, keepdims=True) * influence(clock, weights, horizon)
    return values


def standard_error(clock: Clock, horizon: float) -> float:
    """Standard error of the cumulative incidence of the sample itself."""
    weights = ones(clock.outcome)
    return float(np.sqrt(((weights * influence(clock, weights, horizon)) ** 2).sum()))


def log_log_interval(estimate: float, error: float) -> tuple[float, float]:
    """95 % interval of a cumulative incidence, normal on the scale log(-log(1 - x)); NaN at 0 or 1."""
    if not 0 < estimate < 1:
        return float("nan"), float("nan")
    log_free = np.log1p(-estimate)
    spread = Z95 * error / ((1 - estimate) * -log_free)
    low, high = (-np.expm1(log_free * np.exp(sign * spread)) for sign in (-1.0, 1.0))
    return float(low), float(high)


def _before(values: Array, first: float) -> Array:
    """Values (samples, m) just before each time."""
    shifted = np.empty_like(values)
    shifted[:, :1], shifted[:, 1:] = first, values[:, :-1]
    return shifted
