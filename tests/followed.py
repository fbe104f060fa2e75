"""Cohorts and follow-up for the tests of validation."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort import Cohort, Flaws, simulate_cohort
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import Outcome
from toy import toy_model


@cache
def simulated(n: int = 2000, seed: int = 7, late_entry: float = 0.0, sites_missing: float = 0.0) -> Cohort:
    """A cohort of the toy model: the truth of a forecast by that model is known."""
    flaws = Flaws(
        follow_up=(4, 16), lost=0.02, late_entry=late_entry, missing=0.1, sites_missing=sites_missing
    )
    return simulate_cohort(toy_model(), n, seed, flaws=flaws)


def follow_up(n: int, seed: int, *, late: bool = False, grid: float | None = None) -> tuple[Clock, NDArray]:
    """Random follow-up and a risk related to the event."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    event, death = rng.exponential(12 * np.exp(-x)), rng.exponential(12, n)
    censored = rng.uniform(0.5, 15, n)
    time = np.minimum(np.minimum(event, death), censored)
    if grid is not None:
        time = np.ceil(time / grid) * grid
    kind = np.where(censored <= np.minimum(event, death), 0, np.where(event < death, 1, 2))
    # Some are there from the start, so that the estimate does not begin with a handful.
    entry = np.where(rng.random(n) < 0.4, rng.uniform(0, 0.9, n) * time, 0.0) if late else np.zeros(n)
    if late and grid is not None:
        entry = np.floor(entry / grid) * grid
    return Clock(Outcome("bone", np.arange(n), entry, time, kind, np.ones(n))), 1 / (1 + np.exp(2 - x))
