"""Cause-specific Cox models of the event and of death, joined into cumulative incidences.

Partial likelihood with Breslow's handling of ties, by Newton's method; late entry is respected. The
cumulative incidence adds up, over time, the chance to be free of both times the hazard of the event.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.counting import Clock, ratio
from organotropism.validate.outcome import DEATH, EVENT, Outcome

Array = NDArray[np.float64]
STEPS, TOLERANCE = 30, 1e-9


@dataclass(frozen=True)
class CauseSpecificCox:
    """Fitted models of event and death.

    Attributes
    ----------
    times : (m,) distinct times
    effects : (2, covariates) log hazard ratios of event and death
    hazard : (2, m) steps of the baseline hazards, at covariates `centre`
    centre : (covariates,)
    """

    times: Array
    effects: Array
    hazard: Array
    centre: Array

    def risk(self, covariates: Array, horizon: float) -> Array:
        """Cumulative incidence (n,) of the event by `horizon` for covariates (n, covariates)."""
        upto = int(np.searchsorted(self.times, horizon, side="right"))
        factor = np.exp((covariates - self.centre) @ self.effects.T)
        event = factor[:, :1] * self.hazard[0, :upto]
        either = event + factor[:, 1:] * self.hazard[1, :upto]
        free = np.exp(either - np.cumsum(either, axis=1))  # just before each time
        total: Array = (free * event).sum(1)
        return total


def fit_cox(outcome: Outcome, covariates: Array) -> CauseSpecificCox:
    """Fit both models; `covariates` (n, covariates) of the patients of the outcome."""
    clock, centre = Clock(outcome), covariates.mean(0)
    centred = covariates - centre
    parts = [_fit(clock, centred, kind) for kind in (EVENT, DEATH)]
    return CauseSpecificCox(
        clock.times, np.array([part[0] for part in parts]), np.array([part[1] for part in parts]), centre
    )


def _fit(clock: Clock, covariates: Array, kind: int) -> tuple[Array, Array]:
    """Log hazard ratios and baseline steps of one kind of end."""
    own = clock.outcome.kind == kind
    weight = clock.outcome.weight
    events = clock.events(weight[None], kind)[0]
    found = np.zeros(covariates.shape[1])
    at = events > 0
    if not at.any():
        return found, events
    first = weight[own] @ covariates[own]
    for _ in range(STEPS):
        factor = weight * np.exp(covariates @ found)
        products = np.einsum("ni,nj->nij", covariates, covariates).reshape(len(covariates), -1)
        sums = clock.at_risk(
            np.concatenate([np.ones((len(own), 1)), covariates, products], axis=1).T * factor
        )
        s0, s1, s2 = sums[0, at], sums[1 : 1 + len(found), at], sums[1 + len(found) :, at]
        mean = s1 / s0
        score = first - mean @ events[at]
        spread = s2 / s0 - np.einsum("it,jt->ijt", mean, mean).reshape(len(s2), -1)
        information = (spread @ events[at]).reshape(len(found), -1)
        # A covariate that does not vary gets no effect.
        step = np.clip(np.linalg.lstsq(information, score, rcond=1e-10)[0], -2.0, 2.0)
        found = found + step
        if np.abs(step).max() < TOLERANCE:
            break
    baseline = ratio(events, clock.at_risk((weight * np.exp(covariates @ found))[None])[0])
    return found, baseline
