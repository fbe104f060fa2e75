"""Simulated courses: the process played out event by event, patient by patient.

A check on the forecasts that shares none of their numerics, and a source of cohorts whose truth is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process import pattern, progression, rate
from organotropism.process.cells import Cells
from organotropism.process.model import Model
from organotropism.process.results import Options, year_used

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
#: Courses and different patients are worked through so many at a time, to bound memory.
COURSES_AT_ONCE = 50_000
PATIENTS_AT_ONCE = 100


@dataclass(frozen=True)
class Simulated:
    """What happened to each patient; times are years since diagnosis, infinite where it did not happen.

    Attributes
    ----------
    any_time : (n,) first distant disease
    site_time : (n, sites) each site found
    death_time : (n,) death of any cause
    at_presentation : (n, sites) whether the site belongs to the set found at presentation
    """

    any_time: Array
    site_time: Array
    death_time: Array
    at_presentation: Bools


def simulate(
    model: Model, patients: Sequence[Patient], seed: int, years: float = rate.LAST_YEAR
) -> Simulated:
    """Simulate the course of each patient from a non-metastatic diagnosis, at the mode of the coefficients.

    What is unknown of a patient is drawn from the reference population among those who agree with what
    is known. `free_for` and `involved` play no part: select among the simulated courses instead.

    Parameters
    ----------
    model : Model
    patients : sequence of Patient
        One course each; repeat a patient for several courses.
    seed : int
        Same seed, same courses.
    years : float
        End of observation, years since diagnosis; what happens later is left out.

    Raises
    ------
    InputError
        Without patients, or when `years` is not positive or beyond the years that the evidence covers.
    """
    if not 0 < years <= rate.LAST_YEAR:
        expected = f"more than 0 to {rate.LAST_YEAR:g} years since diagnosis"
        raise InputError("cannot be simulated", field="years", value=years, expected=expected)
    if not patients:
        raise InputError("no patient to simulate", field="patients", expected="at least one")
    rng = np.random.default_rng(seed)
    cells = _draw_covariates(model, patients, rng)
    rows = np.arange(len(cells))
    parts = [
        courses(model, cells.take(part), rng, np.zeros(len(part), bool))
        for part in np.split(rows, range(COURSES_AT_ONCE, len(rows), COURSES_AT_ONCE))
    ]
    any_time, site_time, death_time, at_presentation = map(np.concatenate, zip(*parts, strict=True))
    return Simulated(
        any_time=np.where(any_time <= years, any_time, np.inf),
        site_time=np.where(site_time <= years, site_time, np.inf),
        death_time=np.where(death_time <= years, death_time, np.inf),
        at_presentation=at_presentation & (any_time <= years)[:, None],
    )


def _draw_covariates(model: Model, patients: Sequence[Patient], rng: np.random.Generator) -> Cells:
    """One cell per patient, (n,), drawn by its weight; equal patients are expanded once."""
    number_of = {patient: number for number, patient in enumerate(dict.fromkeys(patients))}
    kind = np.array([number_of[patient] for patient in patients])
    different = list(number_of)
    members, parts = [], []
    for begin in range(0, len(different), PATIENTS_AT_ONCE):
        block = different[begin : begin + PATIENTS_AT_ONCE]
        years = [float(year_used(model, patient, Options())) for patient in block]
        cells = model.population.expand(block, model.index, years)
        members.append(np.flatnonzero((kind >= begin) & (kind < begin + len(block))))
        parts.append(cells.take(_draw_cells(cells, kind[members[-1]] - begin, rng)))
    names = Cells.__dataclass_fields__
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Cells(**joined).take(np.argsort(np.concatenate(members))).apart()


def _draw_cells(cells: Cells, patient: Ints, rng: np.random.Generator) -> Ints:
    """Number of one cell of each `patient` (n,); the weights of a patient's cells sum to one."""
    first = np.searchsorted(cells.patient, patient, side="left")
    last = np.searchsorted(cells.patient, patient, side="right") - 1
    drawn = np.searchsorted(np.cumsum(cells.weight), patient + rng.random(len(patient)), side="right")
    return np.clip(drawn, first, last)


def courses(
    model: Model, cells: Cells, rng: np.random.Generator, de_novo: Bools
) -> tuple[Array, Array, Array, Bools]:
    """Presentation, sites, death and the presented sites of fully known patients, without an end.

    Parameters
    ----------
    cells : fully known covariates, one row a patient
    de_novo : (n,) who presents at diagnosis (stage IV)

    Returns
    -------
    (n,), (n, sites), (n,) and (n, sites), as in `Simulated`
    """
    layout, theta = model.layout, model.theta[None]
    design = rate.design(cells, model.index, model.centre, layout.bands)
    any_time = _first_event(np.exp(rate.log_hazard(layout, theta, design)[0]), np.array(layout.bands), rng)
    death_time = _first_event(design.other, np.arange(design.other.shape[1]), rng)
    any_time[de_novo] = 0.0
    presents = any_time < death_time
    any_time[~presents] = np.inf
    known = cells.take(np.flatnonzero(presents))
    scores = pattern.scores(known)
    mix = pattern.probabilities(layout, theta, scores)[0]
    if de_novo.any():
        at_diagnosis = pattern.probabilities(layout, theta, scores, de_novo=True)[0]
        mix = np.where(de_novo[presents, None], at_diagnosis, mix)
    found = _draw_sets(mix, rng)
    effects = pattern.site_effects(layout, theta, scores)
    hazards = progression.hazards(layout, theta, effects, known.subtype)
    later, death = _spread(hazards, np.r_[layout.since, model.window_years], found, layout.sets.several, rng)
    at_presentation = np.zeros((len(cells), len(layout.sites)), bool)
    at_presentation[presents] = layout.sets.membership[found] > 0
    site_time = np.full(at_presentation.shape, np.inf)
    site_time[presents] = any_time[presents, None] + np.where(at_presentation[presents], 0.0, later)
    death_time[presents] = any_time[presents] + death
    return any_time, site_time, death_time, at_presentation


def _first_event(hazard: Array, starts: NDArray[Any], rng: np.random.Generator) -> Array:
    """Time (n,) of one event under a hazard (n, intervals) that is constant from each start to the next."""
    before = np.zeros_like(hazard)
    before[:, 1:] = np.cumsum(hazard[:, :-1] * np.diff(starts), axis=1)
    drawn = rng.standard_exponential(len(hazard))
    interval = (before <= drawn[:, None]).sum(1) - 1
    rows = np.arange(len(hazard))
    time: Array = starts[interval] + (drawn - before[rows, interval]) / hazard[rows, interval]
    return time


def _draw_sets(probabilities: Array, rng: np.random.Generator) -> Ints:
    """One set number (n,) by its probability (n, 2**K)."""
    passed = np.cumsum(probabilities, axis=1) <= rng.random(len(probabilities))[:, None]
    # Rounding may leave the last cumulative probability just below one.
    drawn: Ints = np.minimum(passed.sum(1), probabilities.shape[1] - 1)
    return drawn


def _spread(
    hazards: progression.Hazards, marks: Array, found: Ints, several: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Years from presentation to each later site, (n, sites), and to death, (n,).

    Parameters
    ----------
    hazards : rows are the patients
    marks : years since presentation, the starts of the bands and at last the window
    found : (n,) set numbers at presentation
    several : (2**K,) 1 where a set holds more than one site
    """
    since, window = marks[:-1], marks[-1]
    sets, clock = found.copy(), np.zeros(len(found))
    sites = np.arange(hazards.gain.shape[1])
    later, death = np.full((len(found), len(sites)), np.inf), np.full(len(found), np.inf)
    edges = np.r_[np.unique(marks), np.inf]
    for begin, end in pairwise(edges):
        band = np.searchsorted(since, begin, side="right") - 1
        active = np.flatnonzero(np.isinf(death))
        clock[active] = begin
        while len(active):
            held = sets[active]
            gain = np.exp(hazards.gain[active, :, band] + (hazards.several[active] * several[held])[:, None])
            gain = gain * (held[:, None] >> sites & 1 == 0) * (begin >= window)
            dying = np.exp(hazards.death[active, band] + hazards.death_by_set[active, held])
            exits = np.cumsum(np.c_[gain, dying], axis=1)
            clock[active] += rng.standard_exponential(len(active)) / exits[:, -1]
            event = (exits <= (rng.random(len(active)) * exits[:, -1])[:, None]).sum(1)
            inside = clock[active] < end
            died, joined = inside & (event >= len(sites)), inside & (event < len(sites))
            death[active[died]] = clock[active[died]]
            later[active[joined], event[joined]] = clock[active[joined]]
            sets[active[joined]] |= 1 << event[joined]
            active = active[joined]
    return later, death
