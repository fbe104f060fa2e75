"""From linear predictors to risks: the numerical heart, exact over sets, vectorised over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.process import pattern, progression, rate
from organotropism.process.cells import Cells
from organotropism.process.interrupt import checkpoint
from organotropism.process.layout import Layout

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

    def patterns(self, theta: Array) -> Array:
        """P(exact set | presentation by `rate.LAST_YEAR`), (patients, 2**K), at `theta` (size,)."""
        groups = strata(self.cells)
        log_rate = rate.log_hazard(self.layout, theta[None], self.rows)
        weights = shares(self.cell_weights(log_rate) * self.presented(log_rate), self.patient_starts)
        found = pattern.probabilities(self.layout, theta[None], groups.design)
        return mix(found[:, groups.of_cell], weights, self.patient_starts)[0].real

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
        layout, groups, starts = self.layout, strata(self.cells), self.patient_starts
        log_rate = rate.log_hazard(layout, theta, self.rows)
        weights = self.cell_weights(log_rate)
        clock = rate.Clock(layout.bands, self.start, self.horizons, self._fine_step(log_rate))
        masses = clock.masses(log_rate, self.rows.other)
        found = pattern.probabilities(layout, theta, groups.design)
        ends = [clock.edges[1:] <= self.start + h + 1e-9 for h in self.horizons]
        by_horizon = np.stack([masses[..., end].sum(-1) for end in ends], axis=-1)
        p_site = (found @ layout.sets.membership)[:, groups.of_cell]
        p_only = found[:, :, 1 << np.arange(len(layout.sites))][:, groups.of_cell]
        given = shares(weights * self.presented(log_rate), starts)
        return Risks(
            any=mix(by_horizon, weights, starts),
            first=mix(p_site[..., None] * by_horizon[:, :, None], weights, starts),
            only=mix(p_only[..., None] * by_horizon[:, :, None], weights, starts),
            ever=self._ever(masses * weights[..., None], clock, self._course(theta, groups, found), groups),
            given=mix(p_site, given, starts),
            several=mix((found @ layout.sets.several)[:, groups.of_cell], given, starts),
        )

    def _fine_step(self, log_rate: Floats) -> float:
        """Cells short enough for the fastest hazard of presenting among the rows."""
        fastest = float(np.exp(log_rate.real.max(initial=0.0)))
        return self.step / min(np.ceil(fastest), _FINEST)

    def _course(self, theta: Floats, groups: Strata, found: Floats) -> progression.Course:
        effects = pattern.site_effects(self.layout, theta, groups.design)
        rates = progression.hazards(self.layout, theta, effects, groups.subtype)
        start = found.reshape(-1, self.layout.sets.count)
        times = (0.0, max(*self.horizons, 2 * self.window))
        # A coarser grid of presentations goes with longer steps of what follows them.
        exit_per_step = progression.EXIT_PER_STEP * max(1.0, 12 * self.step)
        return progression.course(
            self.layout,
            rates,
            start,
            self.layout.sets.membership,
            times,
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
