"""Weights that make up for censoring, and how far follow-up reaches.

The weight of a patient whose state at the horizon is known is one over the probability of not having been
censored before the event, death or horizon: Kaplan-Meier of the censoring, events first at equal times, as
in riskRegression. Weighted shares so equal the Aalen-Johansen estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.counting import Clock, ratio
from organotropism.validate.outcome import CENSORED, EVENT, Outcome

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_FOLLOWED: Final = 10
"""Patients who must still be observed, free and alive at a horizon for it to be estimated."""


def last_horizon(outcome: Outcome, least: int = LEAST_FOLLOWED) -> float:
    """Last time at which at least `least` patients are observed, free of the event and alive; 0 if never.

    Beyond it the censoring weights rest on a handful of patients and no score is computed.
    """
    times = np.unique(outcome.time)
    gone = np.searchsorted(np.sort(outcome.time), times, side="left")
    enough = np.flatnonzero(len(outcome) - gone >= least)
    return float(times[enough[-1]]) if len(enough) else 0.0


@dataclass(frozen=True)
class Uncensored:
    """Probability of not being censored, per weighting.

    Attributes
    ----------
    before : (samples, m) just before each distinct time of leaving
    after : (samples, m) just after it
    """

    before: Array
    after: Array

    def at_place(self, place: int) -> Array:
        """(samples,) between the times number `place` - 1 and `place`."""
        value: Array = self.after[:, place - 1] if place else self.before[:, 0]
        return value


def uncensored(clock: Clock, weights: Array) -> Uncensored:
    """Estimate the probability of not being censored under weights (samples, n)."""
    at_risk, ended = clock.at_risk(weights), clock.ended(weights)
    censored = clock.events(weights, CENSORED)
    after = np.cumprod(1 - ratio(censored, at_risk - ended), axis=1, dtype=np.float64)
    before = np.concatenate([np.ones((len(weights), 1)), after[:, :-1]], axis=1)
    return Uncensored(before, after)


@dataclass(frozen=True)
class Known:
    """Patients whose state at the horizon is known, weighted to stand for all.

    Attributes
    ----------
    weight : (samples, n) sums to one per sample; 0 where the state is not known
    case : (n,) event by the horizon
    """

    weight: Array
    case: Bools


def known_at(clock: Clock, weights: Array, horizon: float) -> Known:
    """Weigh the patients whose state at `horizon` is known, under weights (samples, n)."""
    outcome, place = clock.outcome, clock.place(horizon)
    chance = uncensored(clock, weights)
    weight = np.zeros_like(weights)
    ended = np.flatnonzero((outcome.kind != CENSORED) & (clock.leaves < place))
    weight[:, ended] = ratio(weights[:, ended], chance.before[:, clock.leaves[ended]])
    free = np.flatnonzero(clock.leaves >= place)
    weight[:, free] = ratio(weights[:, free], chance.at_place(place)[:, None])
    weight = ratio(weight, weight.sum(1, keepdims=True))
    return Known(weight, (outcome.kind == EVENT) & (clock.leaves < place))
