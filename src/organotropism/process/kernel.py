"""From linear predictors to risks: the numerical heart, exact over sets, vectorised over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.process import pattern, progression, rate
from organotropism.process.cells import Cells
from organotropism.process.course_nodes import CourseNodes
from organotropism.process.interrupt import checkpoint
from organotropism.process.layout import Layout
from organotropism.process.nodes import Nodes

Array = NDArray[np.float64]
Floats = NDArray[Any]
#: Draws are processed so many (draw, cell) rows at a time, to bound memory.
ROWS_AT_ONCE = 12_000
#: Cells of the time grid are shortened at most so many times for very high hazards.
_FINEST = 24


@dataclass(frozen=True)
class Risks:
    """Risks per draw and patient; `draws` is 1 for the point forecast.

    Attributes
    ----------
    any : (draws, patients, horizons)
    first, only, ever : (draws, patients, sites, horizons)
    given : (draws, patients, sites) P(site found | presentation by `rate.LAST_YEAR`)
    several : (draws, patients) P(more than one site | presentation)
    """

    any: Array
    first: Array
    only: Array
    ever: Array
    given: Array
    several: Array

    @staticmethod
    def join(parts: Sequence[Risks], axis: int) -> Risks:
        """Join along draws (0) or patients (1)."""
        names = Risks.__dataclass_fields__
        return Risks(**{n: np.concatenate([getattr(p, n) for p in parts], axis=axis) for n in names})

    def take(self, patients: NDArray[np.int64]) -> Risks:
        """Return some of the patients, in the order given."""
        return Risks(**{name: getattr(self, name)[:, patients] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Strata:
    """Cells that share all covariates of the pattern: sets and their course are computed once each."""

    design: Array
    subtype: NDArray[np.int64]
    of_cell: NDArray[np.int64]


def strata(cells: Cells) -> Strata:
    """Group cells by the covariates of the pattern."""
    scores = pattern.scores(cells)
    code = np.zeros(len(cells), np.int64)
    for column in scores.T:
        code = code * 8 + (column.astype(np.int64) + 3)
    _, first, of_cell = np.unique(code, return_index=True, return_inverse=True)
    return Strata(scores[first], cells.subtype[first], of_cell.ravel())


def mix(values: Floats, weights: Floats, starts: NDArray[np.int64]) -> Floats:
    """Weighted sums over the cells of each patient; `values` (draws, cells, ...)."""
    weights = weights.reshape(weights.shape + (1,) * (values.ndim - 2))
    mixed: Floats = np.add.reduceat(values * weights, starts, axis=1)
    return mixed


def shares(weights: Floats, starts: NDArray[np.int64]) -> Floats:
    """Weights (draws, cells) scaled to sum to one within each patient."""
    total = np.add.reduceat(weights, starts, axis=1)
    lengths = np.diff(np.r_[starts, weights.shape[1]])
    scaled: Floats = weights / np.repeat(total, lengths, axis=1)
    return scaled


@dataclass(frozen=True)
class Intervals:
    """Few intervals of time in which all hazards are constant, those of other death by averaging.

    Attributes
    ----------
    edges : years since diagnosis, to the last that the evidence covers
    band : band of the rate of each interval
    other : (cells, intervals) hazard of other death, per year
    """

    edges: Array
    band: NDArray[np.int64]
    other: Array

    @classmethod
    def of(
        cls, bands: tuple[float, ...], start: float, horizons: tuple[float, ...], other: Array
    ) -> Intervals:
        """Between the bands of the rate and the horizons, from `start`."""
        marks = {start, rate.LAST_YEAR, *bands, *(start + h for h in horizons)}
        edges = np.array(sorted(mark for mark in marks if start <= mark <= rate.LAST_YEAR))
        years = np.arange(other.shape[-1])
        overlap = np.minimum.outer(edges[1:], years + 1.0) - np.maximum.outer(edges[:-1], years)
        share = np.maximum(overlap, 0.0) / np.diff(edges)[:, None]
        band = np.searchsorted(bands, (edges[:-1] + edges[1:]) / 2, side="right") - 1
        return cls(edges, band, other @ share.T)

    def masses(self, log_rate: Floats) -> Floats:
        """P(presenting in each interval | free and alive at the first), (draws, cells, intervals)."""
        hazard = np.exp(log_rate)[..., self.band]
        total = hazard + self.other
        leaving = total * np.diff(self.edges)
        before = np.exp(leaving - np.cumsum(leaving, axis=-1))
        masses: Floats = before * -np.expm1(-leaving) * hazard / total
        return masses

    def holding(self, times: Array) -> NDArray[np.int64]:
        """Number of the interval of each of the `times`."""
        return np.searchsorted(self.edges, times, side="right") - 1


@dataclass(frozen=True)
class Kernel:
    """Risks of patients who are free of distant disease `start` years after diagnosis.

    Parameters
    ----------
    layout : Layout
    cells : Cells, sorted by patient
    rows : rate.RateDesign of the same cells
    start : years since diagnosis the patients are known to be free
    horizons : years from `start`, ascending
    window : presentation window, years
    step : longest cell of the time grid, years
    """

    layout: Layout
    cells: Cells
    rows: rate.RateDesign
    start: float
    horizons: tuple[float, ...]
    window: float = progression.WINDOW_YEARS
    step: float = 1.0 / 12.0

    def risks(self, theta: Floats) -> Risks:
        """Return the risks under each coefficient vector of `theta` (draws, size)."""
        blocks = self._blocks()
        if len(blocks) > 1:
            return Risks.join([block.risks(theta) for block in blocks], axis=1)
        at_once = max(1, ROWS_AT_ONCE // len(self.cells))
        parts = [self._risks(theta[i : i + at_once]) for i in range(0, len(theta), at_once)]
        return Risks.join(parts, axis=0)

    def _blocks(self) -> list[Kernel]:
        """Split between patients where the cells are more than are processed at once."""
        starts = self.patient_starts
        cuts = np.flatnonzero(np.diff(starts // ROWS_AT_ONCE, prepend=-1))
        if len(cuts) == 1:
            return [self]
        ends = [*starts[cuts[1:]], len(self.cells)]
        spans = [slice(start, end) for start, end in zip(starts[cuts], ends, strict=True)]
        return [replace(self, cells=self.cells.take(span), rows=self.rows.take(span)) for span in spans]

    def given(self, theta: Array) -> Array:
        """P(site found | presentation by `rate.LAST_YEAR`), (sites,), over all cells at `theta` (size,)."""
        groups = strata(self.cells)
        log_rate = rate.log_hazard(self.layout, theta[None], self.rows)
        weights = (self.cell_weights(log_rate) * self.presented(log_rate))[0]
        found = (
            pattern.probabilities(self.layout, theta[None], groups.design)[0] @ self.layout.sets.membership
        )
        mean: Array = weights @ found[groups.of_cell] / weights.sum()
        return mean

    def patterns(self, nodes: Nodes) -> Array:
        """P(exact set | presentation by `rate.LAST_YEAR`), (patients, 2**K); their margins are `given`."""
        groups = strata(self.cells)
        _, given, _ = self._expected_presentations(nodes)
        found = self._expected_sets(nodes, groups)[groups.of_cell]
        return mix(found[None], given[None], self.patient_starts)[0]

    def presented(self, log_rate: Floats) -> Floats:
        """P(presentation by the last year that the evidence covers), (draws, cells)."""
        whole = rate.Clock(self.layout.bands, self.start, (rate.LAST_YEAR - self.start,), 1.0)
        presented: Floats = whole.masses(log_rate, self.rows.other).sum(-1)
        return presented

    def cell_weights(self, log_rate: Floats) -> Floats:
        """Shares of the cells given that the patient is free at `start` (Bayes), (draws, cells)."""
        free = rate.free_until(self.layout.bands, log_rate, self.rows.other, self.start)
        return shares(self.cells.weight * free, self.patient_starts)

    @property
    def patient_starts(self) -> NDArray[np.int64]:
        """First cell of each patient."""
        return np.flatnonzero(np.diff(self.cells.patient, prepend=-1))

    def _risks(self, theta: Floats) -> Risks:
        groups = strata(self.cells)
        log_rate = rate.log_hazard(self.layout, theta, self.rows)
        weights = self.cell_weights(log_rate)
        clock = self._clock(log_rate)
        found = pattern.probabilities(self.layout, theta, groups.design)
        return self._combined(
            weights[..., None] * clock.masses(log_rate, self.rows.other),
            shares(weights * self.presented(log_rate), self.patient_starts),
            found,
            self._course(theta, groups, found),
            clock,
        )

    def _combined(
        self, masses: Floats, given: Floats, found: Floats, course: progression.Course, clock: rate.Clock
    ) -> Risks:
        """Risks from the parts of the process, all with an axis of draws first.

        Parameters
        ----------
        masses : (draws, cells, times) share of the cell times P(presentation at the time)
        given : (draws, cells) shares of the cells given presentation
        found : (draws, strata, 2**K) P(set | presentation)
        course : of the strata of all draws
        """
        layout, groups, starts = self.layout, strata(self.cells), self.patient_starts
        ends = [clock.edges[1:] <= self.start + h + 1e-9 for h in self.horizons]
        by_horizon = np.stack([masses[..., end].sum(-1) for end in ends], axis=-1)
        p_site = (found @ layout.sets.membership)[:, groups.of_cell]
        p_only = found[:, :, 1 << np.arange(len(layout.sites))][:, groups.of_cell]
        return Risks(
            any=np.add.reduceat(by_horizon, starts, axis=1),
            first=np.add.reduceat(p_site[..., None] * by_horizon[:, :, None], starts, axis=1),
            only=np.add.reduceat(p_only[..., None] * by_horizon[:, :, None], starts, axis=1),
            ever=self._ever(masses, clock, course, groups),
            given=mix(p_site, given, starts),
            several=mix((found @ layout.sets.several)[:, groups.of_cell], given, starts),
        )

    def expected(self, nodes: Nodes) -> Risks:
        """Means of `risks` over the distribution of the coefficients, with one draw's axis.

        The rate, the pattern and what follows are averaged apart, since nothing but their product enters
        a risk and the evidence on them is all but independent. Means with positive weights keep every
        order and every sum of the risks.
        """
        blocks = self._blocks()
        if len(blocks) > 1:
            return Risks.join([block.expected(nodes) for block in blocks], axis=1)
        groups = strata(self.cells)
        masses, given, clock = self._expected_presentations(nodes)
        found = self._expected_sets(nodes, groups)
        course = CourseNodes(nodes.spread, groups.design, groups.subtype).course(
            found, self.layout.sets.membership, self._course_times, self.window, odds=True
        )
        return self._combined(masses[None], given[None], found[None], course, clock)

    def _expected_sets(self, nodes: Nodes, groups: Strata) -> Array:
        """Mean P(set | presentation), (strata, 2**K)."""
        at_once = max(1, ROWS_AT_ONCE // len(groups.design))
        total: Array = sum(
            pattern.probabilities(self.layout, nodes.pattern[i : i + at_once], groups.design).sum(0)
            for i in range(0, len(nodes.pattern), at_once)
        )
        return total / len(nodes.pattern)

    def _expected_presentations(self, nodes: Nodes) -> tuple[Array, Array, rate.Clock]:
        """Mean `masses` (cells, times) and `given` (cells,) of `_combined`.

        They are those at the mode times the ratio of means to mode, which changes so slowly with time that
        it is taken between bands and horizons, with deaths of other causes constant there.
        """
        mode = rate.log_hazard(self.layout, nodes.spread.theta[None], self.rows)
        clock = self._clock(mode)
        bands = Intervals.of(self.layout.bands, self.start, self.horizons, self.rows.other)
        of_mode = bands.masses(mode)[0]
        correction = self.presented(mode)[0] / of_mode.sum(-1)
        masses, given = np.zeros_like(of_mode), np.zeros(len(self.cells))
        at_once = max(1, ROWS_AT_ONCE // len(self.cells))
        for i in range(0, len(nodes.rate), at_once):
            log_rate = rate.log_hazard(self.layout, nodes.rate[i : i + at_once], self.rows)
            found = self.cell_weights(log_rate)[..., None] * bands.masses(log_rate)
            masses += found.sum(0)
            given += shares(found.sum(-1) * correction, self.patient_starts).sum(0)
        ratio = np.divide(masses, of_mode, out=np.zeros_like(masses), where=of_mode > 0) / len(nodes.rate)
        exact = clock.masses(mode, self.rows.other)[0]
        middles = (clock.edges[:-1] + clock.edges[1:]) / 2
        expected = exact * ratio[:, bands.holding(middles)]
        # The ratio carries an error of the coarser intervals, which must not make a near certain risk surer.
        total = np.add.reduceat(expected.sum(-1), self.patient_starts)
        expected /= np.maximum(total, 1.0)[np.cumsum(np.diff(self.cells.patient, prepend=-1) != 0) - 1, None]
        return expected, given / len(nodes.rate), clock

    def _clock(self, log_rate: Floats) -> rate.Clock:
        return rate.Clock(self.layout.bands, self.start, self.horizons, self._fine_step(log_rate))

    def _fine_step(self, log_rate: Floats) -> float:
        """Cells short enough for the fastest hazard of presenting among the rows."""
        fastest = float(np.exp(log_rate.real.max(initial=0.0)))
        return self.step / min(np.ceil(fastest), _FINEST)

    @property
    def _course_times(self) -> tuple[float, float]:
        return 0.0, max(*self.horizons, 2 * self.window)

    def _course(self, theta: Floats, groups: Strata, found: Floats) -> progression.Course:
        effects = pattern.site_effects(self.layout, theta, groups.design)
        rates = progression.hazards(self.layout, theta, effects, groups.subtype)
        start = found.reshape(-1, self.layout.sets.count)
        # A coarser grid of presentations goes with longer steps of what follows them.
        exit_per_step = progression.EXIT_PER_STEP * max(1.0, 12 * self.step)
        return progression.course(
            self.layout,
            rates,
            start,
            self.layout.sets.membership,
            self._course_times,
            self.window,
            exit_per_step=exit_per_step,
        )

    def _ever(self, masses: Floats, clock: rate.Clock, course: progression.Course, groups: Strata) -> Floats:
        """P(site found by each horizon), (draws, patients, sites, horizons).

        The sum over presentation times of mass times P(site found the remaining time later); the
        masses of a patient's cells (draws, cells, times) are first added up within each stratum.
        """
        order = np.lexsort((groups.of_cell, self.cells.patient))
        patient, stratum = self.cells.patient[order], groups.of_cell[order]
        first = np.flatnonzero(np.diff(patient, prepend=-1) | np.diff(stratum, prepend=-1))
        joint = np.add.reduceat(masses[:, order], first, axis=1)
        parts = (course.value, course.slope_start, course.slope_end)
        lines = np.concatenate(parts, axis=1).reshape(
            len(masses), -1, sum(p.shape[1] for p in parts), parts[0].shape[2]
        )
        lines = lines[:, stratum[first]]
        middles = (clock.edges[:-1] + clock.edges[1:]) / 2 - self.start
        by_horizon = []
        for h in self.horizons:
            checkpoint()
            inside = middles < h
            weights = np.concatenate(course.weights(h - middles[inside]), axis=1)
            by_horizon.append(np.einsum("dpn,dpnk->dpk", joint[..., inside] @ weights, lines))
        patients = np.flatnonzero(np.diff(patient[first], prepend=-1))
        ever: Floats = np.add.reduceat(np.stack(by_horizon, axis=-1), patients, axis=1)
        return ever
