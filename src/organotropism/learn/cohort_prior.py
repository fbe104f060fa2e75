"""Priors for a cohort: what the literature says of a population not seen yet, or nearly nothing.

A cohort's own coefficients are the mean over studies plus a deviation of its own:

    own = mean + deviation,   mean ~ N(literature, covariance),   deviation ~ N(0, T)

T is the spread between studies of the model, but nearly flat for the levels of rate and prevalence and wide
for the era, in which populations differ most. Cohort data update `own`. What they say of `mean`, and
so of any other population, follows from the same two lines (`mean_over_studies`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from organotropism.learn.prior import HELD
from organotropism.learn.update import Gaussian
from organotropism.process.layout import Layout
from organotropism.process.model import Model

Array = NDArray[np.float64]
#: SD of a cohort's own levels, log hazard or log odds, each by itself and (of the rate) all together.
LEVEL_SD, COMMON_LEVEL_SD = 1.0, 2.0
FREE_LEVELS = ("rate.level", "prevalence.level")
#: SD of a cohort's own trend, log hazard per decade.
ERA_SD = 0.3
#: SD without a prior: so wide that it shows only where the cohort is silent.
RIDGE_SD, RIDGE_LEVEL_SD = 1.5, 4.0


def between_studies(model: Model) -> Array:
    """(size, size) covariance of the deviations of populations, as the model states it."""
    names = model.layout.names
    total = np.zeros((len(names), len(names)))
    for part in model.between:
        place = [names.index(name) for name in part.coefficients]
        total[np.ix_(place, place)] += part.sd**2
    return total


def own_deviation(model: Model) -> Array:
    """(size, size) covariance T of a cohort's deviation: levels nearly flat."""
    total, layout = between_studies(model), model.layout
    for name in FREE_LEVELS:
        place = layout.slices[name]
        total[place, :] = total[:, place] = 0.0
        total[place, place] = np.eye(place.stop - place.start) * LEVEL_SD**2
    place = layout.slices["rate.level"]
    total[place, place] += COMMON_LEVEL_SD**2
    place = layout.slices["rate.year"]
    total[place, place] += np.eye(place.stop - place.start) * ERA_SD**2
    return total


def from_literature(model: Model) -> Gaussian:
    """Prior of a cohort's own coefficients."""
    return Gaussian(model.theta, model.covariance + own_deviation(model))


def ridge(layout: Layout, levels: dict[str, float]) -> Gaussian:
    """Weak prior without any evidence: no effect, slopes one, the crude hazards as levels.

    Parameters
    ----------
    levels : log hazards by block
    """
    mean, sd = np.zeros(layout.size), np.full(layout.size, RIDGE_SD)
    for name, part in layout.slices.items():
        if name.endswith(".slope"):
            mean[part] = 1.0
        if name.endswith(".level"):
            mean[part], sd[part] = levels.get(name, 0.0), RIDGE_LEVEL_SD
    return Gaussian(mean, np.diag(sd**2))


def mean_over_studies(model: Model, own: Gaussian) -> Gaussian:
    """What a cohort's own coefficients, learned under `from_literature`, say of the mean over studies.

    With the literature's covariance V and G = V (V + T)^-1 it moves by G times the cohort's deviation; its
    covariance is V - G V + G cov(own) G'. Levels, whose T is large, hardly move.
    """
    v = model.covariance
    gain = np.linalg.solve(v + own_deviation(model), v).T
    mean = model.theta + gain @ (own.mean - model.theta)
    covariance = v - gain @ v + gain @ own.covariance @ gain.T
    covariance = (covariance + covariance.T) / 2
    for block in HELD:  # taken from its source by every population
        place = model.layout.slices[block]
        mean[place] = model.theta[place]
        covariance[place, :] = covariance[:, place] = 0.0
        covariance[place, place] = v[place, place]
    return Gaussian(mean, covariance)
