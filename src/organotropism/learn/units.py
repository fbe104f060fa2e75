"""What a cohort's tables say, as the likelihood reads it: units, possible covariates, rows of counts.

A *unit* is one patient, or all patients of a stratum without unknown covariates, or one row of a shared
table. Each unit has a cell for every combination of what is unknown, weighted by the reference population.
Rows of counts *teach* (they enter the score of the coefficients) or *weigh* (they bear on what is unknown) or
both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from organotropism.process import rate
from organotropism.process.cells import Cells
from organotropism.process.index import Centre, Index
from organotropism.process.kernel import strata
from organotropism.process.layout import Layout

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
#: Blocks that also patients without metastases bear on.
_FREE = ("rate.", "prevalence.")
#: Weight of a combination that cannot be.
_TINY = 1e-300


@dataclass(frozen=True)
class Counts:
    """Events under a piecewise constant hazard, one row per unit and cell of the hazard; arrays (rows,).

    Attributes
    ----------
    unit : number of the unit
    key : (rows, keys) whole numbers that say which hazard
    events, years : counts and person-years
    teaches, weighs : what the row is for
    """

    unit: Ints
    key: Ints
    events: Array
    years: Array
    teaches: Bools
    weighs: Bools


@dataclass(frozen=True)
class Found:
    """Sets found at presentation, one row per unit and set; arrays (rows,).

    Attributes
    ----------
    unit, set_number : number of the unit and of the set
    de_novo : 1 at diagnosis
    patients : how many
    teaches : whether the row teaches the pattern; all rows weigh
    """

    unit: Ints
    set_number: Ints
    de_novo: Ints
    patients: Array
    teaches: Bools


@dataclass(frozen=True)
class Enrolled:
    """Stage IV disease at diagnosis, one row per unit: patients and how many of them; arrays (rows,)."""

    unit: Ints
    patients: Array
    stage_iv: Array
    teaches: Bools


@dataclass(frozen=True)
class Units:
    """Everything the fit reads.

    Attributes
    ----------
    times : (units,) how many equal units each stands for
    stratum : (units,) number of the stratum in the tables
    metastatic : (units,) whether any row bears on pattern or course; units without come first
    cells : possible covariates, `patient` being the unit, sorted by it
    deaths : counts of death of other causes by year since diagnosis; they only weigh. Key: start and end of
        the interval
    rate : key: band
    gain : key: site, band since presentation, several
    death : key: band since presentation, liver, brain, several
    found, enrolled : see there
    """

    times: Array
    stratum: Ints
    metastatic: Bools
    cells: Cells
    deaths: Counts
    rate: Counts
    gain: Counts
    death: Counts
    found: Found
    enrolled: Enrolled


@dataclass(frozen=True)
class Rows:
    """Counts spread over the cells of their units, with the design of the log hazard.

    Attributes
    ----------
    cell : (rows,) cell of each row
    source : (rows,) row of `counts`
    counts : Counts
    design : (rows, p); the columns that follow from the coefficients are filled in later
    offset : (rows,) part of the log hazard that is not estimated
    by_cell : (cells, rows) sums rows into their cells
    """

    cell: Ints
    source: Ints
    counts: Counts
    design: Array
    offset: Array
    by_cell: csr_array

    @property
    def events(self) -> Array:
        """(rows,) events."""
        return self.counts.events[self.source]

    @property
    def years(self) -> Array:
        """(rows,) person-years."""
        return self.counts.years[self.source]


def sums(cell: Ints, cells: int) -> csr_array:
    """(cells, rows) matrix that adds up the rows of each cell."""
    shape = (cells, len(cell))
    return csr_array((np.ones(len(cell)), (cell, np.arange(len(cell)))), shape=shape)


class Spread:
    """Places of the cells of each unit, to spread rows of units over them."""

    def __init__(self, cells: Cells, units: int) -> None:
        self.cells = len(cells)
        self.count = np.bincount(cells.patient, minlength=units)
        self.start = np.cumsum(self.count) - self.count

    def __call__(self, unit: Ints) -> tuple[Ints, Ints]:
        """(row, cell) of every row of `unit` in every cell of its unit."""
        count = self.count[unit]
        row = np.repeat(np.arange(len(unit)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return row, self.start[unit][row] + within


@dataclass(frozen=True)
class Zone:
    """Neighbouring units whose scores concern the same coefficients.

    Attributes
    ----------
    cells : their cells
    starts : (units,) first cell of each unit, counted within the zone
    times : (units,) how many equal units each stands for
    used : coefficients
    """

    cells: slice
    starts: Ints
    times: Array
    used: Ints


@dataclass(frozen=True)
class Design:
    """Units with all designs that do not depend on the coefficients.

    Attributes
    ----------
    layout : Layout
    units : Units
    starts : (units,) first cell of each unit
    log_weight : (cells,) log share of the cell in the reference population, and how well it agrees with
        death of other causes
    scores : (groups, covariates) different covariates of the pattern
    group : (cells,) number of the group
    rate, gain, death : rows over cells
    gain_site : (rows of gain,) number of the site
    found_row, found_cell : rows of `units.found` over cells
    enrolled_row, enrolled_cell : rows of `units.enrolled` over cells
    found_by_cell, enrolled_by_cell : sums of these rows into their cells
    zones : units without and with metastases
    """

    layout: Layout
    units: Units
    starts: Ints
    log_weight: Array
    scores: Array
    group: Ints
    rate: Rows
    gain: Rows
    death: Rows
    gain_site: Ints
    found_row: Ints
    found_cell: Ints
    enrolled_row: Ints
    enrolled_cell: Ints
    found_by_cell: csr_array
    enrolled_by_cell: csr_array
    zones: tuple[Zone, ...]

    @property
    def subtype(self) -> Ints:
        """(cells,) number in `vocabulary.SUBTYPES`."""
        return self.units.cells.subtype


def design(layout: Layout, units: Units, index: Index, centre: Centre) -> Design:
    """Spread the counts of the units over their cells and build the designs."""
    cells = units.cells
    spread = Spread(cells, len(units.times))
    rows = rate.design(cells, index, centre, layout.bands)
    groups = strata(cells)
    gain = spread(units.gain.unit)
    site, since, several = units.gain.key[gain[0]].T
    found, enrolled = spread(units.found.unit), spread(units.enrolled.unit)
    return Design(
        layout=layout,
        units=units,
        starts=spread.start,
        log_weight=np.log(np.maximum(cells.weight, _TINY)) + _other_death(units.deaths, spread, rows.other),
        scores=groups.design,
        group=groups.of_cell,
        rate=_rate_rows(layout, units.rate, spread, rows),
        gain=Rows(
            gain[1],
            gain[0],
            units.gain,
            np.hstack(
                [
                    _one_hot(site, len(layout.sites)),
                    _later(since, layout),
                    several[:, None],
                    site[:, None] * 0,
                ]
            ),
            np.zeros(len(site)),
            sums(gain[1], len(cells)),
        ),
        death=_death_rows(layout, units.death, spread, cells.subtype),
        gain_site=site,
        found_row=found[0],
        found_cell=found[1],
        enrolled_row=enrolled[0],
        enrolled_cell=enrolled[1],
        found_by_cell=sums(found[1], len(cells)),
        enrolled_by_cell=sums(enrolled[1], len(cells)),
        zones=_zones(layout, units, spread),
    )


def _zones(layout: Layout, units: Units, spread: Spread) -> tuple[Zone, ...]:
    metastatic = np.flatnonzero(units.metastatic)
    border = int(metastatic[0]) if len(metastatic) else len(units.times)
    at = int(spread.start[border]) if border < len(units.times) else spread.cells
    everything = np.arange(layout.size)
    known_free = [
        np.arange(part.start, part.stop) for name, part in layout.slices.items() if name.startswith(_FREE)
    ]
    zones = (
        Zone(slice(0, at), spread.start[:border], units.times[:border], np.concatenate(known_free)),
        Zone(slice(at, spread.cells), spread.start[border:] - at, units.times[border:], everything),
    )
    return tuple(zone for zone in zones if len(zone.starts))


def _one_hot(number: Ints, count: int) -> Array:
    return (number[:, None] == np.arange(count)).astype(float)


def _later(since: Ints, layout: Layout) -> Array:
    """Indicators of all bands after presentation but the first."""
    return _one_hot(since, len(layout.since))[:, 1:]


def _rate_rows(layout: Layout, counts: Counts, spread: Spread, rows: rate.RateDesign) -> Rows:
    row, cell = spread(counts.unit)
    band, er = counts.key[row, 0], rows.er[cell]
    in_band, in_stratum = _one_hot(band, len(layout.bands)), _one_hot(er, 2)
    age = in_stratum[:, :, None] * rows.age[cell][:, None, :]
    columns = [
        _one_hot(er * len(layout.bands) + band, 2 * len(layout.bands)),
        in_stratum * rows.index[cell, band][:, None],
        in_band[:, 1:] * rows.fading[cell, band][:, None],
        in_stratum * rows.decades[cell][:, None],
        age.reshape(len(row), -1),
        rows.t4[cell][:, None],
        rows.effects[cell],
    ]
    return Rows(cell, row, counts, np.hstack(columns), rows.offset[cell], sums(cell, spread.cells))


def _death_rows(layout: Layout, counts: Counts, spread: Spread, subtype: Ints) -> Rows:
    row, cell = spread(counts.unit)
    since, liver, brain, several = counts.key[row].T
    columns = [
        np.ones((len(row), 1)),
        _later(since, layout),
        _one_hot(subtype[cell], 4)[:, 1:],
        np.array([liver, brain, several]).T,
    ]
    return Rows(cell, row, counts, np.hstack(columns), np.zeros(len(row)), sums(cell, spread.cells))


def _other_death(deaths: Counts, spread: Spread, hazard: Array) -> Array:
    """Log likelihood (cells,) of living on and of dying without distant disease."""
    row, cell = spread(deaths.unit)
    cumulative = np.hstack([np.zeros((len(hazard), 1)), np.cumsum(hazard, axis=1)])
    start, end = deaths.key[row].T
    mean = (cumulative[cell, np.minimum(end, hazard.shape[1])] - cumulative[cell, start]) / (end - start)
    value = deaths.events[row] * np.log(mean) - deaths.years[row] * mean
    return np.bincount(cell, value, minlength=len(hazard)).astype(float)
