"""Maximum likelihood of the rate and the pattern from tabulated patients.

Both are exponential families: the rate needs events and person-years per covariate stratum and band
(Poisson; Holford 1980, Biometrics 36:299), the pattern the sets found per covariate stratum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.process.sets import SiteSets

Array = NDArray[np.float64]
_MAX_STEPS = 100
_TOLERANCE = 1e-10
#: Condition of the information beyond which some combination of coefficients is not identified.
_SINGULAR = 1e13


@dataclass(frozen=True)
class RateFit:
    """Coefficients (p,) on the log hazard per year, and their covariance (p, p)."""

    coef: Array
    cov: Array


@dataclass(frozen=True)
class PatternFit:
    """Log-linear model of the found sets.

    Attributes
    ----------
    alpha : (sites,) levels
    J : (pairs,) pair coefficients, in the order of `SiteSets.pairs`
    delta : (covariates, sites) effects
    cov : covariance of (alpha, J, delta by rows), flattened in this order
    """

    alpha: Array
    J: Array
    delta: Array
    cov: Array


def fit_rate(events: Array, person_years: Array, design: Array, ridge: float = 0.0) -> RateFit:
    """Fit a piecewise-exponential hazard to tabulated events and person-years.

    Parameters
    ----------
    events, person_years : (n,) of each stratum and band; person_years > 0
    design : (n, p) indicators of the bands and covariates
    ridge : precision of a Gaussian prior with mean zero on every coefficient

    Raises
    ------
    ValueError
        When the fit does not converge, as under separation without a prior.
    """

    def derivatives(coef: Array) -> tuple[float, Array, Array]:
        expected = person_years * np.exp(design @ coef)
        value = float(events @ (design @ coef) - expected.sum() - ridge / 2 * coef @ coef)
        gradient = design.T @ (events - expected) - ridge * coef
        information = design.T @ (expected[:, None] * design) + ridge * np.eye(len(coef))
        return value, gradient, information

    start = np.linalg.lstsq(
        design, np.full(len(events), np.log(events.sum() / person_years.sum())), rcond=None
    )
    return RateFit(*_newton(derivatives, start[0]))


def fit_pattern(
    found: NDArray[np.bool_], design: Array, weights: Array | None = None, ridge: float = 0.0
) -> PatternFit:
    """Fit the log-linear model of the sets found at presentation, exact over all sets.

    Parameters
    ----------
    found : (n, sites) whether each site was found; no row is empty
    design : (n, covariates)
    weights : (n,) number of patients each row stands for
    ridge : precision of a Gaussian prior with mean zero on pairs and effects

    Raises
    ------
    ValueError
        For a row without any site, or when the fit does not converge.
    """
    count = found.shape[1]
    if not found.any(1).all():
        raise ValueError("every presentation has at least one site")
    sets = SiteSets(tuple(f"site{k}" for k in range(count)))
    weights = np.ones(len(found)) if weights is None else weights
    member, pair = sets.membership[1:], sets.pair_membership[1:]
    features = np.hstack([member, pair])
    number = found @ (1 << np.arange(count)) - 1
    pairs, covariates = pair.shape[1], design.shape[1]
    penalty = np.r_[np.zeros(count), np.full(pairs + covariates * count, ridge)]

    def derivatives(coef: Array) -> tuple[float, Array, Array]:
        alpha, pairwise = coef[:count], coef[count : count + pairs]
        delta = coef[count + pairs :].reshape(covariates, count)
        score = (alpha + design @ delta) @ member.T + pair @ pairwise
        top = score.max(1, keepdims=True)
        log_total = top[:, 0] + np.log(np.exp(score - top).sum(1))
        p = np.exp(score - log_total[:, None])
        value = float(weights @ (score[np.arange(len(number)), number] - log_total) - penalty / 2 @ coef**2)
        mean = p @ features
        spread = np.einsum("ns,sa,sb->nab", weights[:, None] * p, features, features, optimize=True)
        spread -= weights[:, None, None] * mean[:, :, None] * mean[:, None, :]
        missed = weights[:, None] * (features[number] - mean)
        gradient = np.r_[missed.sum(0), (design.T @ missed[:, :count]).ravel()]
        cross = np.einsum("nq,nak->aqk", design, spread[:, :, :count]).reshape(len(features.T), -1)
        both = np.einsum("nq,nr,nkl->qkrl", design, design, spread[:, :count, :count], optimize=True)
        side = covariates * count
        information = np.block([[spread.sum(0), cross], [cross.T, both.reshape(side, side)]])
        return value, gradient - penalty * coef, information + np.diag(penalty)

    coef, cov = _newton(derivatives, np.zeros(count + pairs + covariates * count))
    return PatternFit(
        coef[:count], coef[count : count + pairs], coef[count + pairs :].reshape(covariates, count), cov
    )


def _newton(derivatives: Callable[[Array], tuple[float, Array, Array]], start: Array) -> tuple[Array, Array]:
    """Newton with step halving; returns the maximum and the inverse information."""
    coef = start
    value, gradient, information = derivatives(coef)
    for _ in range(_MAX_STEPS):
        if np.linalg.cond(information) > _SINGULAR:
            break
        step = np.linalg.solve(information, gradient)
        while True:
            new_value, new_gradient, new_information = derivatives(coef + step)
            if new_value >= value - 1e-12 * abs(value) or np.abs(step).max() < _TOLERANCE:
                break
            step = step / 2
        coef, value, gradient, information = coef + step, new_value, new_gradient, new_information
        if np.abs(step).max() < _TOLERANCE:
            return coef, np.asarray(np.linalg.inv(information), float)
    raise ValueError("the fit did not converge: too few events for the coefficients, or separation")
