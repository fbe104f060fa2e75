"""From the tables of a cohort to the units of the likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.tabulate import DE_NOVO, FIELDS, TABLES, Tables
from organotropism.errors import InputError
from organotropism.learn.reference import Reference
from organotropism.learn.shipped import predict_index, reference_population
from organotropism.learn.units import Counts, Enrolled, Found, Units
from organotropism.patient import Patient
from organotropism.process.index import Centre, Index
from organotropism.process.layout import Layout
from organotropism.process.model import Model
from organotropism.process.population import Population
from organotropism.process.rate import LAST_YEAR, YEAR_RANGE

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


def check_tables(tables: Tables, layout: Layout, window_years: float) -> None:
    """Refuse tables whose sites, bands or window are not those of the model.

    Raises
    ------
    InputError
        Naming what differs.
    """
    for field, theirs, ours in (
        ("sites", tables.sites, layout.sites),
        ("bands", tables.bands, layout.bands),
        ("since", tables.since, layout.since),
        ("window_years", (round(tables.window_years, 6),), (round(window_years, 6),)),
    ):
        if tuple(theirs) != tuple(ours):
            listed = ", ".join(map(str, ours))
            raise InputError(
                "are not those of the model", field=field, value=", ".join(map(str, theirs)), expected=listed
            )


def patients_of(strata: pl.DataFrame) -> list[Patient]:
    """One patient per stratum, in order.

    Tables hold values as the record reads them (`tabulate.read_fields`), so nothing is read again.
    """
    return [Patient.model_construct(**row) for row in strata.select(FIELDS).iter_rows(named=True)]


def years_of(strata: pl.DataFrame, last: int) -> Array:
    """Year of diagnosis of each stratum; unknown ones get the median of the cohort, failing that `last`."""
    known = strata["year_of_diagnosis"]
    median = known.median()
    usual = last if median is None else round(float(median))  # type: ignore[arg-type]
    years: Array = known.fill_null(usual).to_numpy().astype(float)
    return years


@dataclass(frozen=True)
class Frame:
    """What does not come from the cohort: the shape of the index and the reference population.

    Attributes
    ----------
    years : first and last year of diagnosis that the rate can speak of
    """

    layout: Layout
    index: Index
    centre: Centre
    population: Population
    years: tuple[int, int]
    window_years: float

    @classmethod
    def of(cls, model: Model) -> Frame:
        """Frame of a model."""
        return cls(model.layout, model.index, model.centre, model.population, model.years, model.window_years)

    @classmethod
    def shipped(cls, layout: Layout, window_years: float) -> Frame:
        """PREDICT's index and the population of the evidence tables."""
        index, population = predict_index(), reference_population()
        centre = Reference(population, index, layout.bands).centre
        years = (int(YEAR_RANGE[0]), int(YEAR_RANGE[1]))
        return cls(layout, index, centre, population, years, window_years)


def units(tables: Tables, frame: Frame) -> Units:
    """Units of local tables: the strata, those with metastases last, each with the rows of all tables."""
    import polars as pl

    layout = frame.layout
    metastatic = pl.concat([tables.pattern["stratum"], tables.progression["stratum"]]).unique()
    strata = tables.strata.with_columns(pl.col("stratum").is_in(metastatic.to_list()).alias("metastatic"))
    strata = strata.sort("metastatic", "stratum")
    unit_of = np.zeros(len(strata), np.int64)
    unit_of[strata["stratum"].to_numpy()] = np.arange(len(strata))
    rows = {}
    for name in TABLES:
        table = getattr(tables, name)
        rows[name] = table.with_columns(pl.Series("stratum", unit_of[table["stratum"].to_numpy()]))
    years = np.clip(years_of(strata, frame.years[1]), *frame.years)
    return Units(
        times=np.ones(len(strata)),
        stratum=strata["stratum"].to_numpy(),
        metastatic=strata["metastatic"].to_numpy(),
        cells=frame.population.expand(patients_of(strata), frame.index, years.tolist()),
        deaths=_other_deaths(rows["rate"]),
        rate=_rate(rows["rate"], layout),
        gain=_gain(rows["progression"], layout),
        death=_death(rows["progression"], layout),
        found=_found(rows["pattern"]),
        enrolled=_enrolled(rows["prevalence"]),
    )


def _column(frame: pl.DataFrame, name: str) -> Array:
    column: Array = frame[name].to_numpy().astype(float)
    return column


def _summed(frame: pl.DataFrame, key: Array, events: Array, years: Array, teaches: Array) -> Counts:
    """Add up rows of one unit and hazard; rows without time carry nothing."""
    rows = np.column_stack([_column(frame, "stratum"), teaches, key])
    different, place = np.unique(rows, axis=0, return_inverse=True)
    place = place.ravel()
    time = np.bincount(place, years, minlength=len(different)).astype(float)
    count = np.bincount(place, events, minlength=len(different)).astype(float)
    kept = (time > 0) | (count > 0)
    different = different[kept].astype(np.int64)
    taught = different[:, 1] > 0
    return Counts(
        different[:, 0], different[:, 2:], count[kept], time[kept], taught, np.ones(len(taught), bool)
    )


def _rate(frame: pl.DataFrame, layout: Layout) -> Counts:
    band = np.searchsorted(layout.bands, _column(frame, "start"), side="right") - 1
    return _summed(
        frame,
        band[:, None].astype(float),
        _column(frame, "events"),
        _column(frame, "years"),
        _column(frame, "observed"),
    )


def _other_deaths(frame: pl.DataFrame) -> Counts:
    start = np.floor(_column(frame, "start"))
    end = np.minimum(np.ceil(_column(frame, "end")), LAST_YEAR)
    return _summed(
        frame,
        np.column_stack([start, end]),
        _column(frame, "deaths"),
        _column(frame, "years"),
        np.zeros(len(frame)),
    )


def _gain(frame: pl.DataFrame, layout: Layout) -> Counts:
    number, since = _column(frame, "set").astype(np.int64), _since(frame, layout)
    several = layout.sets.several[number]
    parts = []
    for k, site in enumerate(layout.sites):
        free = (number >> k & 1) == 0
        rows = frame.filter(free)
        key = np.column_stack([np.full(len(rows), k), since[free], several[free]])
        parts.append((rows, key, _column(rows, f"gained_{site}")))
    joined = [
        _summed(
            rows,
            key,
            events,
            _column(rows, "later_years"),
            np.ones(len(rows)),
        )
        for rows, key, events in parts
    ]
    names = Counts.__dataclass_fields__
    return Counts(**{name: np.concatenate([getattr(part, name) for part in joined]) for name in names})


def _death(frame: pl.DataFrame, layout: Layout) -> Counts:
    number = _column(frame, "set").astype(np.int64)
    held = [
        layout.sets.membership[number, layout.sites.index(site)] if site in layout.sites else number * 0
        for site in ("liver", "brain")
    ]
    return _summed(
        frame,
        np.column_stack([_since(frame, layout), *held, layout.sets.several[number]]),
        _column(frame, "deaths"),
        _column(frame, "years"),
        np.ones(len(frame)),
    )


def _since(frame: pl.DataFrame, layout: Layout) -> Ints:
    band: Ints = np.searchsorted(layout.since, _column(frame, "since"), side="right") - 1
    return band


def _found(frame: pl.DataFrame) -> Found:
    return Found(
        _column(frame, "stratum").astype(np.int64),
        _column(frame, "set").astype(np.int64),
        (_column(frame, "band") == DE_NOVO).astype(np.int64),
        _column(frame, "patients"),
        np.ones(len(frame), bool),
    )


def _enrolled(frame: pl.DataFrame) -> Enrolled:
    return Enrolled(
        _column(frame, "stratum").astype(np.int64),
        _column(frame, "patients"),
        _column(frame, "stage_iv"),
        np.ones(len(frame), bool),
    )
