"""Intervals of shares and of cumulative incidences, 95 %."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.aalen_johansen import Z95, Incidence, incidence, ones, standard_error
from organotropism.validate.counting import Clock, ratio
from organotropism.validate.outcome import EVENT

Array = NDArray[np.float64]
NONE: Final = float("nan")


def wilson(count: int, of: int) -> tuple[float, float]:
    """Interval of a share (Wilson, J Am Stat Assoc 1927;22:209); NaN of nobody."""
    if not of:
        return NONE, NONE
    share, z2 = count / of, Z95**2
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def greenwood(clock: Clock) -> Array:
    """Variance (m,) of the Aalen-Johansen estimate just after each time, of Greenwood's kind.

    Sum over the times s of the multinomial variances of the steps of both hazards, carried to t by the delta
    method; with death as the only end it is Greenwood's formula (Andersen, Borgan, Gill and Keiding 1993,
    IV.4). Late entry is in the numbers at risk. Of patients who count once each, not weighted.
    """
    weights = ones(clock.outcome)
    found = incidence(clock, weights)
    at_risk = found.at_risk[0]
    event, ended = clock.events(weights, EVENT)[0], clock.ended(weights)[0]
    before = np.concatenate([[1.0], found.free[0][:-1]])
    value = found.event[0]
    own = np.cumsum(before**2 * ratio(event * (at_risk - event), at_risk**3))
    either = ratio(ended, at_risk * (at_risk - ended))
    cross = before * ratio(event, at_risk**2)
    variance = (
        own
        - 2 * (value * np.cumsum(cross) - np.cumsum(value * cross))
        + value**2 * np.cumsum(either)
        - 2 * value * np.cumsum(value * either)
        + np.cumsum(value**2 * either)
    )
    return np.maximum(variance, 0.0)


def log_log_bands(value: Array, error: Array) -> tuple[Array, Array]:
    """Ends of the intervals of cumulative incidences, normal on log(-log(1 - x)); NaN at 0 and 1."""
    inside = (value > 0) & (value < 1)
    log_free = np.log1p(-np.where(inside, value, 0.5))
    spread = Z95 * error / (np.exp(log_free) * -log_free)
    # Where all but a rounding error have had it, the interval is everything.
    with np.errstate(over="ignore"):
        low, high = (-np.expm1(log_free * np.exp(sign * spread)) for sign in (-1.0, 1.0))
    return np.where(inside, low, NONE), np.where(inside, high, NONE)


def errors_at(clock: Clock, grid: Array) -> Array:
    """Standard error (g,) of the cumulative incidence at times.

    Of Greenwood's kind; where patients are weighted for late entry, by the infinitesimal jackknife with the
    weights taken as they are.
    """
    weight = clock.outcome.weight
    if bool((weight != 1).any()):
        return np.array([standard_error(clock, time) for time in grid])
    return np.sqrt(at_times(clock.times, greenwood(clock), grid, 0.0))


def at_times(times: Array, values: Array, grid: Array, first: float) -> Array:
    """Values (g,) of a step function at `grid`, `first` before its first step."""
    places = np.searchsorted(times, grid, side="right")
    return np.concatenate([[first], values])[places]


def incidence_of(clock: Clock) -> Incidence:
    """The Aalen-Johansen estimates of the patients of a clock."""
    return incidence(clock, ones(clock.outcome))
