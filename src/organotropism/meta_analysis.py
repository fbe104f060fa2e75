"""Random-effects meta-analysis of log ratios and logits: REML, Hartung-Knapp, prediction interval.

For several studies on one contrast, and for the scores of a model in several cohorts. Formulas: DerSimonian
& Laird 1986 (Q), Viechtbauer 2005 (REML of the between-study variance), Hartung & Knapp 2001 (interval),
Higgins & Thompson 2002 (I²). Equal to R metafor 3.8.1 `rma(method = "REML", test = "knha")` and `predict()`;
the prediction interval follows metafor's default: the t quantile has k - 1 degrees of freedom, like that of
the confidence interval (Higgins, Thompson & Spiegelhalter 2009 take k - 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: Points of the grid on which the score of the between-study variance is looked at.
_GRID = 200


@dataclass(frozen=True, slots=True)
class Pooled:
    """Result of a random-effects meta-analysis, all on the scale of the estimates (log ratio).

    Attributes
    ----------
    k : number of estimates
    mean, se : pooled effect and its Hartung-Knapp standard error
    low, high : 95 % confidence interval, t with k - 1 degrees of freedom
    prediction_low, prediction_high : 95 % interval of the effect in a new study, same degrees of freedom
    tau2 : between-study variance (REML)
    q, q_p : Cochran's Q about the fixed-effect mean, and its p value (chi square, k - 1)
    i2 : share of the variation that is between studies, from 0 to 1
    weights : share of each estimate in the pooled effect, in the order given
    """

    k: int
    mean: float
    se: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    q: float
    q_p: float
    i2: float
    weights: tuple[float, ...]


def random_effects(estimates: ArrayLike, standard_errors: ArrayLike) -> Pooled:
    """Pool independent estimates.

    Parameters
    ----------
    estimates, standard_errors : (k,) log ratios and their standard errors, k at least 2

    Raises
    ------
    ValueError
        Fewer than two estimates, or a standard error that is not positive and finite.
    """
    from scipy.special import chdtrc, stdtrit

    y, s = np.asarray(estimates, float), np.asarray(standard_errors, float)
    k = len(y)
    if k < 2 or y.shape != s.shape:
        raise ValueError("pooling needs at least two estimates, each with its standard error")
    if not (np.isfinite(y).all() and np.isfinite(s).all() and (s > 0).all()):
        raise ValueError("estimates must be finite and standard errors positive")
    v = s**2
    tau2 = reml(y, v)
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    # Hartung and Knapp: the weighted spread about the mean, not its expected value, sets the error.
    se = float(np.sqrt(w @ (y - mean) ** 2 / (k - 1) / w.sum()))
    reach = float(stdtrit(k - 1, 0.975))
    spread = reach * float(np.sqrt(se**2 + tau2))
    q = heterogeneity(y, s)
    return Pooled(
        k=k,
        mean=mean,
        se=se,
        low=mean - reach * se,
        high=mean + reach * se,
        prediction_low=mean - spread,
        prediction_high=mean + spread,
        tau2=tau2,
        q=q,
        q_p=float(chdtrc(k - 1, q)),
        i2=tau2 / (tau2 + _typical_variance(v)),
        weights=tuple(float(x) for x in w / w.sum()),
    )


def heterogeneity(estimates: ArrayLike, standard_errors: ArrayLike) -> float:
    """Cochran's Q: squared distances from the fixed-effect mean in standard errors, summed; 0 for one."""
    y, s = np.asarray(estimates, float), np.asarray(standard_errors, float)
    w = 1 / s**2
    return float(w @ (y - w @ y / w.sum()) ** 2)


def reml(y: Array, v: Array) -> float:
    """Between-study variance at the maximum of the restricted likelihood; 0 at the boundary.

    Parameters
    ----------
    y, v : (k,) estimates and their variances

    Notes
    -----
    The score is evaluated on a grid, denser near 0, and solved wherever it turns from positive to negative:
    a start from one guess can end at a lower maximum, of which there may be two.
    """
    from scipy.optimize import brentq

    # Above this the score is negative: w'w rest^2 is at most (k - 1) S^2 / tau2^2, the trace is at least
    # (k - 1) / (tau2 + largest v), and S^2 (tau2 + v) <= tau2^2 holds from S^2 + S sqrt(v) on.
    sample = float(np.square(y - y.mean()).sum() / (len(y) - 1))
    largest = sample + float(np.sqrt(sample * v.max()))
    grid = (largest * np.linspace(0, 1, _GRID) ** 3).tolist()
    rises = [_score(t, y, v) > 0 for t in grid]
    maxima = [0.0]
    for i in range(_GRID - 1):
        if rises[i] and not rises[i + 1]:
            root: float = brentq(_score, grid[i], grid[i + 1], (y, v), xtol=1e-300, rtol=1e-14, maxiter=500)
            maxima.append(root)
    return max(maxima, key=lambda tau2: _restricted_likelihood(tau2, y, v))


def _restricted_likelihood(tau2: float, y: Array, v: Array) -> float:
    w = 1 / (v + tau2)
    rest = y - w @ y / w.sum()
    return float(np.log(w).sum() - np.log(w.sum()) - w @ rest**2) / 2


def _score(tau2: float, y: Array, v: Array) -> float:
    """Twice the derivative of the restricted likelihood by tau2."""
    w = 1 / (v + tau2)
    rest = w * (y - w @ y / w.sum())
    trace = w.sum() - (w @ w) / w.sum()
    return float(rest @ rest - trace)


def _typical_variance(v: Array) -> float:
    """Typical variance within a study (Higgins & Thompson 2002, equation 9)."""
    w = 1 / v
    return float((len(v) - 1) * w.sum() / (w.sum() ** 2 - w @ w))


def common_mean(estimates: Sequence[float], standard_errors: Sequence[float]) -> float:
    """Fixed-effect mean: weights are the inverse variances."""
    w = 1 / np.square(np.asarray(standard_errors, float))
    return float(w @ np.asarray(estimates, float) / w.sum())
