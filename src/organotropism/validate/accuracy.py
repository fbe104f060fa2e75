"""Accuracy of the predicted probabilities: Brier score and index of prediction accuracy (IPA).

Brier score under competing risks, weighted for censoring (Schoop et al., Biom J 2011;53:88); IPA is one
minus its ratio to that of the null model, the Aalen-Johansen estimate for everyone (Kattan and Gerds,
Diagn Progn Res 2018;2:7).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.censoring import Known
from organotropism.validate.counting import ratio

Array = NDArray[np.float64]


def brier(known: Known, risk: Array) -> Array:
    """Brier score per sample; `risk` (n,) or (samples, n)."""
    return (known.weight * (known.case - risk) ** 2).sum(1)


def null_brier(known: Known) -> Array:
    """Brier score per sample of the cumulative incidence of that sample, given to everyone."""
    # The weighted share of cases is the Aalen-Johansen estimate.
    share = (known.weight * known.case).sum(1)
    return share * (1 - share)


def ipa(known: Known, risk: Array) -> Array:
    """Index of prediction accuracy per sample: 1 perfect, 0 no better than the null model."""
    null = null_brier(known)
    return np.where(null > 0, 1 - ratio(brier(known, risk), null), np.nan)


def log_score(known: Known, risk: Array) -> Array:
    """Mean log probability per sample of what happened by the horizon; higher is better."""
    held = np.clip(risk, 1e-12, 1 - 1e-12)
    return (known.weight * np.where(known.case, np.log(held), np.log1p(-held))).sum(1)
