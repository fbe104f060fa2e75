"""Likelihood of a cohort: posterior of the unknown covariates, scores and information of the coefficients.

Rate, gain of a site and death are Poisson in events and person-time, the pattern is multinomial over the
sets, prevalence binomial. The score of a unit is the mean of the scores of its cells over the posterior of
what is unknown (Fisher's identity), its information that of the complete data less the variance of the score
over that posterior (Louis 1982, J R Stat Soc B 44:226).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.learn.parts import POISSON, Jeffreys, Part, Pattern, Poisson, Prevalence, State
from organotropism.learn.scores import Scores
from organotropism.learn.units import Design

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Derivatives:
    """First and second derivatives at one coefficient vector, prior apart.

    Attributes
    ----------
    log_likelihood : observed-data log likelihood of all that weighs
    score : (size,) derivative of what teaches
    slope : (size, size) minus the derivative of `score`; not symmetric where some rows only weigh
    variance : (size, size) of `score`
    """

    log_likelihood: float
    score: Array
    slope: Array
    variance: Array


def derivatives(
    data: Design, theta: Array, jeffreys: Jeffreys | None = None, far: bool = False
) -> Derivatives:
    """Evaluate the likelihood.

    Parameters
    ----------
    jeffreys : adds its penalty to the score
    far : give the second derivatives as if every covariate were known
    """
    state = State(data, theta)
    posterior, by_unit = state.posterior()
    weight = posterior * data.units.times[data.units.cells.patient]
    size = data.layout.size
    scores = Scores(data, weight)
    complete = np.zeros((size, size))
    slope = complete if far else np.zeros((size, size))
    parts: list[Part] = [*(Poisson(state, name) for name in POISSON), Pattern(state), Prevalence(state)]
    for part in parts:
        part.add_scores(scores)
        information = part.information(weight)
        complete[part.columns, part.columns] += information
        part.add_cross(complete, weight, observed=False)
        if not far:
            slope[part.columns, part.columns] += information
            part.add_cross(slope, weight, observed=True)
    total = scores.total()
    cross, own = (0.0, 0.0) if far else scores.between_cells()
    if jeffreys is not None:
        total = total + jeffreys.score(state, weight, complete)
    return Derivatives(float(data.units.times @ by_unit), total, slope - cross, complete - own)
