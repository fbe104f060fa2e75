"""A model moved to the level of one's own population by a few of its numbers.

The coefficients of a population are the mean over studies plus a deviation of its own, whose spread the model
states (`cohort_prior.py`). Each number is a measurement of them on the logit scale, so what they say of the
level, and of whatever else they bear on, follows by least squares. The hazard of death of other causes is
PREDICT's times one factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.learn.cohort_prior import between_studies
from organotropism.learn.measurement import logit
from organotropism.learn.own_numbers import OTHER_DEATH, OwnNumber
from organotropism.learn.own_update import solved
from organotropism.process import rate
from organotropism.process.cells import Cells, representative
from organotropism.process.index import Index
from organotropism.process.kernel import Kernel
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.results import Options

Array = NDArray[np.float64]
#: SD of the log of a population's own hazard of death of other causes against PREDICT's: root mean square of
#: log observed / expected of METABRIC and Rotterdam by age, from 50 years on (.83 to 1.6).
OTHER_DEATH_SD = 0.25
_CELLS, _STEP, _ROUNDS, _SETTLED = 60, 1e-30, 30, 1e-8


@dataclass(frozen=True)
class Shift:
    """By how much one part of the level moves, log ratio with its standard error."""

    part: str
    log_ratio: float
    se: float


@dataclass(frozen=True)
class OwnLevel:
    """A model at the level of a population, and what moved it.

    Attributes
    ----------
    model : speaks of that population: the spread between studies is in its prior, no longer in it
    numbers : the population's own
    before, after : risks (numbers,) that the model forecasts of them before and after
    distance : (numbers,) of the number from what the model had at its mode, in standard deviations of a
        population not seen and of sampling, on the logit scale
    shifts : of the rate (hazard ratio), of each site (odds ratio given presentation), and, where it was
        measured, of death of other causes (hazard ratio)
    """

    model: Model
    numbers: tuple[OwnNumber, ...]
    before: Array
    after: Array
    distance: Array
    shifts: tuple[Shift, ...]


def own_level(model: Model, numbers: Sequence[OwnNumber], name: str) -> OwnLevel:
    """Move a model to the level of a population.

    Parameters
    ----------
    numbers : of different women, or of the same women at several times
    name : of the new model

    Raises
    ------
    InputError
        A model that speaks of one population already; numbers that the least squares cannot meet.
    """
    if not model.between:
        raise InputError(
            "speaks of one population already",
            field="model",
            value=model.name,
            expected="literature or default",
        )
    prior = model.covariance + between_studies(model)
    lived = [number for number in numbers if number.quantity != OTHER_DEATH]
    theta, covariance = _moved(model, lived, prior) if lived else (model.theta, prior)
    moved = replace(model, theta=theta, covariance=covariance)
    deaths = [number for number in numbers if number.quantity == OTHER_DEATH]
    shifts = _shifts(model, moved)
    if deaths:
        factor = _other_death(moved, deaths)
        moved = replace(moved, index=_scaled(moved.index, factor.log_ratio))
        shifts = (*shifts, factor)
    own = replace(
        moved,
        name=name,
        speaks_of=f"the population whose {len(numbers)} numbers moved the level of: {model.speaks_of}",
        between=(),
        baselines={},
        provenance={**model.provenance, "level": f"of own numbers; prior: {model.name} {model.version}"},
        checksum="",
    )
    before, after = (np.array([_forecast(each, number) for number in numbers]) for each in (model, own))
    distance = np.array([_distance(model, number, prior) for number in numbers])
    return OwnLevel(own, tuple(numbers), before, after, distance, shifts)


def _forecast(model: Model, number: OwnNumber) -> float:
    """The risk that a forecast shows."""
    if number.quantity == OTHER_DEATH:
        return _other_risk(model, number)
    found = model.forecast([number.patient], (number.years,), intervals=False).risks
    if number.quantity == "any":
        return float(found.any[0, 0, 0])
    return float(getattr(found, number.quantity)[0, 0, model.layout.sites.index(number.site), 0])


def _distance(model: Model, number: OwnNumber, prior: Array) -> float:
    risk, slope = _expected(model, number)
    variance = float(slope @ prior @ slope) + number.se**2
    return (logit(number.risk) - logit(risk)) / variance**0.5


def _moved(model: Model, numbers: Sequence[OwnNumber], prior: Array) -> tuple[Array, Array]:
    """Mode and covariance of the population's coefficients: least squares, linearised anew at each step."""
    value = np.array([logit(number.risk) for number in numbers])
    noise = sampling(numbers)
    theta = model.theta
    for _ in range(_ROUNDS):
        current = replace(model, theta=theta)
        risks, slopes = zip(*(_expected(current, number) for number in numbers), strict=True)
        jacobian = np.array(slopes)
        # What the numbers leave over, were the coefficients those of the model before.
        left = value - np.array([logit(risk) for risk in risks]) + jacobian @ (theta - model.theta)
        step, covariance = solved(prior, jacobian, noise, left)
        change, theta = model.theta + step - theta, model.theta + step
        if np.abs(change).max() < _SETTLED:
            return theta, covariance
    raise InputError("are too far from what the model can say", field="numbers", expected="plausible risks")


def sampling(numbers: Sequence[OwnNumber]) -> Array:
    """Covariance (numbers, numbers) of their sampling errors on the logit scale.

    Cumulative incidences of the same women at two times share the events of the first: cov(F(s), F(t)) =
    F(s) (1 - F(t)) / n for s < t without censoring, so the correlation is the root of the ratio of the odds.
    """
    odds = np.array([number.risk / (1 - number.risk) for number in numbers])
    ratio = np.minimum.outer(odds, odds) / np.maximum.outer(odds, odds)
    women = [number.women for number in numbers]
    same = np.array([[a == b for a in women] for b in women])
    se = np.array([number.se for number in numbers])
    covariance: Array = np.where(same, np.sqrt(ratio), 0.0) * np.outer(se, se)
    return covariance


def _expected(model: Model, number: OwnNumber) -> tuple[float, Array]:
    """Risk that the model expects, and the derivatives (size,) of its logit by the complex step."""
    cells, rows = prepare(model, [number.patient], Options(horizons=(number.years,)))
    risk = _risk(model, cells, rows, model.theta[None], number)[0].real
    few = representative(cells, _CELLS)
    rows = rate.design(few, model.index, model.centre, model.layout.bands)
    steps = model.theta + 1j * _STEP * np.eye(model.layout.size)
    moved = _risk(model, few, rows, steps, number)
    level = moved.real[0]
    return float(risk), moved.imag / _STEP / (level * (1 - level))


def _risk(
    model: Model, cells: Cells, rows: rate.RateDesign, theta: NDArray[np.generic], number: OwnNumber
) -> NDArray[np.generic]:
    """Risk (draws,) under each coefficient vector."""
    if number.quantity == OTHER_DEATH:
        log_rate = rate.log_hazard(model.layout, theta, rows)
        clock = rate.Clock(model.layout.bands, 0.0, (number.years,), 0.25)
        presented = clock.masses(log_rate, rows.other).sum(-1)
        free = rate.free_until(model.layout.bands, log_rate, rows.other, number.years)
        died: NDArray[np.generic] = (1 - free - presented) @ cells.weight
        return died
    kernel = Kernel(model.layout, cells, rows, 0.0, (number.years,), model.window_years, 0.25)
    risks = kernel.risks(theta)
    if number.quantity == "any":
        return risks.any[:, 0, 0]
    found: NDArray[np.generic] = getattr(risks, number.quantity)
    return found[:, 0, model.layout.sites.index(number.site), 0]


def _shifts(model: Model, moved: Model) -> tuple[Shift, ...]:
    """Movement of the rate's mean level and of each site's level."""
    layout, change = model.layout, moved.theta - model.theta

    def along(part: str, direction: Array) -> Shift:
        variance = float(direction @ moved.covariance @ direction)
        return Shift(part, float(direction @ change), variance**0.5)

    level = np.zeros(layout.size)
    place = layout.slices["rate.level"]
    level[place] = 1 / (place.stop - place.start)
    first = layout.slices["pattern.level"].start
    each = np.eye(layout.size)
    return (
        along("any distant disease", level),
        *(along(site, each[first + k]) for k, site in enumerate(layout.sites)),
    )


def _other_death(model: Model, numbers: Sequence[OwnNumber]) -> Shift:
    """Factor on the hazard of death of other causes that its numbers ask for, shrunk to one."""
    value, noise = np.array([logit(number.risk) for number in numbers]), sampling(numbers)
    prior, factor, step = np.array([[OTHER_DEATH_SD**2]]), 0.0, 1e-4

    def risks(log_ratio: float) -> Array:
        scaled = replace(model, index=_scaled(model.index, log_ratio))
        return np.array([logit(_other_risk(scaled, number)) for number in numbers])

    for _ in range(_ROUNDS):
        at = risks(factor)
        slope = ((risks(factor + step) - risks(factor - step)) / (2 * step))[:, None]
        moved, covariance = solved(prior, slope, noise, value - at + slope[:, 0] * factor)
        change, factor = float(moved[0]) - factor, float(moved[0])
        if abs(change) < 1e-6:
            return Shift("death of other causes", factor, float(covariance[0, 0]) ** 0.5)
    raise InputError("are too far from what the model can say", field=OTHER_DEATH, expected="plausible risks")


def _other_risk(model: Model, number: OwnNumber) -> float:
    cells, rows = prepare(model, [number.patient], Options(horizons=(number.years,)))
    return float(_risk(model, cells, rows, model.theta[None], number)[0].real)


def _scaled(index: Index, log_ratio: float) -> Index:
    """The index with the hazard of death of other causes times a factor."""
    terms = dict(index.coefficients["other_death"])
    first, *others = terms["baseline"]
    terms["baseline"] = [first + log_ratio, *others]
    return Index({**index.coefficients, "other_death": terms})
