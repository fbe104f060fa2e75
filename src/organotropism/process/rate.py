"""Rate: whether and when distant disease presents, with death of other causes competing.

The log hazard per year of the first presentation, in band b of the years since diagnosis, is

    level[ER, b] + (slope[ER] + fade[b]) (index_b(x) - centre[ER]) + effects' z + year + offset

with the index of `index.py`; `fade` lets early predictors lose their effect later.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.process.cells import Cells
from organotropism.process.index import Index
from organotropism.process.layout import RATE_COVARIATES, Layout

#: Years since diagnosis up to which the evidence on rates reaches.
LAST_YEAR = 20.0
YEAR_ZERO = 2010.0
YEAR_RANGE = (1990.0, 2017.0)
Floats = NDArray[Any]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class RateDesign:
    """What the rate needs of the cells; it is linear in its coefficients.

    Attributes
    ----------
    er : (n,) 1 for ER-positive
    index : (n, bands) index minus its centre
    effects : (n, rate covariates)
    decades : (n,) decades of the year of diagnosis since 2010
    offset : (n,) log hazard ratio of treatment and of the chosen baseline
    other : (n, years) yearly hazard of other death
    """

    er: NDArray[np.int64]
    index: Array
    effects: Array
    decades: Array
    offset: Array
    other: Array

    def take(self, rows: slice) -> RateDesign:
        """Return some of the rows."""
        return RateDesign(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def rate_covariates(subtype: NDArray[np.int64], lobular: NDArray[np.bool_]) -> Array:
    """(n, rate covariates) indicators: subtype against HR+/HER2-, lobular against other histology."""
    columns = [subtype == number for number in (1, 2, 3)] + [lobular]
    design = np.array(columns, float).T
    assert design.shape[1] == len(RATE_COVARIATES)
    return design


def design(cells: Cells, index: Index, centre: tuple[float, float], bands: tuple[float, ...]) -> RateDesign:
    """Read the cells for the rate; `centre` is the index's mean per ER stratum (negative, positive)."""
    edges = np.r_[bands, LAST_YEAR]
    er = cells.er_positive.astype(int)
    years = np.arange(LAST_YEAR + 1)
    return RateDesign(
        er=er,
        index=index.relapse(cells, edges) - np.array(centre)[er][:, None],
        effects=rate_covariates(cells.subtype, cells.lobular),
        decades=(np.clip(cells.year, *YEAR_RANGE) - YEAR_ZERO) / 10.0,
        offset=cells.offset,
        other=index.other_death(cells.age, np.clip(cells.year, 2000.0, 2017.0), years),
    )


def log_hazard(layout: Layout, theta: Floats, rows: RateDesign) -> Floats:
    """Log hazard of presentation per year, (draws, n, bands), for `theta` (draws, size)."""
    slope = layout.block(theta, "rate.slope")[:, rows.er]
    fade = layout.block(theta, "rate.fade")
    fade = np.concatenate([np.zeros((len(fade), 1), fade.dtype), fade], axis=1)
    value = layout.block(theta, "rate.level")[:, rows.er]
    value = value + (slope[:, :, None] + fade[:, None, :]) * rows.index
    constant = layout.block(theta, "rate.effects") @ rows.effects.T
    constant = constant + layout.block(theta, "rate.year")[:, None] * rows.decades + rows.offset
    hazard: Floats = value + constant[:, :, None]
    return hazard


@dataclass(frozen=True)
class Clock:
    """Exact survival and event masses on a grid of years since diagnosis.

    Parameters
    ----------
    bands : starts of the bands of the rate
    start : years since diagnosis the patient is known to be free and alive
    horizons : years from `start`, ascending
    step : longest cell, years; every year and every band starts a cell
    """

    bands: tuple[float, ...]
    start: float
    horizons: tuple[float, ...]
    step: float = 1.0 / 12.0

    @property
    def edges(self) -> Array:
        """Edges of the cells, from `start` to the last horizon."""
        fixed = {self.start, *(self.start + h for h in self.horizons)}
        fixed |= {y for y in (*np.arange(LAST_YEAR + 1), *self.bands) if self.start < y < max(fixed)}
        knots = np.array(sorted(fixed))
        pieces = [
            np.linspace(a, b, max(2, int(np.ceil((b - a) / self.step - 1e-9)) + 1))[:-1]
            for a, b in pairwise(knots)
        ]
        return np.concatenate([*pieces, knots[-1:]]) if pieces else knots

    def masses(self, log_rate: Floats, other: Array) -> Floats:
        """Probability of presenting in each cell given free and alive at `start`, (..., cells)."""
        edges = self.edges
        middle = (edges[:-1] + edges[1:]) / 2
        band = np.searchsorted(self.bands, middle, side="right") - 1
        year = np.minimum(middle.astype(int), other.shape[-1] - 1)
        rate = np.exp(log_rate)[..., band]
        total = rate + other[..., year]
        leaving = total * np.diff(edges)
        cumulative = np.cumsum(leaving, axis=-1)
        before = np.exp(leaving - cumulative)  # free and alive at the start of the cell
        mass: Floats = before * -np.expm1(-leaving) * rate / total
        return mass


def free_until(bands: tuple[float, ...], log_rate: Floats, other: Array, years: float) -> Floats:
    """P(free of distant disease and alive at `years` since diagnosis), (...,)."""
    rate_time = np.diff(np.minimum(np.r_[bands, np.inf], years))
    other_time = np.diff(np.minimum(np.arange(other.shape[-1] + 1.0), years))
    gone = np.exp(log_rate) @ rate_time + other @ other_time
    free: Floats = np.exp(-gone)
    return free
