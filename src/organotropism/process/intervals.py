"""95 % limits of risks from draws of the coefficients, as skewed as the risks are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from organotropism.process.kernel import Risks

Array = NDArray[np.float64]
Z95 = 1.959963984540054
#: A risk this near to 0 or 1 is that but for rounding, and has no interval.
CERTAIN = 1e-12
#: Beyond this skewness the expansion of the quantiles would turn back.
_MOST_SKEWED = 1.0


def limits(expected: Risks, drawn: Risks) -> tuple[Risks, Risks]:
    """2.5th and 97.5th percentiles over the distribution of the coefficients.

    On the logit scale risks are nearly normal, so that the first three moments of the draws give the
    percentiles (Cornish and Fisher 1938, Rev Inst Int Stat 5:307) with far less noise than their ranks.

    Parameters
    ----------
    expected : what the draws' mean is, computed more finely; the limits are moved to it
    drawn : with the axis of draws first
    """
    bounds: list[dict[str, Array]] = [{}, {}]
    for name in Risks.__dataclass_fields__:
        p, risks = getattr(expected, name), getattr(drawn, name)
        logit = _logit(risks)
        middle = logit.mean(0) + _logit(p) - _logit(risks.mean(0))
        deviation = logit - logit.mean(0)
        sd = np.sqrt(np.mean(deviation**2, axis=0))
        skewness = np.mean(deviation**3, axis=0) / np.maximum(sd, CERTAIN) ** 3
        certain = (p <= CERTAIN) | (p >= 1 - CERTAIN)
        for bound, z in zip(bounds, (-Z95, Z95), strict=True):
            value = 1 / (1 + np.exp(-(middle + sd * _quantile(z, skewness))))
            bound[name] = np.where(certain, p, value)
    return Risks(**bounds[0]), Risks(**bounds[1])


def _quantile(z: float, skewness: Array) -> Array:
    """Quantile, in standard deviations, where that of the normal distribution is `z`."""
    g = np.clip(skewness, -_MOST_SKEWED, _MOST_SKEWED)
    found: Array = z + g * (z**2 - 1) / 6 - g**2 * (2 * z**3 - 5 * z) / 36
    return found


def _logit(risk: Array) -> Array:
    held = np.clip(risk, CERTAIN, 1 - CERTAIN)
    logit: Array = np.log(held / (1 - held))
    return logit
