"""How much an index of prognosis explains of whether and when: Royston and Sauerbrei's D and its R2.

References
----------
Royston P, Sauerbrei W. A new measure of prognostic separation in survival data. Stat Med 2004;23:723-748.
doi:10.1002/sim.1621
"""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: D is the log hazard ratio between the halves of worse and of better prognosis, if the index is normal:
#: two means of half normals lie sqrt(8 / pi) standard deviations apart.
KAPPA = sqrt(8.0 / pi)
#: Variance of the logarithm of the time of an exponential event.
NOISE = pi**2 / 6.0


def normal_scores(index: Array, weights: Array) -> Array:
    """Expected standard normal order statistics (n,) of an index, the same for equal values.

    Parameters
    ----------
    index : (n,) values
    weights : (n,) shares, sum one
    """
    from scipy.special import ndtri

    _, of_value = np.unique(np.round(index, 12), return_inverse=True)
    share = np.bincount(of_value.ravel(), weights)
    ends = np.clip(np.r_[0.0, np.cumsum(share)], 0.0, 1.0)
    density = np.exp(-0.5 * ndtri(ends) ** 2) / sqrt(2.0 * pi)
    scores: Array = (-np.diff(density) / share)[of_value.ravel()]
    return scores


def separation(index: Array, weights: Array) -> float:
    """Royston and Sauerbrei's D of a log hazard over a population in which the index holds.

    The coefficient of the normal scores divided by `KAPPA`; without outcomes it is that of the projection
    of the index on them.

    Parameters
    ----------
    index : (n,) log hazard
    weights : (n,) shares, sum one
    """
    scores = normal_scores(index, weights)
    spread = weights @ scores**2
    return float(KAPPA * (weights @ (scores * index)) / spread) if spread > 0 else 0.0


def explained(d: float) -> float:
    """R2_D: explained variation on the scale of the log of time, from `separation`."""
    variance = (d / KAPPA) ** 2
    return variance / (NOISE + variance)


def shares_of_variance(parts: Mapping[str, Array], weights: Array) -> dict[str, float]:
    """Shapley value of each part in the variance of their sum, as shares of it; they sum to one.

    Of a sum the Shapley value has a closed form, the covariance of the part with the sum, so blocks of
    parts have the sum of the values of their members. Negative where a part offsets the others.

    Parameters
    ----------
    parts : terms (n,) of the index, by factor
    weights : (n,) shares, sum one

    References
    ----------
    Genizi A. Decomposition of R2 in multiple regression with correlated regressors. Stat Sin 1993;3:407-420.
    """
    total = np.sum(list(parts.values()), axis=0)
    centred = weights * (total - weights @ total)
    variance = centred @ total
    return {name: float(centred @ part / variance) if variance > 0 else 0.0 for name, part in parts.items()}


def binary_entropy(p: Array | float) -> Array:
    """Entropy, in nats, of an event of probability `p`."""
    from scipy.special import entr

    entropy: Array = entr(p) + entr(1.0 - np.asarray(p))
    return entropy


def entropy_explained(risk: Array, weights: Array) -> float:
    """Share of the entropy of a yes or no that knowing everything about the patient removes.

    Parameters
    ----------
    risk : (n,) probability of yes
    weights : (n,) shares, sum one
    """
    marginal = float(binary_entropy(weights @ risk))
    return (marginal - float(weights @ binary_entropy(risk))) / marginal
