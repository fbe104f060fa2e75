"""Patients with known metastases: what is known of the course conditions what is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process import pattern, progression, rate
from organotropism.process.cells import Cells
from organotropism.process.course_nodes import CourseNodes
from organotropism.process.kernel import Risks, Strata, mix, shares, strata
from organotropism.process.layout import Layout
from organotropism.process.nodes import Spread

Floats = NDArray[Any]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """When disease presented, with which set, and what followed.

    Attributes
    ----------
    presented : years since diagnosis of the first site found
    path : (years since presentation, set number from then on), first at 0
    until : years since presentation of the moment the forecast starts
    """

    presented: float
    path: list[tuple[float, int]]
    until: float

    @classmethod
    def of(cls, patient: Patient, layout: Layout, window: float) -> History:
        """Read the involved sites; those found within `window` years are one presentation."""
        involved = sorted((entry.years, str(entry.site)) for entry in patient.involved)
        presented = involved[0][0]
        number = 0
        path: list[tuple[float, int]] = []
        for years, site in involved:
            number |= 1 << layout.sites.index(site)
            since = years - presented if years - presented > window else 0.0
            if path and since == 0.0:
                path.pop()
            path.append((since, number))
        as_of = involved[-1][0] if patient.as_of is None else patient.as_of
        return cls(presented, path, max(as_of - presented, path[-1][0]))


def risks(
    layout: Layout,
    theta: Floats,
    cells: Cells,
    rows: rate.RateDesign,
    history: History,
    horizons: tuple[float, ...],
    window: float,
) -> Risks:
    """Risks (draws, 1, ...) of one patient given her history; her known sites have risk 1.

    Unknown covariates are reweighted by the likelihood of the whole history.
    """
    log_weight, ever = by_cell(layout, theta, cells, rows, history, horizons, window)
    return _known(layout, cells, history, log_weight, ever)


def expected(
    spread: Spread,
    cells: Cells,
    rows: rate.RateDesign,
    history: History,
    horizons: tuple[float, ...],
    window: float,
) -> Risks:
    """Means of `risks` over the distribution of the coefficients, with one draw's axis.

    The shares of what is unknown, which are relative, are those at the mode.
    """
    layout, theta = spread.layout, spread.theta[None]
    log_weight = log_weights(layout, theta, cells, rows, history, window)
    groups = strata(cells)
    start, times = _start(layout, len(groups.design), history, horizons)
    nodes = CourseNodes(spread, groups.design, groups.subtype)
    course = nodes.course(start, layout.sets.membership, (history.until, times[-1]), window, odds=False)
    ever = course.at(times)[None][:, groups.of_cell].swapaxes(-1, -2)
    return _known(layout, cells, history, log_weight, ever)


def _start(layout: Layout, rows: int, history: History, horizons: tuple[float, ...]) -> tuple[Array, Array]:
    """Distribution over sets now, (rows, 2**K), and the horizons in years since presentation."""
    start = np.zeros((rows, layout.sets.count))
    start[:, history.path[-1][1]] = 1.0
    return start, history.until + np.array(horizons)


def _known(layout: Layout, cells: Cells, history: History, log_weight: Floats, ever: Floats) -> Risks:
    """Risks from the weights of the cells, (draws, cells), and risks of each site in each cell."""
    starts, (draws, horizons) = np.zeros(1, np.int64), (len(ever), ever.shape[-1])
    weights = shares(cells.weight * np.exp(log_weight - log_weight.max(1, keepdims=True)), starts)
    first = np.broadcast_to(
        layout.sets.membership[history.path[0][1]][:, None],
        (draws, 1, len(layout.sites), horizons),
    )
    known = layout.sets.membership[history.path[-1][1]]
    alone = layout.sets.size[history.path[0][1]] == 1
    return Risks(
        any=np.ones((draws, 1, horizons)),
        first=first,
        only=first * float(alone),
        # Exactly one where known: the weights sum to one only up to rounding.
        ever=np.where(known[:, None] > 0, 1.0, mix(ever, weights, starts)),
        given=first[..., 0],
        several=np.full((draws, 1), float(not alone)),
    )


def by_cell(
    layout: Layout,
    theta: Floats,
    cells: Cells,
    rows: rate.RateDesign,
    history: History,
    horizons: tuple[float, ...],
    window: float,
) -> tuple[Floats, Floats]:
    """Log likelihood of the history, (draws, cells), and risks of each site, (draws, cells, sites, horizons).

    The history is presenting when she did with the set she had, the sites that followed, and being
    alive now.
    """
    groups = strata(cells)
    rates = _hazards(layout, theta, groups)
    log_weight = log_weights(layout, theta, cells, rows, history, window)
    start, times = _start(layout, len(rates.several), history, horizons)
    course = progression.course(
        layout, rates, start, layout.sets.membership, (history.until, times[-1]), window
    )
    shape = (len(theta), len(groups.design), len(times), -1)
    ever = course.at(times).reshape(shape)[:, groups.of_cell].swapaxes(-1, -2)
    return log_weight, ever


def log_weights(
    layout: Layout, theta: Floats, cells: Cells, rows: rate.RateDesign, history: History, window: float
) -> Floats:
    """Log likelihood of the history, (draws, cells)."""
    groups = strata(cells)
    log_rate = rate.log_hazard(layout, theta, rows)
    de_novo = history.presented == 0.0
    found = pattern.probabilities(layout, theta, groups.design, de_novo)
    rates = _hazards(layout, theta, groups)
    course = progression.log_likelihood(layout, rates, history.path, history.until, window)
    log_weight = np.log(found[:, :, history.path[0][1]]) + course.reshape(found.shape[:2])
    log_weight = log_weight[:, groups.of_cell]
    if de_novo:
        return log_weight + _log_prevalence(layout, theta, cells)
    band = int(np.searchsorted(layout.bands, history.presented, side="right")) - 1
    free = rate.free_until(layout.bands, log_rate, rows.other, history.presented)
    return log_weight + log_rate[..., band] + np.log(free)


def _hazards(layout: Layout, theta: Floats, groups: Strata) -> progression.Hazards:
    effects = pattern.site_effects(layout, theta, groups.design)
    return progression.hazards(layout, theta, effects, groups.subtype)


def _log_prevalence(layout: Layout, theta: Floats, cells: Cells) -> Floats:
    """Log probability of stage IV at diagnosis, (draws, cells), whose logit is level + subtype."""
    by_subtype = layout.block(theta, "prevalence.subtype")
    by_subtype = np.concatenate([np.zeros_like(by_subtype[:, :1]), by_subtype], axis=1)
    logit = layout.block(theta, "prevalence.level")[:, None] + by_subtype[:, cells.subtype]
    log_probability: Floats = -np.log1p(np.exp(-logit))
    return log_probability
