"""Rate: whether and when distant disease presents, with death of other causes competing.

The log hazard per year of the first presentation, in band b of the years since diagnosis, is

    level[ER, b] + slope[ER] (index_b(x) - centre[ER]) + fade[b] (the same without nodes)
    + age[ER]' (decades under 45, over 65) + T4 + effects' z + year[ER] decades + offset

with the index of `index.py`; `fade` lets early predictors but nodes lose their effect later. The years count
from the end of the fall of `era.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.process import era
from organotropism.process.cells import Cells
from organotropism.process.index import AGE_RANGE, Centre, Index
from organotropism.process.layout import RATE_COVARIATES, Layout

#: Years since diagnosis up to which the evidence on rates reaches.
LAST_YEAR = 20.0
#: Years of diagnosis that the model speaks of, and the one of a woman of whom no year is known in learning.
YEAR_RANGE = (1990.0, 2017.0)
USUAL_YEAR = 2010.0
#: Years of diagnosis for which PREDICT gives death of other causes.
_OTHER_DEATH_YEARS = (2000.0, 2017.0)
#: Ages beyond which relapse may depart from the index, and the width of the bend, years.
_YOUNG, _OLD, _BEND = 45.0, 65.0, 2.0
Floats = NDArray[Any]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class RateDesign:
    """What the rate needs of the cells; it is linear in its coefficients, but for the sign of T4.

    Attributes
    ----------
    er : (n,) 1 for ER-positive
    index : (n, bands) index minus its centre
    fading : (n, bands) the same without the nodes, whose effect lasts
    age : (n, 2) decades under 45 and over 65 years of age
    t4 : (n,) 1 where skin or chest wall is involved
    effects : (n, rate covariates)
    decades : (n,) decades of the year of diagnosis before the end of the fall, zero or less
    offset : (n,) log hazard ratio of treatment and of the chosen baseline
    other : (n, years) yearly hazard of other death
    """

    er: NDArray[np.int64]
    index: Array
    fading: Array
    age: Array
    t4: Array
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


def age_terms(age: Array) -> Array:
    """(n, 2) decades under 45 and over 65, smooth around both; constant beyond the range of the index."""
    held = np.clip(age, *AGE_RANGE)
    beyond = np.array([_YOUNG - held, held - _OLD]).T
    decades: Array = np.logaddexp(0.0, beyond / _BEND) * _BEND / 10.0
    return decades


def design(cells: Cells, index: Index, centre: Centre, bands: tuple[float, ...]) -> RateDesign:
    """Read the cells for the rate; `centre` as in `index.py`."""
    edges = np.r_[bands, LAST_YEAR]
    er = cells.er_positive.astype(int)
    years = np.arange(LAST_YEAR + 1)
    whole, fading = index.relapse(cells, edges)
    middle = np.array(centre)[:, er][:, :, None]
    return RateDesign(
        er=er,
        index=whole - middle[0],
        fading=fading - middle[1],
        age=age_terms(cells.age),
        t4=cells.t4.astype(float),
        effects=rate_covariates(cells.subtype, cells.lobular),
        decades=era.decades(cells.year),
        offset=cells.offset,
        other=index.other_death(cells.age, np.clip(cells.year, *_OTHER_DEATH_YEARS), years),
    )


def t4_step(layout: Layout, theta: Floats) -> Floats:
    """Log hazard ratio (draws,) of T4 against T3 of the same size: never below zero."""
    step = layout.block(theta, "rate.t4")
    folded: Floats = np.sqrt(step * step)  # |x| with a derivative for the complex step
    return folded


def log_hazard(layout: Layout, theta: Floats, rows: RateDesign) -> Floats:
    """Log hazard of presentation per year, (draws, n, bands), for `theta` (draws, size)."""
    slope = layout.block(theta, "rate.slope")[:, rows.er]
    fade = layout.block(theta, "rate.fade")
    fade = np.concatenate([np.zeros((len(fade), 1), fade.dtype), fade], axis=1)
    value = layout.block(theta, "rate.level")[:, rows.er]
    value = value + slope[:, :, None] * rows.index + fade[:, None, :] * rows.fading
    constant = layout.block(theta, "rate.effects") @ rows.effects.T
    constant = constant + layout.block(theta, "rate.year")[:, rows.er] * rows.decades + rows.offset
    constant = constant + (layout.block(theta, "rate.age")[:, rows.er] * rows.age).sum(-1)
    constant = constant + t4_step(layout, theta)[:, None] * rows.t4
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
