"""Conflict of a cohort with the literature, beyond what estimates and populations differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from organotropism.learn.update import Gaussian, Updated
from organotropism.process.layout import COVARIATES, Layout

Array = NDArray[np.float64]
#: Directions with less than this share of the largest variance are no part of a test: the cohort is silent
#: there.
_SILENT = 1e-6


@dataclass(frozen=True)
class Conflict:
    """Test of one block: squared Mahalanobis distance of cohort and prior, degrees of freedom, p value."""

    block: str
    distance: float
    degrees: int
    p: float


def conflicts(layout: Layout, literature: Gaussian, ridge: Gaussian, alone: Updated) -> list[Conflict]:
    """Test every block of coefficients for prior-data conflict.

    The estimate from the cohort alone is, under the literature's distribution of a new population, normal
    around W m + (1 - W) r with covariance W P W' + that of the estimate, m and P being mean and covariance of
    that distribution, r the mean of the weak prior of the estimate, and W the share of the cohort in it (a
    prior predictive check; Evans & Moshonov 2006, Bayesian Anal 1:893). Where the cohort is silent W
    vanishes.

    Parameters
    ----------
    literature : distribution of the coefficients of a new population, between-study spread counted once
    ridge : weak prior under which `alone` was fitted
    """
    total = np.linalg.inv(alone.data_slope + np.linalg.inv(ridge.covariance))
    share = total @ alone.data_slope
    expected = ridge.mean + share @ (literature.mean - ridge.mean)
    covariance = share @ literature.covariance @ share.T + total @ alone.data_variance @ total.T
    away = alone.posterior.mean - expected
    return [_test(name, away[place], covariance[np.ix_(place, place)]) for name, place in _blocks(layout)]


def _blocks(layout: Layout) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Names and places of what is tested together: the blocks, effects on the pattern by covariate."""
    for name, part in layout.slices.items():
        place = np.arange(part.start, part.stop)
        if name == "pattern.effects":
            for covariate, rows in zip(COVARIATES, place.reshape(len(COVARIATES), -1), strict=True):
                yield f"{name}[{covariate}]", rows
        else:
            yield name, place


def _test(block: str, away: Array, covariance: Array) -> Conflict:
    values, vectors = np.linalg.eigh(covariance)
    heard = values > _SILENT * max(values.max(), 1e-12)
    # Variances on the scale of coefficients: below this the cohort says nothing of the whole block.
    heard &= values > _SILENT
    distance = float(((vectors[:, heard].T @ away) ** 2 / values[heard]).sum())
    degrees = int(heard.sum())
    return Conflict(block, distance, degrees, float(chi2.sf(distance, degrees)) if degrees else float("nan"))
