"""C-index with death competing: Wolbers' definition, weighted for censoring.

Of two patients the one whose event came first by the horizon should have the higher risk; the other one
was free and observed then, or had died of another cause before. Inverse-probability weights as in
Wolbers et al., Biostatistics 2014;15:526 (equation 6), pairs truncated at the horizon.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.censoring import uncensored
from organotropism.validate.counting import Clock, ratio
from organotropism.validate.outcome import CENSORED, DEATH, EVENT

Array = NDArray[np.float64]

#: Pairs worked on at once, to bound memory: a few bytes each.
PAIRS_AT_ONCE = 4_000_000


def concordance(clock: Clock, weights: Array, risk: Array, horizon: float) -> Array:
    """C-index per sample of weights (samples, n), NaN without comparable pairs.

    Parameters
    ----------
    clock : places of the patients in time
    weights : (samples, n)
    risk : (n,) predicted risk of the event by the horizon
    horizon : years
    """
    outcome, place = clock.outcome, clock.place(horizon)
    chance = uncensored(clock, weights)
    before = ratio(weights, chance.before[:, clock.leaves])
    cases = np.flatnonzero((outcome.kind == EVENT) & (clock.leaves < place))
    inverse = ratio(np.ones_like(before), chance.after[:, clock.leaves])
    won, all_pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for part in np.array_split(cases, max(1, len(cases) * len(outcome) // PAIRS_AT_ONCE)):
        free, dead = _comparable(clock, part)
        score = np.where(risk < risk[part, None], 1.0, np.where(risk == risk[part, None], 0.5, 0.0))
        lead = before[:, part]
        for comparable, own, other in ((free, lead * inverse[:, part], weights), (dead, lead, before)):
            won += (own * (other @ (comparable * score).T)).sum(1)
            all_pairs += (own * (other @ comparable.T.astype(float))).sum(1)
    return np.where(all_pairs > 0, ratio(won, all_pairs), np.nan)


def _comparable(clock: Clock, cases: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each case (rows), who was free and observed at its time, and who had died before, by masks."""
    kind, leaves = clock.outcome.kind, clock.leaves
    at = leaves[cases][:, None]
    later = (leaves > at) | ((leaves == at) & (kind == CENSORED))
    return later, (leaves <= at) & (kind == DEATH)
