"""Weights for cohorts into which patients came after diagnosis, free of distant disease (left truncation).

Whoever had distant disease, died or was lost before entry is missing, so those who are there have lower
risks than all had at diagnosis. Risk sets that begin at entry would put the incidence of distant disease
right, but neither that of a single site (nobody enters with disease elsewhere, which goes before many a
later site) nor the mean prediction. Here each patient stands for one over the probability of having entered
before leaving the state in which one enters, a product-limit estimate in reverse time (Woodroofe, Ann Stat
1985;13:163); observed and predicted then speak of all patients from diagnosis on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def entry_weights(entry: Array, leave: Array) -> Array:
    """Weights (n,) of mean one; 0 where nothing is known of so early a time.

    Parameters
    ----------
    entry : (n,) under observation from then on, 0 from the start
    leave : (n,) distant disease, death or end of follow-up, whichever is first; later than `entry`
    """
    times, new = np.unique(entry, return_counts=True)
    entered = np.searchsorted(np.sort(entry), times, side="right")
    gone = np.searchsorted(np.sort(leave), times, side="right")
    by_then = np.append(np.cumprod((1 - new / (entered - gone))[::-1])[::-1], 1.0)
    chance = by_then[np.searchsorted(times, leave, side="left")]
    weight = np.divide(1.0, chance, out=np.zeros_like(chance), where=chance > 0)
    scaled: Array = weight / weight.mean()
    return scaled
