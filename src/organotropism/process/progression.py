"""Progression: which further organs follow the presentation, and death.

After presentation the found set only grows. Site s joins at the rate

    exp(level_s + shape(v) + several * [two or more sites] + slope * x'effects_s)

v years since presentation, from day 30 on (until then a site belongs to the presentation), and the
patient dies at the rate exp(level + shape(v) + subtype + liver + brain + several). The forward
equations over the 2**K sets are integrated by the classical Runge-Kutta scheme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.process.interrupt import checkpoint
from organotropism.process.layout import Layout

Floats = NDArray[Any]
Array = NDArray[np.float64]

WINDOW_YEARS = 30.0 / 365.25
#: Product of step and fastest exit rate at which the error of the scheme stays below 1e-4.
EXIT_PER_STEP = 0.35
#: Hazards above this, per year, are set to it, since steps get as short as hazards are high. The mean wait is
#: then under four days: too short to matter over years, and far from any hazard that data could show.
FASTEST = 100.0
#: Strata integrated at once: their sets stay in the processor's cache.
ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Hazards:
    """Log hazards per year after presentation; rows are strata, or strata by draws.

    Attributes
    ----------
    gain : (rows, sites, since bands)
    several : (rows,) added to `gain` when two or more sites are involved
    death : (rows, since bands)
    death_by_set : (rows, 2**K) added to `death`
    """

    gain: Floats
    several: Floats
    death: Floats
    death_by_set: Floats

    def take(self, rows: NDArray[np.int64]) -> Hazards:
        """Return some of the rows."""
        return Hazards(self.gain[rows], self.several[rows], self.death[rows], self.death_by_set[rows])

    @staticmethod
    def join(parts: Sequence[Hazards]) -> Hazards:
        """Put rows of several one after another."""
        names = Hazards.__dataclass_fields__
        return Hazards(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def exit(self) -> Floats:
        """Bound of the rate (rows,) at which a found set is left, per year."""
        gain = _rate(self.gain.real.max(-1)).sum(-1) * np.maximum(_rate(self.several.real), 1.0)
        bound: Floats = gain + _rate(self.death.real.max(-1) + self.death_by_set.real.max(-1))
        return bound


def _rate(log_hazard: Floats) -> Floats:
    """Hazard per year, at most `FASTEST`."""
    return np.exp(np.minimum(log_hazard, np.log(FASTEST)))


def hazards(layout: Layout, theta: Floats, site_effects: Floats, subtype: NDArray[np.int64]) -> Hazards:
    """Hazards of each draw and stratum, flattened to rows draw by draw.

    Parameters
    ----------
    theta : (draws, size)
    site_effects : (draws, strata, sites), from `pattern.site_effects`
    subtype : (strata,) number in `vocabulary.SUBTYPES`
    """
    draws, strata, count = site_effects.shape

    def shape(part: str) -> Floats:
        later = layout.block(theta, f"{part}.shape")
        return np.concatenate([np.zeros((draws, 1), later.dtype), later], axis=1)

    gain = layout.block(theta, "progression.level")[:, None, :] + site_effects * layout.block(
        theta, "progression.slope"
    ).reshape(draws, 1, 1)
    gain = gain[..., None] + shape("progression")[:, None, None, :]
    by_subtype = layout.block(theta, "death.subtype")
    by_subtype = np.concatenate([np.zeros_like(by_subtype[:, :1]), by_subtype], axis=1)[:, subtype]
    death = layout.block(theta, "death.level")[:, None] + by_subtype
    sets = layout.sets
    by_set = layout.block(theta, "death.several")[:, None] * sets.several
    for site in ("liver", "brain"):
        if site in layout.sites:
            held = sets.membership[:, layout.sites.index(site)]
            by_set = by_set + layout.block(theta, f"death.{site}")[:, None] * held
    return Hazards(
        gain=gain.reshape(draws * strata, count, -1),
        several=np.repeat(layout.block(theta, "progression.several"), strata),
        death=(death[..., None] + shape("death")[:, None, :]).reshape(draws * strata, -1),
        death_by_set=np.repeat(by_set, strata, axis=0),
    )


@dataclass(frozen=True)
class Course:
    """Expected features of the found set over the time since presentation.

    `value[:, i, :]` holds the features at `nodes[i]`, `slope_start` and `slope_end` their
    derivatives at both ends of each interval between nodes; `living[:, i]` holds expectations over the
    living, P(alive) unless others were asked for.
    """

    nodes: Array
    value: Floats
    slope_start: Floats
    slope_end: Floats
    living: Floats

    def weights(self, at: Array) -> tuple[Array, Array, Array]:
        """Cubic Hermite weights on `value`, `slope_start`, `slope_end` for the times `at`."""
        nodes = self.nodes
        i = np.clip(np.searchsorted(nodes, at, side="right") - 1, 0, len(nodes) - 2)
        width = nodes[i + 1] - nodes[i]
        t = (at - nodes[i]) / width
        rows = np.arange(len(at))
        on_value = np.zeros((len(at), len(nodes)))
        on_value[rows, i] = (1 + 2 * t) * (1 - t) ** 2
        on_value[rows, i + 1] = t**2 * (3 - 2 * t)
        on_start, on_end = np.zeros((2, len(at), len(nodes) - 1))
        on_start[rows, i] = t * (1 - t) ** 2 * width
        on_end[rows, i] = t**2 * (t - 1) * width
        return on_value, on_start, on_end

    def mean_of(self, count: int) -> Course:
        """Mean of `count` courses of the same strata whose rows follow each other."""
        names = ("value", "slope_start", "slope_end", "living")
        parts = {name: getattr(self, name) for name in names}
        means = {name: x.reshape(count, -1, *x.shape[1:]).mean(0) for name, x in parts.items()}
        return Course(self.nodes, **means)

    def at(self, times: Array) -> Floats:
        """Features at `times`, (rows, times, features)."""
        on_value, on_start, on_end = self.weights(times)
        features: Floats = (
            np.einsum("tn,rnf->rtf", on_value, self.value)
            + np.einsum("tn,rnf->rtf", on_start, self.slope_start)
            + np.einsum("tn,rnf->rtf", on_end, self.slope_end)
        )
        return features


def course(
    layout: Layout,
    rates: Hazards,
    start: Floats,
    features: Array,
    times: tuple[float, float],
    window: float = WINDOW_YEARS,
    step: float = 0.5,
    exit_per_step: float = EXIT_PER_STEP,
    living: Array | None = None,
) -> Course:
    """Integrate the forward equations from a distribution over sets.

    Parameters
    ----------
    rates : Hazards, one row per stratum
    start : (rows, 2**K) distribution over sets of the patients alive at `times[0]`
    features : (2**K, features) values of each found set, for example site membership
    times : first and last time, years since presentation
    window : years from presentation during which no further site is told apart
    step : longest interval between nodes, years
    exit_per_step : largest product of the step of the scheme and the rate of leaving a set
    living : (2**K, n) values of each set whose expectation over the living is kept; ones unless given
    """
    kept = np.ones((features.shape[0], 1)) if living is None else living
    nodes = _nodes(layout.since, times, window, step)
    # Strata with similar hazards go together, since the fastest of them sets the step of all.
    order = np.argsort(rates.exit(), kind="stable")
    parts = [
        _integrate(layout, rates.take(rows), start[rows], features, kept, nodes, window, exit_per_step)
        for rows in np.split(order, range(ROWS_AT_ONCE, len(order), ROWS_AT_ONCE))
    ]
    back = np.argsort(order)
    value, starts, ends, alive = (np.concatenate(part)[back] for part in zip(*parts, strict=True))
    return Course(nodes, value, starts, ends, alive)


def _integrate(
    layout: Layout,
    rates: Hazards,
    start: Floats,
    features: Array,
    kept: Array,
    nodes: Array,
    window: float,
    exit_per_step: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Value, slopes and living of a `Course`; sets come first inside, so that rows lie side by side."""
    alive = seen = np.ascontiguousarray(start.T)
    value, starts, ends, living = [seen], [], [], [kept.T @ alive]
    for a, b in pairwise(nodes):
        checkpoint()
        flow = _Flow(layout, rates, (a + b) / 2, window)
        first = flow(alive)
        starts.append(first[1])
        alive, gained = flow.advance(alive, first, b - a, exit_per_step)
        ends.append(flow(alive)[1])
        seen = seen + gained
        value.append(seen)
        living.append(kept.T @ alive)
    value, starts, ends = (
        np.einsum("nsr,sf->rnf", np.stack(x), features, optimize=True) for x in (value, starts, ends)
    )
    return value, starts, ends, np.moveaxis(np.stack(living), 2, 0)


class _Flow:
    """The generator between two nodes, applied to (2**K, rows) without ever forming its matrix."""

    def __init__(self, layout: Layout, rates: Hazards, middle: float, window: float) -> None:
        band = int(np.searchsorted(layout.since, middle, side="right")) - 1
        self.gain = _rate(rates.gain[:, :, band].T) * (1.0 if middle > window else 0.0)
        self.burden = np.where(layout.sets.several[:, None], _rate(rates.several), 1.0)
        self.death = _rate((rates.death[:, band, None] + rates.death_by_set).T)
        exit_bound = float(np.max((self.death + self.burden * self.gain.sum(0)).real, initial=0.0))
        self.exit = min(exit_bound, FASTEST)
        if exit_bound > FASTEST:
            # A set is left at that rate at most, each way in its proportion: the number of steps is bounded.
            free = 1.0 - layout.sets.membership
            leaving = (self.death + self.burden * (free @ self.gain)).real
            held = FASTEST / np.maximum(leaving, FASTEST)
            self.burden, self.death = self.burden * held, self.death * held

    def __call__(self, alive: Floats) -> tuple[Floats, Floats]:
        """Derivative of the living and of the found sets (dead included)."""
        at_risk = alive * self.burden
        found = np.zeros_like(at_risk)
        for site, gain in enumerate(self.gain):
            # bit `site` of the set number splits the sets without and with the site
            split = (-1, 2, 1 << site, len(gain))
            flow = at_risk.reshape(split)[:, 0] * gain
            change = found.reshape(split)
            change[:, 0] -= flow
            change[:, 1] += flow
        return found - alive * self.death, found

    def advance(
        self, alive: Floats, first: tuple[Floats, Floats], width: float, exit_per_step: float
    ) -> tuple[Floats, Floats]:
        """Living sets after `width` years and the net change of the found sets; `first`: flow of `alive`."""
        steps = max(1, int(np.ceil(self.exit * width / exit_per_step)))
        h = width / steps
        gained = np.zeros_like(alive * self.burden)
        for step in range(steps):
            k1, f1 = self(alive) if step else first
            k2, f2 = self(alive + h / 2 * k1)
            k3, f3 = self(alive + h / 2 * k2)
            k4, f4 = self(alive + h * k3)
            alive = alive + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            gained = gained + h / 6 * (f1 + 2 * f2 + 2 * f3 + f4)
        return alive, gained


def _nodes(since: tuple[float, ...], times: tuple[float, float], window: float, step: float) -> Array:
    """Nodes at every change of a hazard and dense enough for cubic interpolation between them."""
    first, last = times
    marks = {first, last, *(x for x in (*since, window) if first < x < last)}
    early = np.arange(0.0, 1.0, step / 2)
    grid = np.r_[early, np.arange(1.0, 6.0, step), np.arange(6.0, last, 2 * step)]
    marks |= {float(x) for x in grid if first < x < last}
    return np.array(sorted(marks))


def log_likelihood(
    layout: Layout, rates: Hazards, path: list[tuple[float, int]], until: float, window: float = WINDOW_YEARS
) -> Floats:
    """Log likelihood (rows,) of the sites found after presentation and of being alive at `until`.

    Parameters
    ----------
    path : list of (years since presentation, set number from then on), first at 0
    until : years since presentation
    """
    edges = np.array(layout.since)
    total = np.zeros(len(rates.several), dtype=rates.gain.dtype)
    for i, (begin, number) in enumerate(path):
        end = path[i + 1][0] if i + 1 < len(path) else until
        missing = [s for s in range(len(layout.sites)) if not number >> s & 1]
        burden = np.exp(rates.several) * layout.sets.several[number] + (1 - layout.sets.several[number])

        def exposure(start: float, end: float = end) -> Array:
            return np.diff(np.clip(np.r_[edges, np.inf], start, max(start, end)))

        gain = np.exp(rates.gain[:, missing]).sum(1) @ exposure(max(begin, window))
        death = np.exp(rates.death + rates.death_by_set[:, [number]]) @ exposure(begin)
        total = total - burden * gain - death
        if i + 1 < len(path):
            site = (path[i + 1][1] ^ number).bit_length() - 1
            band = int(np.searchsorted(edges, end, side="right")) - 1
            total = total + rates.gain[:, site, band] + np.log(burden)
    return total
