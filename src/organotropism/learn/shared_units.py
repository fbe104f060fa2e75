"""Units of shared tables, whose rows speak of several patients and no longer belong together.

Person-time is shared among the cells of its stratum as those at risk are, an event as those at risk times
their hazard: the likelihood of the marginal hazard of the stratum. Who is at risk in the middle of a band
follows from the survival of each cell until then; who has metastases, from presenting; who has a set, from
its probability.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.tabulate import DE_NOVO, Tables
from organotropism.learn.read_tables import Frame, patients_of, years_of
from organotropism.learn.units import Counts, Enrolled, Found, Units
from organotropism.process.cells import Cells, representative
from organotropism.process.layout import Layout
from organotropism.process.rate import LAST_YEAR

Ints = NDArray[np.int64]
#: Cells that stand for the unknown of a stratum.
_CELLS = 50
#: Shared tables do not tell when metastases came: taken as the middle of this band.
_USUAL_BAND = 1


@dataclass
class _Collected:
    """Rows gathered unit by unit."""

    layout: Layout
    stratum: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    metastatic: list[bool] = field(default_factory=list)
    counts: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {"deaths": [], "rate": [], "gain": [], "death": []}
    )
    found: list[tuple[Any, ...]] = field(default_factory=list)
    enrolled: list[tuple[Any, ...]] = field(default_factory=list)

    def unit(self, stratum: int, times: float, metastatic: bool = False) -> int:
        """Open a unit; return its number."""
        self.stratum.append(stratum)
        self.times.append(times)
        self.metastatic.append(metastatic)
        return len(self.times) - 1

    def row(
        self,
        part: str,
        unit: int,
        key: tuple[int, ...],
        events: float,
        years: float,
        teaches: bool,
        weighs: bool,
    ) -> None:
        """Add a row of counts."""
        self.counts[part].append((unit, key, events, years, teaches, weighs))

    def survives(self, unit: int, band: int) -> None:
        """Free of distant disease and alive until the middle of a band."""
        edges = (*self.layout.bands, LAST_YEAR)
        middle = (edges[band] + edges[band + 1]) / 2
        for number, (start, end) in enumerate(pairwise(edges)):
            if start < middle:
                self.row("rate", unit, (number,), 0.0, min(end, middle) - start, False, True)
        self.row("deaths", unit, (0, int(middle)), 0.0, float(int(middle)), False, True)

    def presents(self, unit: int, band: int) -> None:
        """Presents in the middle of a band; which is taken as known."""
        self.survives(unit, band)
        self.row("rate", unit, (band,), 1.0, 0.0, False, True)


def shared_units(tables: Tables, frame: Frame) -> Units:
    """Units of shared tables, those without metastases first."""
    rows = _Collected(frame.layout)
    _rate(tables, rows)
    _prevalence(tables, rows)
    _pattern(tables, rows)
    _progression(tables, rows)
    parts = {
        name: _counts(collected, {"deaths": 2, "rate": 1, "gain": 3, "death": 4}[name])
        for name, collected in rows.counts.items()
    }
    found = np.array(rows.found, float).reshape(-1, 5)
    enrolled = np.array(rows.enrolled, float).reshape(-1, 4)
    number, stratum = found[:, :3].astype(np.int64), np.array(rows.stratum, np.int64)
    return Units(
        times=np.array(rows.times),
        stratum=stratum,
        metastatic=np.array(rows.metastatic),
        cells=_cells(tables, frame, stratum),
        found=Found(number[:, 0], number[:, 1], number[:, 2], found[:, 3], found[:, 4] > 0),
        enrolled=Enrolled(
            enrolled[:, 0].astype(np.int64), enrolled[:, 1], enrolled[:, 2], enrolled[:, 3] > 0
        ),
        **parts,
    )


def _counts(rows: list[tuple[Any, ...]], keys: int) -> Counts:
    unit, key, events, years, teaches, weighs = zip(*rows, strict=True) if rows else ([], [], [], [], [], [])
    return Counts(
        np.array(unit, np.int64),
        np.array(key, np.int64).reshape(-1, keys),
        np.array(events, float),
        np.array(years, float),
        np.array(teaches, bool),
        np.array(weighs, bool),
    )


def _cells(tables: Tables, frame: Frame, stratum: Ints) -> Cells:
    """Cells of every unit, those of its stratum."""
    strata = tables.strata.sort("stratum")
    years = np.clip(years_of(strata, frame.years[1]), *frame.years)
    every = frame.population.expand(patients_of(strata), frame.index, years.tolist())
    cells = representative(every, _CELLS)
    count = np.bincount(cells.patient, minlength=len(strata))
    start = np.cumsum(count) - count
    unit = np.repeat(np.arange(len(stratum)), count[stratum])
    within = np.arange(len(unit)) - np.repeat(np.cumsum(count[stratum]) - count[stratum], count[stratum])
    return replace(cells.take(start[stratum][unit] + within), patient=unit)


def _band(layout: Layout, start: float) -> int:
    return int(np.searchsorted(layout.bands, start, side="right")) - 1


def _rate(tables: Tables, rows: _Collected) -> None:
    for row in tables.rate.iter_rows(named=True):
        band = _band(rows.layout, row["start"])
        unit = rows.unit(row["stratum"], 1.0)
        rows.survives(unit, band)
        rows.row("rate", unit, (band,), 0.0, row["years"], True, False)
        if row["events"]:
            unit = rows.unit(row["stratum"], row["events"])
            rows.survives(unit, band)
            rows.row("rate", unit, (band,), 1.0, 0.0, True, True)


def _prevalence(tables: Tables, rows: _Collected) -> None:
    for row in tables.prevalence.iter_rows(named=True):
        for stage_iv, times in ((1.0, row["stage_iv"]), (0.0, row["patients"] - row["stage_iv"])):
            if times:
                rows.enrolled.append((rows.unit(row["stratum"], times), 1.0, stage_iv, 1.0))


def _pattern(tables: Tables, rows: _Collected) -> None:
    for row in tables.pattern.iter_rows(named=True):
        unit = rows.unit(row["stratum"], row["patients"], metastatic=True)
        de_novo = row["band"] == DE_NOVO
        if de_novo:
            rows.enrolled.append((unit, 1.0, 1.0, 0.0))
        else:
            rows.presents(unit, _USUAL_BAND)
        rows.found.append((unit, row["set"], float(de_novo), 1.0, 1.0))


def _progression(tables: Tables, rows: _Collected) -> None:
    sets, sites = rows.layout.sets, rows.layout.sites

    def metastatic(row: dict[str, Any], times: float) -> int:
        unit = rows.unit(row["stratum"], times, metastatic=True)
        rows.presents(unit, _USUAL_BAND)
        rows.found.append((unit, row["set"], 0.0, 1.0, 0.0))
        return unit

    for row in tables.progression.iter_rows(named=True):
        number = row["set"]
        since = int(np.searchsorted(rows.layout.since, row["since"], side="right")) - 1
        several = int(sets.several[number])
        held = [int(number >> sites.index(site) & 1) if site in sites else 0 for site in ("liver", "brain")]
        death_key = (since, *held, several)
        unit = metastatic(row, 1.0)
        rows.row("death", unit, death_key, 0.0, row["years"], True, False)
        if row["deaths"]:
            rows.row("death", metastatic(row, row["deaths"]), death_key, 1.0, 0.0, True, True)
        for site, name in enumerate(sites):
            if number >> site & 1:
                continue
            key = (site, since, several)
            if row["later_years"]:
                rows.row("gain", unit, key, 0.0, row["later_years"], True, False)
            if row[f"gained_{name}"]:
                rows.row("gain", metastatic(row, row[f"gained_{name}"]), key, 1.0, 0.0, True, True)
